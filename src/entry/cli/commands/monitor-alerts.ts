import { type Command, InvalidArgumentError, Option } from 'commander';
import { inTransaction } from '#kernel';
import { findEnterprise, readEnterprise } from '#lists';
import {
  ALERT_LIMITS,
  ALERT_STATES,
  type AlertPage,
  type AlertState,
  LEVEL_WORDS,
  overseeAlerts,
  overseeCases,
  showRecallRates,
  RECALL_REASONS,
  recallAlerts,
  type RecallReason,
  STATE_WORDS,
} from '#monitoring';
import { openMonitoring } from '../../monitoring-context.ts';
import { openFloors } from '../../statistics.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { monitorGroup } from './monitor-group.ts';

type Json = { json?: boolean };
const LEVELS = ['red', 'orange', 'yellow', 'blue'] as const;

/** 预警、个案、召回: what was told to whom, how it is handled, and what is on the node's list. */
export function addMonitorAlerts(program: Command): void {
  const monitor = monitorGroup(program);
  monitor
    .command('alerts')
    .description('预警及其处置情况 · alerts and how they stand')
    .addOption(new Option('--state <state>', '状态 · state').choices([...ALERT_STATES]))
    .addOption(new Option('--level <level>', '级别 · level').choices([...LEVELS]))
    .option('--institution <id>', '机构编号 · one institution')
    .option('--due-by <day>', '不晚于该日到期 · due on this day at the latest')
    .option('--escalated', '只看已上报节点的 · only what is on the node’s list')
    .option('--before <alert>', '从该条之后继续 · continue below this alert')
    .option('--limit <n>', '条数 · lines', countOf, 50)
    .option('--json', 'one JSON line')
    .action(alerts);
  monitor
    .command('cases')
    .description('个案与召回确认率 · cases, and how far recalls are confirmed')
    .option('--institution <id>', '机构编号 · one institution')
    .option('--all', '含已结的 · closed ones too')
    .option('--limit <n>', '条数 · lines', countOf, 50)
    .option('--days <n>', '召回确认率的天数 · days over which recalls are counted', countOf, 90)
    .option('--json', 'one JSON line')
    .action(cases);
  monitor
    .command('recall')
    .description('召回依据某条记录的预警 · recall the alerts that rest on a record')
    .argument('<enterprise>', '企业代码 · code of the enterprise')
    .requiredOption('--contract <id>', '数据集 · the dataset')
    .requiredOption(
      '--record <delivery:row>',
      '记录：交付序号和行号 · number of the delivery, and row',
      recordOf,
    )
    .addOption(
      new Option('--reason <reason>', '原因 · why').choices([...RECALL_REASONS]).makeOptionMandatory(),
    )
    .option('--json', 'one JSON line')
    .action(recall);
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 3_660) throw new InvalidArgumentError('1–3660');
  return count;
}

type RecordName = { deliveryNo: string; rowNo: number };

function recordOf(text: string): RecordName {
  const [, deliveryNo, row] = /^([1-9]\d{0,17}):(\d{1,9})$/.exec(text) ?? [];
  if (deliveryNo === undefined || row === undefined) throw new InvalidArgumentError('<number>:<row>');
  return { deliveryNo, rowNo: Number(row) };
}

type AlertsOptions = Json & {
  state?: AlertState;
  level?: (typeof LEVELS)[number];
  institution?: string;
  dueBy?: string;
  escalated?: boolean;
  before?: string;
  limit: number;
};

async function alerts(options: AlertsOptions): Promise<void> {
  const { state, level, institution, dueBy, escalated, before, limit } = options;
  if (dueBy !== undefined && !/^\d{4}-\d\d-\d\d$/.test(dueBy)) throw new InvalidArgumentError('YYYY-MM-DD');
  const page: AlertPage = {
    ...(state !== undefined && { states: [state] }),
    ...(level !== undefined && { levels: [level] }),
    ...(institution !== undefined && { institutionId: institution }),
    ...(dueBy !== undefined && { dueBy }),
    ...(before !== undefined && { before }),
    escalationMin: escalated === true ? 2 : 0,
    limit: Math.min(limit, ALERT_LIMITS.pageMax),
  };
  await withNode(options, async ({ node, output, caller }) => {
    const found = await inTransaction(node.database, (tx) => overseeAlerts(tx, node, { caller, ...page }));
    const head = ['编号', '机构', '规则', '级别', '状态', '事实日期', '期限', '上报'];
    output.answer({ alerts: found }, () =>
      table(
        head,
        found.map((alert) => [
          alert.alertId,
          alert.institutionId,
          alert.ruleName,
          LEVEL_WORDS[alert.level].zh,
          STATE_WORDS[alert.state].zh + (alert.isDisputed ? '（有异议）' : ''),
          alert.occurredOn + (alert.isLate ? '（迟到）' : ''),
          alert.dueOn,
          alert.escalation,
        ]),
      ),
    );
  });
}

const OUTCOME_ZH: Readonly<Record<string, string>> = {
  handled: '已办结',
  recalled: '已召回',
  lapsed: '已失效',
};
const DAY_MS = 86_400_000;

type CasesOptions = Json & { institution?: string; all?: boolean; limit: number; days: number };

async function cases({ institution, all, limit, days, ...options }: CasesOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const since = new Date(node.clock.now().getTime() - days * DAY_MS);
    const page = {
      isOpenOnly: all !== true,
      limit,
      ...(institution !== undefined && { institutionId: institution }),
    };
    const { recalls, lines } = await inTransaction(node.database, async (tx) => {
      const overseen = await overseeCases(tx, node, { caller, since, ...page });
      const named = [];
      for (const line of overseen.cases) {
        const { code, name } = await readEnterprise(tx, line.enterpriseId);
        const { enterpriseId: _, ...shown } = line;
        named.push({ ...shown, code, name });
      }
      const floor = openFloors(node).of('recall_rates');
      return { recalls: showRecallRates(overseen.recalls, floor), lines: named };
    });
    output.answer({ cases: lines, recalls }, () => {
      const shown = table(
        ['编号', '机构', '企业', '预警', '最近期限', '上报', '结果'],
        lines.map((line) => [
          line.caseId,
          line.institutionId,
          line.name,
          line.alerts,
          line.dueOn,
          line.escalation,
          line.outcome === null ? '办理中' : (OUTCOME_ZH[line.outcome] ?? line.outcome),
        ]),
      );
      const rates = recalls.map((one) =>
        one.rate === null
          ? `${one.institutionId} 召回涉及的企业过少或者过于集中，不显示。`
          : `${one.institutionId} 召回 ${one.recalls} 条，已确认 ${one.acknowledged} 条（${(100 * one.rate).toFixed(0)}%），逾期 ${one.overdue} 条。`,
      );
      return [shown, ...rates].join('\n');
    });
  });
}

type RecallOptions = Json & { contract: string; record: RecordName; reason: RecallReason };

async function recall(code: string, { contract, record, reason, ...options }: RecallOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openMonitoring(node);
    const done = await inTransaction(node.database, async (tx) => {
      const { enterpriseId } = await findEnterprise(tx, code);
      return await recallAlerts(tx, context, { caller, enterpriseId, contract, record, reason });
    });
    output.answer(done, () => `召回 ${done.recalls} 条预警，通知 ${done.institutions} 家机构。`);
  });
}
