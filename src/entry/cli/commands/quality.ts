import { join } from 'node:path';
import type { Command } from 'commander';
import { beijingDate, inTransaction } from '#kernel';
import {
  listExpected,
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
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

/** 月报季评: run, read, open and recompute; what is owed; what is to be mended. */
export function addQuality(program: Command): void {
  const quality = program.command('quality').description('数据质量月报季评 · monthly report and quarterly review');
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
    .command('open')
    .description('一个数字的由来 · the rules, counts and rows behind one number')
    .argument('<score>', 'number of the score, from show --json')
    .option('--json', 'one JSON line')
    .action(async (score: string, options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const opened = await inTransaction(node.database, (tx) => openScore(tx, score));
        output.answer(opened, () =>
          table(['规则', '检查', '不合格', '行'], opened.rules.map((rule) => [rule.rule, rule.checked, rule.failed, rule.rows.slice(0, 3).join(' ')])),
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
        output.answer(result, () => (result.isIdentical ? '✓ 重算结果与冻结的数字一致。' : `✗ ${result.differences.length} 个数字不同。`));
        if (!result.isIdentical) process.exitCode = 1;
      });
    });
  addDuties(quality);
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
        const expected = await inTransaction(node.database, (tx) => listExpected(tx, catalogue, calendar, now));
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
        const tickets = await inTransaction(node.database, (tx) => listTickets(tx, { withClosed: options.all === true, limit: 500 }));
        output.answer({ tickets }, () =>
          table(
            ['整改单', '数据合同', '提供单位', '缘由', '行', '期限', '状态'],
            tickets.map((row) => [row.ticketId, row.contractId, row.provider, row.kind, row.defectRows, row.dueOn, row.state]),
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
        output.answer(run, () => table(['规模', '户数'], Object.entries(run.counts).map(([size, n]) => [sizeLabel(size), n])));
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
    table(['规则', '数据合同', '不合格', '样本行'], report.topDefects.map((d) => [d.rule, d.contractId, d.failed, d.sampleRows.join(' ')])),
  ].join('\n\n');
}
