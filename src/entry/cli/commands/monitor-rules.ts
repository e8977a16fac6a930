import { type Command, Option } from 'commander';
import { beijingDate, inTransaction } from '#kernel';
import {
  approveRule,
  backTestRules,
  type BackTestPlan,
  explainRule,
  listRules,
  markNoticesSeen,
  proposeRule,
  readRuleNotices,
  retireRule,
  RULE_STATE_ZH,
  rulesRefusal,
  shadowRule,
  usualPlan,
} from '#monitoring';
import { openRuleLife, readRuleFiles } from '../../rule-life.ts';
import { table } from '../output.ts';
import { describeBackTest, describeNotice, describeRule, RULE_COLUMNS } from '../rule-words.ts';
import { withNode } from '../with-node.ts';
import { monitorGroup } from './monitor-group.ts';

type Json = { json?: boolean };

/** 预警规则的生命周期: proposed, back-tested, in shadow, in use, retired. */
export function addMonitorRules(program: Command): void {
  const monitor = monitorGroup(program);
  monitor
    .command('rules')
    .description(
      '预警规则各版及状态，或一条规则的内容 · every version and where it stands, or what one rule says',
    )
    .argument('[rule]', '规则编号，读出该规则 · id of the rule to read out')
    .option('--attention', '只列须处理的：低于精度下限而退回影子运行的 · only what somebody has to see')
    .option('--json', 'one JSON line')
    .action(async (ruleId: string | undefined, options: ListOptions) =>
      ruleId === undefined ? await list(options) : await show(ruleId, options),
    );
  const rule = monitor.command('rule').description('预警规则的办理 · steps in the life of an alert rule');
  const add = (name: string, description: string): Command =>
    rule
      .command(name)
      .description(description)
      .argument('<rule>', '规则编号或哈希 · id or hash')
      .option('--json', 'one JSON line');
  rule
    .command('list')
    .description('同 monitor rules · the same as monitor rules')
    .option('--json', 'one JSON line')
    .action(list);
  add('propose', '提交文件中的规则 · propose the rule of the file').action(propose);
  rule
    .command('backtest')
    .description('用过去的日期检验 · what rules would have raised in the past, and what became of the loans')
    .argument('<rules...>', '规则编号或哈希 · ids or hashes')
    .option('--from <day>', '首个检验日 · first day, YYYY-MM-DD')
    .option('--to <day>', '最后检验日 · last day, YYYY-MM-DD')
    .addOption(new Option('--step <days>', '每几天检验一次 · days between looks').argParser(Number))
    .addOption(
      new Option('--horizon <days>', '其后观察几天 · days in which a loan may go bad').argParser(Number),
    )
    .option('--json', 'one JSON line')
    .action(backTest);
  add('shadow', '转入影子运行 · let it run in shadow, telling nobody').action(shadow);
  add('approve', '批准启用，须两人 · approve it; it takes two persons').action(approve);
  add('retire', '停用 · end this version for good').action(retire);
  add('seen', '已阅有关通知 · say that its notices were seen').action(seen);
}

type ListOptions = Json & { attention?: boolean };

/** The rule of the files, as a person reads it. */
async function show(ruleId: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const rule = readRuleFiles(node).rules.get(ruleId);
    if (rule === undefined) throw rulesRefusal('alert_rules.unknown', { rule: ruleId });
    const lines = explainRule(rule, { catalogue: node.lists.catalogue, book: node.evaluation.book });
    output.answer({ rule: rule.id, version: rule.version, hash: rule.hash, lines }, () => lines.join('\n'));
  });
}

async function list({ attention = false, ...options }: ListOptions): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    if (attention) {
      const notices = await inTransaction(node.database, readRuleNotices, 'snapshot');
      output.answer({ notices }, () =>
        notices.length === 0 ? '没有须处理的预警规则。' : notices.map(describeNotice).join('\n'),
      );
      return;
    }
    const rules = await inTransaction(node.database, listRules, 'snapshot');
    output.answer({ rules }, () => table(RULE_COLUMNS, rules.map(describeRule)));
  });
}

async function propose(ruleId: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const asked = { caller, ruleId, rules: readRuleFiles(node) };
    const proposed = await inTransaction(node.database, (tx) => proposeRule(tx, openRuleLife(node), asked));
    output.answer(proposed, () => `${ruleId} 已提交为草稿；下一步：xinqiao monitor rule backtest ${ruleId}`);
  });
}

type PlanOptions = Json & { from?: string; to?: string; step?: number; horizon?: number };

async function backTest(
  rules: string[],
  { from, to, step, horizon, ...options }: PlanOptions,
): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const usual = usualPlan(beijingDate(node.clock.now()));
    const plan: BackTestPlan = {
      from: from ?? usual.from,
      to: to ?? usual.to,
      stepDays: step ?? usual.stepDays,
      horizonDays: horizon ?? usual.horizonDays,
    };
    const tests = await backTestRules(openRuleLife(node), { caller, rules, plan });
    output.answer({ tests }, () => tests.map(describeBackTest).join('\n\n'));
  });
}

async function shadow(rule: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const step = { caller, rule };
    const kept = await inTransaction(node.database, (tx) => shadowRule(tx, openRuleLife(node), step));
    output.answer(
      { rule: kept.hash, state: kept.state },
      () => `${kept.ruleId} 已转入影子运行，不通知任何人。`,
    );
  });
}

async function approve(rule: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const step = { caller, rule };
    const approval = await inTransaction(node.database, (tx) => approveRule(tx, openRuleLife(node), step));
    output.answer({ rule, ...approval }, () =>
      approval.state === 'active'
        ? '✓ 两人均已批准，规则自下一次运行起启用。'
        : `✓ 已批准（${approval.approvals} 人），规则仍为“${RULE_STATE_ZH[approval.state]}”，等待另一人批准。`,
    );
  });
}

async function retire(rule: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const step = { caller, rule };
    const kept = await inTransaction(node.database, (tx) => retireRule(tx, openRuleLife(node), step));
    output.answer({ rule: kept.hash, state: kept.state }, () => `✓ ${kept.ruleId} ${kept.version} 已停用。`);
  });
}

async function seen(rule: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const asked = { caller, rule };
    const done = await inTransaction(node.database, (tx) => markNoticesSeen(tx, openRuleLife(node), asked));
    output.answer(done, () => `已阅 ${done.seen} 件通知。`);
  });
}
