import { type Command, Option } from 'commander';
import {
  backTestWhitelist,
  type ListResults,
  listWhitelistVersions,
  proposeWhitelist,
  publishWhitelist,
  pushWhitelist,
  readBackTests,
  readResults,
  readWaiting,
  refreshPeers,
  reviewWhitelist,
  runWhitelist,
  whitelistRefusal,
} from '#evaluation';
import { beijingDate, inTransaction, type Tx } from '#kernel';
import { findEnterprise, readEnterprise } from '#lists';
import { readParticipants } from '#platform';
import type { Caller } from '#security';
import { openPortraits } from '../../http/routes/portrait.ts';
import { openWhitelists } from '../../http/routes/whitelists.ts';
import type { Node } from '../../node.ts';
import { table } from '../output.ts';
import { describeList, describeMissing, describeTest } from '../whitelist-words.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

/** 白名单: rules, back-tests, candidates, review, push and results. */
export function addWhitelists(program: Command): void {
  const whitelists = program.command('whitelists').description('白名单 · whitelists of enterprises');
  const add = (name: string, description: string): Command =>
    whitelists.command(name).description(description).option('--json', 'one JSON line');
  add('list', '各版规则及状态 · every version of the rules').action(list);
  add('backtest', '回溯检验规则 · what the rules would have done on past days')
    .argument('<list>')
    .requiredOption('--dates <days...>', '截至日期 · days, YYYY-MM-DD')
    .option(
      '--hindsight',
      '按现有数据回看，供建成不久的节点使用 · by what is known now, for a node that is new',
    )
    .action(backTest);
  add('propose', '提交文件中的规则 · propose the rules of the file').argument('<list>').action(propose);
  add('publish', '由另一人发布 · publish what another person proposed').argument('<list>').action(publish);
  add('run', '计算候选与退出 · compute candidates and exits').argument('<list>').action(run);
  add('review', '复核候选 · decide on those who wait')
    .argument('<list>')
    .addOption(new Option('--decision <decision>').choices(['accept', 'reject']).makeOptionMandatory())
    .requiredOption('--reason <text>', '理由 · why')
    .option('--enterprises <codes...>', '所列企业，默认全部待复核的 · these alone; absent: all who wait')
    .action(review);
  add('push', '推送给机构 · push to the institutions').argument('<list>').action(push);
  add('show', '待复核、回溯检验和成效 · who waits, back-tests and results').argument('<list>').action(show);
  add('peers', '重新计算画像的同业与关联 · compute anew what portraits compare with').action(peers);
}

const STATE_ZH = { proposed: '待发布', published: '现行', superseded: '已被替代' } as const;

async function list(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const { whitelists } = openWhitelists(node);
    const versions = await inTransaction(node.database, (tx) => listWhitelistVersions(tx), 'snapshot');
    const known = new Set(versions.map(({ rulesHash }) => rulesHash));
    const files = [...whitelists.values()]
      .filter(({ hash }) => !known.has(hash))
      .map(({ definition: { id, version, name }, hash }) => ({
        id,
        version,
        name,
        hash,
        state: 'file' as const,
      }));
    output.answer({ versions, files }, () =>
      table(
        ['编号', '版本', '名称', '状态', '规则哈希'],
        [
          ...versions.map(({ listId, version, definition, state, rulesHash }) => [
            listId,
            version,
            definition.name.zh,
            STATE_ZH[state],
            rulesHash.slice(0, 12),
          ]),
          ...files.map(({ id, version, name, hash }) => [id, version, name.zh, '文件', hash.slice(0, 12)]),
        ],
      ),
    );
  });
}

type Dated = Json & { dates: string[]; hindsight?: boolean };

async function backTest(listId: string, { dates, hindsight = false, ...options }: Dated): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const knowledge = hindsight ? 'now' : 'then';
    const test = await backTestWhitelist(openWhitelists(node), { caller, listId, dates, knowledge });
    output.answer(test, () => describeTest(test));
  });
}

