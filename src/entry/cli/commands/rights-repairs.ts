import { type Command, Option } from 'commander';
import { inTransaction } from '#kernel';
import {
  acceptRepair,
  endPeriods,
  followRepairs,
  listHandledRepairs,
  readHandledRepair,
  REPAIR_STATES,
  REPAIR_WORDS,
  type RepairState,
  shieldEnterprise,
  TERM_WORDS,
} from '#rights';
import { openRepairs } from '../../repairs.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 信用修复: rules, what is to be handled, the node's own acts, and the jobs by hand. */
export function addRepairs(program: Command): void {
  const repair = rightsGroup(program).command('repair').description('信用修复 · credit repair');
  repair
    .command('list')
    .description('待办的修复申请 · applications to be handled')
    .addOption(new Option('--state <state>', '状态 · state').choices([...REPAIR_STATES]))
    .option('--after <id>', '从这一份之后 · after this one')
    .option('--json', 'one JSON line')
    .action(list);
  repair
    .command('show')
    .description('一份修复申请；受理或不予受理 · one application; accept or refuse it')
    .argument('<id>', '申请编号 · id of the application')
    .addOption(new Option('--act <act>', '办理 · act').choices(['accept', 'refuse']))
    .option('--words <text>', '书面理由 · reasons in writing')
    .option('--json', 'one JSON line')
    .action(show);
  repair
    .command('rules')
    .description('公示期规则 · public periods by rule')
    .option('--json', 'one JSON line')
    .action(rules);
  repair
    .command('shield')
    .description('破产重整临时保护 · shield an enterprise in reorganisation')
    .requiredOption('--code <code>', '统一社会信用代码 · code of the enterprise')
    .requiredOption('--ruling <text>', '法院裁定书文号 · number of the court’s ruling')
    .requiredOption('--ruled-on <date>', '裁定日期 · day of the ruling')
    .requiredOption('--until <date>', '截止日期 · until')
    .option('--json', 'one JSON line')
    .action(shield);
  repair
    .command('end-periods')
    .description('公示期满自动终止，立即运行 · end what is past its public period, now')
    .option('--json', 'one JSON line')
    .action(end);
}

async function list({
  state,
  after,
  ...options
}: Json & { state?: RepairState; after?: string }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const asked = {
      caller,
      ...(state !== undefined && { states: [state] }),
      ...(after !== undefined && { after }),
    };
    const page = await inTransaction(node.database, (tx) => listHandledRepairs(tx, openRepairs(node), asked));
    output.answer(page, () =>
      table(
        ['申请', '目录', '记录', '认定单位', '状态', '提出'],
        page.repairs.map((one) => [
          one.repairId,
          one.contractId,
          one.recordId,
          one.body,
          REPAIR_WORDS[one.state].zh,
          one.appliedAt.toISOString().slice(0, 10),
        ]),
      ),
    );
  });
}

type ShowOptions = Json & { act?: 'accept' | 'refuse'; words?: string };

async function show(repair: string, { act, words, ...options }: ShowOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openRepairs(node);
    const view = await inTransaction(node.database, async (tx) => {
      const said = { caller, repair, accept: act === 'accept', ...(words !== undefined && { words }) };
      if (act !== undefined) await acceptRepair(tx, context, said);
      return await readHandledRepair(tx, context, { caller, repair });
    });
    output.answer(view, () =>
      [
        `${view.repairId} ${view.name} ${REPAIR_WORDS[view.state].zh}`,
        `${view.contractId} ${view.recordId} ${view.body}`,
        view.content.words,
        table(
          ['期限', '办理', '到期', '状态'],
          view.terms.map(({ term, responsible, dueOn, state }) => [
            TERM_WORDS[term].zh,
            responsible.id,
            dueOn,
            state,
          ]),
        ),
      ].join('\n'),
    );
  });
}

async function rules(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const { regimes, ...rest } = openRepairs(node).repairRules;
    const lines = regimes.flatMap(({ name, from, until, classes }) =>
      Object.entries(classes).map(([severity, { minimumMonths, maximumMonths }]) => [
        name.zh,
        from,
        until,
        severity,
        minimumMonths,
        maximumMonths,
      ]),
    );
    output.answer({ regimes, ...rest }, () =>
      table(['规则', '自', '至', '类别', '最短（月）', '最长（月）'], lines),
    );
  });
}

type ShieldOptions = Json & { code: string; ruling: string; ruledOn: string; until: string };

async function shield({ code, ruling, ruledOn, until, ...options }: ShieldOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const asked = { caller, code, ruling, ruledOn, until };
    const made = await inTransaction(node.database, (tx) => shieldEnterprise(tx, openRepairs(node), asked));
    output.answer(made, () => `${made.shieldId}：${made.records} 条记录，至 ${made.until}`);
  });
}

async function end(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const context = openRepairs(node);
    const done = { ...(await followRepairs(context)), ...(await endPeriods(context)) };
    output.answer(done, () => `查看 ${done.looked} 条，终止 ${done.ended} 条`);
  });
}
