import { join } from 'node:path';
import type { Command } from 'commander';
import { beijingDate, beijingTime, inTransaction } from '#kernel';
import {
  contestScore,
  decideContest,
  listContests,
  listExpected,
  listRuns,
  listTickets,
  loadCalendar,
  openScore,
  type QualityReport,
  readQuality,
  recomputeQuality,
  runQuality,
  sizeLabel,
  sizeRegister,
} from '#lists';
import { requireAllowed } from '#security';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

/** 月报季评: run, read, open and recompute; what is owed; what is to be mended. */
export function addQuality(program: Command): void {
  const quality = program
    .command('quality')
    .description('数据质量月报季评 · monthly report and quarterly review');
  quality
    .command('run')
    .argument('<period>', '2026-10 or 2026-Q4')
    .option('--json', 'one JSON line')
    .action(async (period: string, options: Json) => {
      await withNode(options, async ({ node, output, caller }) => {
        const run = await runQuality(node.lists, { period, caller });
        const report = await inTransaction(node.database, (tx) => readQuality(tx, { period }));
        output.answer({ run: run.runId, deliveries: run.deliveries, report }, () => describeReport(report));
      });
    });
  quality
    .command('show', { isDefault: true })
    .argument('<period>')
    .option('--json', 'one JSON line')
    .action(async (period: string, options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const report = await inTransaction(node.database, (tx) => readQuality(tx, { period }));
        output.answer(report, () => describeReport(report));
      });
    });
  quality
    .command('runs')
    .description('已冻结的周期 · frozen runs, newest first')
    .option('--json', 'one JSON line')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const runs = await inTransaction(node.database, (tx) => listRuns(tx, 100));
        output.answer({ runs }, () =>
          table(
            ['运行', '周期', '时间'],
            runs.map((run) => [run.runId, run.period, beijingTime(run.computedAt)]),
          ),
        );
      });
    });
  addReplays(quality);
  addDuties(quality);
  addContests(quality);
}

function addReplays(quality: Command): void {
  quality
    .command('open')
    .description('一个数字的由来 · the rules, counts and rows behind one number')
    .argument('<score>', 'number of the score, from show --json')
    .option('--json', 'one JSON line')
    .action(async (score: string, options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const opened = await inTransaction(node.database, (tx) => openScore(tx, score));
        output.answer(opened, () =>
          table(
            ['规则', '检查', '不合格', '行'],
            opened.rules.map((rule) => [
              rule.rule,
              rule.checked,
              rule.failed,
              rule.rows.slice(0, 3).join(' '),
            ]),
          ),
        );
      });
    });
  quality
    .command('recompute')
    .description('按留存的证据重算 · compute a frozen run again from its evidence')
    .argument('<run>')
    .option('--json', 'one JSON line')
    .action(async (runId: string, options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const result = await recomputeQuality(node.lists, runId);
        output.answer(result, () =>
          result.isIdentical ? '✓ 重算结果与冻结的数字一致。' : `✗ ${result.differences.length} 个数字不同。`,
        );
        if (!result.isIdentical) process.exitCode = 1;
      });
    });
}

function addDuties(quality: Command): void {
  quality
    .command('expected')
    .description('应交未交 · deliveries owed, the longest overdue first')
    .option('--json', 'one JSON line')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const calendar = loadCalendar(join(node.config.packageFolder, 'models', 'calendars'));
        const { catalogue } = node.lists;
        const now = node.clock.now();
        const expected = await inTransaction(node.database, (tx) =>
          listExpected(tx, catalogue, calendar, now),
        );
        output.answer({ expected }, () =>
          table(
            ['数据合同', '提供单位', '应交', '逾期天数', '上次交付'],
            expected.map((row) => [
              row.contractId,
              row.provider,
              row.expectedBy,
              row.overdueDays,
              row.lastDeliveryAt === null ? null : beijingDate(row.lastDeliveryAt),
            ]),
          ),
        );
      });
    });
  quality
    .command('tickets')
    .description('整改单 · what a provider has to mend')
    .option('--all', 'closed ones too')
    .option('--json', 'one JSON line')
    .action(async (options: Json & { all?: boolean }) => {
      await withNode(options, async ({ node, output }) => {
        const tickets = await inTransaction(node.database, (tx) =>
          listTickets(tx, { withClosed: options.all === true, limit: 500 }),
        );
        output.answer({ tickets }, () =>
          table(
            ['整改单', '数据合同', '提供单位', '缘由', '行', '期限', '状态'],
            tickets.map((row) => [
              row.ticketId,
              row.contractId,
              row.provider,
              row.kind,
              row.defectRows,
              row.dueOn,
              row.state,
            ]),
          ),
        );
      });
    });
  quality
    .command('sizes')
    .description('按中小企业划型标准重算规模 · class every enterprise by size')
    .option('--json', 'one JSON line')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output, caller }) => {
        const run = await sizeRegister(node.lists, { caller });
        output.answer(run, () =>
          table(
            ['规模', '户数'],
            Object.entries(run.counts).map(([size, n]) => [sizeLabel(size), n]),
          ),
        );
      });
    });
}