async function propose(listId: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openWhitelists(node);
    const proposed = await inTransaction(node.database, (tx) =>
      proposeWhitelist(tx, context, { caller, listId }),
    );
    output.answer(proposed, () => `${listId} 已提交；回溯检验后由另一人发布。`);
  });
}

async function publish(listId: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const published = await publishWhitelist(openWhitelists(node), { caller, listId });
    output.answer(published, () => `${listId} 已发布。计算候选：xinqiao whitelists run ${listId}`);
  });
}

async function run(listId: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openWhitelists(node);
    const ran = await runWhitelist(context, { caller, listId });
    output.answer(
      ran,
      () =>
        `${ran.runId} 计算 ${ran.enterprises} 户，符合 ${ran.met} 户，新候选 ${ran.entered} 户，退出 ${ran.ended} 户。` +
        describeMissing(ran, context) +
        (ran.entered === 0 ? '' : `\n待复核：xinqiao whitelists show ${listId}`),
    );
  });
}

type ReviewOptions = Json & { decision: 'accept' | 'reject'; reason: string; enterprises?: string[] };

async function review(listId: string, options: ReviewOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const { decision, reason, enterprises } = options;
    const done = await inTransaction(node.database, async (tx) => {
      const found = [];
      for (const code of enterprises ?? []) found.push((await findEnterprise(tx, code)).enterpriseId);
      const asked = { caller, listId, decision, reason };
      const named = enterprises === undefined ? asked : { ...asked, enterprises: found };
      return await reviewWhitelist(tx, openWhitelists(node), named);
    });
    output.answer(done, () => `复核 ${done.reviewed} 户。`);
  });
}

async function push(listId: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openWhitelists(node);
    const { pushes, names } = await inTransaction(node.database, async (tx) => {
      const pushed = await pushWhitelist(tx, context, { caller, listId });
      return { ...pushed, names: await namesOf(tx, pushed.pushes) };
    });
    output.answer({ pushes }, () =>
      pushes.length === 0
        ? '没有可推送的变动。'
        : table(
            ['机构', '第几次', '新增', '续期', '退出', '现有'],
            pushes.map((one) => [
              names(one.institution),
              one.pushNo,
              one.added,
              one.renewed,
              one.left,
              one.members,
            ]),
          ),
    );
  });
}

/** Names of institutions as people know them. */
async function namesOf(
  tx: Tx,
  lines: readonly { readonly institution: string }[],
): Promise<(institution: string) => string> {
  const participants = await readParticipants(
    tx,
    lines.map(({ institution }) => institution),
  );
  return (institution) => participants.get(institution)?.name.zh ?? institution;
}

const WAITING_SHOWN = 50;

async function show(listId: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const { names, ...shown } = await inTransaction(node.database, async (tx) => {
      const waiting = await readWaiting(tx, listId, beijingDate(node.clock.now()));
      const named = [];
      for (const { enterpriseId, state } of waiting.slice(0, WAITING_SHOWN)) {
        const { code, name } = await readEnterprise(tx, enterpriseId);
        named.push({ code, name, state });
      }
      const results = await readResultsInForce(tx, node, { caller, listId });
      const backTests = await readBackTests(tx, listId);
      return { waiting: waiting.length, named, results, backTests, names: await namesOf(tx, results) };
    });
    output.answer(shown, () => describeList(shown, names));
  });
}

/** None while no version of the list is published. */
async function readResultsInForce(
  tx: Tx,
  node: Node,
  asked: { readonly caller: Caller; readonly listId: string },
): Promise<ListResults[]> {
  const context = openWhitelists(node);
  const versions = await listWhitelistVersions(tx, asked.listId);
  if (versions.length === 0 && !context.whitelists.has(asked.listId))
    throw whitelistRefusal('whitelists.unknown');
  return versions.some(({ state }) => state === 'published') ? await readResults(tx, context, asked) : [];
}

async function peers(options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const done = await refreshPeers(openPortraits(node), { caller });
    output.answer(
      done,
      () => `${done.enterprises} 户，同业数值 ${done.figures} 项，关联线索 ${done.relationKeys} 条。`,
    );
  });
}
