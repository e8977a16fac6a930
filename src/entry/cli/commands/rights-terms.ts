import type { Command } from 'commander';
import { beijingDate, inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import {
  findPending,
  foreseeSwitch,
  listOverdue,
  listTermNotices,
  type Profile,
  proposeProfile,
  readProfileInForce,
  readRunningTermsOf,
  type Recomputed,
  requireTermViewer,
  seeTermNotices,
  switchProfile,
  type Term,
  TERM_KINDS,
  TERM_WORDS,
  withdrawProposal,
} from '#rights';
import { openRights } from '../../rights.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 办理期限: running and overdue terms, notices, the profile in force and its switch. */
export function addTimeLimits(program: Command): void {
  const rights = rightsGroup(program);
  rights
    .command('terms')
    .description('一家企业各事项正在计算的期限 · running terms of an enterprise')
    .argument('<code>', '统一社会信用代码等 · any code of the enterprise')
    .option('--json', 'one JSON line')
    .action(terms);
  rights
    .command('overdue')
    .description('逾期未办的期限 · terms past their day')
    .option('--json', 'one JSON line')
    .action(overdue);
  rights
    .command('notices')
    .description('节点未阅的期限提醒和督办 · notices to the node that nobody has seen')
    .option('--seen', '登记为已阅 · say that they were seen')
    .option('--json', 'one JSON line')
    .action(notices);
  rights
    .command('profile')
    .description('现行期限方案；切换须两人 · the profile in force; a switch takes two persons')
    .option('--foresee <profile>', '试算切换后哪些期限逾期 · what a switch would breach')
    .option('--propose <profile>', '提出切换，须附理由 · propose a switch')
    .option('--reason <text>', '切换的理由 · why')
    .option('--approve', '由另一人批准切换 · approve the switch that waits')
    .option('--withdraw', '撤回申请 · withdraw the proposal')
    .option('--json', 'one JSON line')
    .action(profile);
}

async function terms(code: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    requireTermViewer(node, caller);
    const found = await inTransaction(node.database, async (tx) => {
      const { enterpriseId } = await findEnterprise(tx, code);
      return await readRunningTermsOf(tx, enterpriseId, node.clock.now());
    });
    output.answer({ terms: found }, () => describeTerms(found));
  });
}

async function overdue(options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const { responsible } = requireTermViewer(node, caller);
    const today = beijingDate(node.clock.now());
    const page = await inTransaction(node.database, (tx) => listOverdue(tx, { today, responsible }));
    output.answer(page, () => describeTerms(page.terms));
  });
}

function describeTerms(found: readonly Term[]): string {
  if (found.length === 0) return '没有。 None.';
  return table(
    ['事项', '期限', '办理', '起算', '到期', '状态', '逾期天数', '依据'],
    found.map(({ matter, term, responsible, startedOn, dueOn, dueIsCertain, state, lateDays, citation }) => [
      matter.id,
      TERM_WORDS[term].zh,
      responsible.id,
      startedOn,
      dueIsCertain ? dueOn : `${dueOn}（当年放假安排未公布）`,
      STATE_ZH[state],
      lateDays,
      citation.zh,
    ]),
  );
}

const STATE_ZH = { running: '计算中', stopped: '中止', met: '按期', late: '逾期' } as const;

async function notices({ seen = false, ...options }: Json & { seen?: boolean }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openRights(node);
    const found = await inTransaction(node.database, async (tx) => {
      const list = await listTermNotices(tx, context, caller);
      const noticeIds = list.map(({ noticeId }) => noticeId);
      if (seen) await seeTermNotices(tx, context, { caller, noticeIds });
      return list;
    });
    output.answer({ notices: found, seen }, () =>
      table(
        ['通知', '事项', '期限', '到期', '时间'],
        found.map(({ notice, matterId, term, dueOn, toldAt }) => [
          NOTICE_ZH[notice],
          matterId,
          TERM_WORDS[term].zh,
          dueOn,
          beijingDate(toldAt),
        ]),
      ),
    );
  });
}