type ContestOptions = Json & { ground: string; provider: string; evidence: string[] };
type DecideOptions = Json & { numerator?: string; reason: string };

/** A provider may contest one number; another person decides, and the frozen number stays. */
function addContests(quality: Command): void {
  quality
    .command('contest')
    .description('对一个数字提出申诉 · contest one number')
    .argument('<score>')
    .requiredOption('--provider <name>', 'whose number it is')
    .requiredOption('--ground <text>', 'why')
    .option('--evidence <id...>', 'rule and row ids', [])
    .option('--json', 'one JSON line')
    .action(async (scoreNo: string, options: ContestOptions) => {
      await withNode(options, async ({ node, output, caller }) => {
        const { provider, ground, evidence } = options;
        requireAllowed(node.policies, caller, 'contest_quality', { provider });
        const calendar = loadCalendar(join(node.config.packageFolder, 'models', 'calendars'));
        const terms = { calendar, at: node.clock.now() };
        const request = { scoreNo, provider, ground, evidence, by: caller.id };
        const contest = await inTransaction(node.database, (tx) => contestScore(tx, request, terms));
        output.answer(contest, () => `申诉 ${contest.contestNo} 已提出，由另一人裁定。`);
      });
    });
  quality
    .command('contests')
    .description('申诉一览 · contests, open ones first')
    .option('--json', 'one JSON line')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const contests = await inTransaction(node.database, (tx) => listContests(tx, { limit: 500 }));
        output.answer({ contests }, () =>
          table(
            ['申诉', '数字', '单位', '理由', '状态'],
            contests.map((c) => [c.contestNo, c.scoreNo, c.provider, c.ground, c.state]),
          ),
        );
      });
    });
  quality
    .command('decide')
    .description('裁定申诉：给出更正后的分子为支持，否则驳回 · uphold with --numerator, or dismiss')
    .argument('<contest>')
    .requiredOption('--reason <text>', 'the decision in words')
    .option('--numerator <n>', 'what the numerator should have been')
    .option('--json', 'one JSON line')
    .action(async (contestNo: string, options: DecideOptions) => {
      await withNode(options, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'decide_quality_contest', {});
        const outcome =
          options.numerator === undefined
            ? ({ state: 'dismissed' } as const)
            : ({ state: 'upheld', correctedNumerator: Number(options.numerator) } as const);
        const decision = { contestNo, outcome, decision: options.reason, by: caller.id };
        const terms = { keys: node.keys, at: node.clock.now() };
        const contest = await inTransaction(node.database, (tx) => decideContest(tx, decision, terms));
        output.answer(contest, () => `申诉 ${contestNo} 已裁定：${contest.state}。`);
      });
    });
}

function describeReport(report: QualityReport): string {
  const percent = (ppm: number | undefined) => (ppm === undefined ? null : `${(ppm / 10_000).toFixed(2)}%`);
  const row = (line: QualityReport['node']) => [
    line.rank,
    line.subject,
    percent(line.scores.accuracy?.value),
    percent(line.scores.completeness?.value),
    percent(line.scores.timeliness?.value),
    percent(line.scores.overall?.value),
  ];
  const head = ['名次', '单位或数据集', '准确性', '完整性', '及时性', '总评'];
  return [
    `${report.run.runId}，周期 ${report.run.period}`,
    table(head, report.providers.map(row)),
    table(head, report.datasets.map(row)),
    table(
      ['规则', '数据合同', '不合格', '样本行'],
      report.topDefects.map((d) => [d.rule, d.contractId, d.failed, d.sampleRows.join(' ')]),
    ),
  ].join('\n\n');
}