const NOTICE_ZH = {
  reminder: '将到期',
  overdue: '已逾期',
  escalated_head: '督办负责人',
  escalated_node: '督办节点',
} as const;

type ProfileOptions = Json & {
  foresee?: string;
  propose?: string;
  reason?: string;
  approve?: boolean;
  withdraw?: boolean;
};

async function profile({
  foresee,
  propose,
  reason = '',
  approve = false,
  withdraw = false,
  ...options
}: ProfileOptions): Promise<void> {
  await withNode(options, async (context) => {
    if (foresee !== undefined) return await showForeseen(context, foresee);
    if (propose !== undefined) return await showProposed(context, propose, reason);
    if (approve) return await showSwitched(context);
    if (withdraw) return await showWithdrawn(context);
    return await showInForce(context);
  });
}

async function showInForce({ node, output }: CommandContext): Promise<void> {
  const context = openRights(node);
  const [inForce, pending] = await inTransaction(
    node.database,
    async (tx) => [await readProfileInForce(tx, context), await findPending(tx)] as const,
  );
  const answer = {
    profile: inForce,
    pending: pending ?? null,
    known: [...context.timeLimits.profiles.keys()],
  };
  output.answer(answer, () => {
    const waiting =
      pending === undefined
        ? ''
        : `\n待批准：切换为 ${pending.profile} ${pending.version}（${pending.reason}）`;
    return `${inForce.name.zh} ${inForce.id} ${inForce.version}\n${describeLimits(inForce)}${waiting}`;
  });
}

function describeLimits({ terms: limits }: Profile): string {
  return table(
    ['期限', '天数', '起算', '延长', '依据', '来源'],
    TERM_KINDS.flatMap((kind) => {
      const limit = limits[kind];
      if (limit === undefined) return [];
      const days = limit.count === 0 ? '立即' : `${limit.count} ${limit.unit === 'day' ? '日' : '个工作日'}`;
      const extension = limit.extension === undefined ? '' : `+${limit.extension.count}`;
      return [[TERM_WORDS[kind].zh, days, limit.from, extension, limit.citation.zh, KNOWN_ZH[limit.known]]];
    }),
  );
}

const KNOWN_ZH = { read: '法规原文', code: '已公布代码', memory: '待核对', proposal: '建议' } as const;

async function showForeseen({ node, output }: CommandContext, id: string): Promise<void> {
  const foreseen = await inTransaction(node.database, (tx) => foreseeSwitch(tx, openRights(node), id));
  output.answer(foreseen, () => `试算 ${id}，未作改动。\n${describeRecomputed(foreseen)}`);
}

async function showProposed(
  { node, output, caller }: CommandContext,
  id: string,
  reason: string,
): Promise<void> {
  const context = openRights(node);
  const asked = { caller, profile: id, reason };
  const [proposed, foreseen] = await inTransaction(
    node.database,
    async (tx) => [await proposeProfile(tx, context, asked), await foreseeSwitch(tx, context, id)] as const,
  );
  output.answer({ proposed, foreseen }, () => {
    const next = '由另一人批准后施行：xinqiao rights profile --approve';
    return `已提出切换为 ${id} ${proposed.version}；${next}\n${describeRecomputed(foreseen)}`;
  });
}

async function showSwitched({ node, output, caller }: CommandContext): Promise<void> {
  const done = await inTransaction(node.database, (tx) => switchProfile(tx, openRights(node), { caller }));
  output.answer(done, () => `期限方案 ${done.profile} 已施行。\n${describeRecomputed(done)}`);
}

async function showWithdrawn({ node, output, caller }: CommandContext): Promise<void> {
  const done = await inTransaction(node.database, (tx) => withdrawProposal(tx, openRights(node), { caller }));
  output.answer(done, () => `已撤回切换为 ${done.profile} 的申请。`);
}

function describeRecomputed({ recomputed, moved, breachedCount, breached }: Recomputed): string {
  const counts = `重算 ${recomputed} 项期限，${moved} 项到期日变动，${breachedCount} 项已逾期。`;
  return breached.length === 0 ? counts : `${counts}\n${describeTerms(breached.map(({ term }) => term))}`;
}
