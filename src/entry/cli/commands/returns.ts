import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import {
  type DatasetLine,
  readMonth,
  readSheet,
  readUnusedRatios,
  sealMonth,
  sheetCsv,
  type ShownLine,
  type ShownMonth,
  sweepUnused,
} from '#returns';
import { openReturns } from '../../returns.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

/** 使用反馈: seal and read a month, a department's sheet, unused queries. */
export function addReturns(program: Command): void {
  const returns = program.command('returns').description('使用反馈 · what goes back (policy article 11)');
  returns
    .command('month')
    .description('编制并查看一个月的统计 · seal a month and show its statistics')
    .argument('<month>', '2026-10')
    .option(
      '--revise <reason>',
      '有变动时另出更正版，须说明理由 · make corrected versions where anything changed',
    )
    .option('--json', 'one JSON line')
    .action(month);
  returns
    .command('sheet')
    .description('数据提供单位反馈单 · the sheet of a department')
    .argument('<provider>', '数据提供单位名称或编号 · name as in the lists, or id')
    .argument('<month>', '2026-10')
    .option('--csv', '输出 CSV · print CSV')
    .option('--json', 'one JSON line')
    .action(sheet);
  returns
    .command('unused')
    .description('查而未用：重新查找并显示比例 · find unused queries and show ratios')
    .argument('<month>', '2026-10')
    .option('--json', 'one JSON line')
    .action(unused);
}

async function month(asked: string, { revise, ...options }: Json & { revise?: string }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openReturns(node);
    const kind = revise === undefined ? 'first' : 'revision';
    const sealed = await sealMonth(context, { caller, month: asked, kind, reason: revise ?? '' });
    const shown = await inTransaction(node.database, (tx) =>
      readMonth(tx, { month: asked, viewer: { sees: 'all' } }),
    );
    output.answer({ sealed, month: shown }, () => describeMonth(shown, sealed.sealed.length));
  });
}

function describeMonth(
  { month: of, versionNo, contentHash, figures, reconciliation }: ShownMonth,
  made: number,
) {
  const city = figures.filter(({ scope }) => scope === 'city');
  const rows = city.map(({ statistic, value, subjects, hiddenBecause }) => [
    statistic,
    value,
    subjects,
    hiddenBecause === null ? '' : '不对外显示',
  ]);
  const differing = reconciliation.filter(({ differences }) => differences.length > 0).length;
  return (
    `${of} 第 ${versionNo} 版 ${contentHash.slice(0, 12)}，本次编制 ${made} 份；核对 ${reconciliation.length} 处，${differing} 处有差异。\n` +
    table(['指标', '数值', '企业数', ''], rows)
  );
}

async function sheet(
  provider: string,
  of: string,
  { csv = false, ...options }: Json & { csv?: boolean },
): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const asked = { caller, provider, month: of };
    const read = await inTransaction(node.database, (tx) => readSheet(tx, openReturns(node), asked));
    output.answer(read, () => (csv ? sheetCsv(read.sheet) : describeLines(read.sheet.datasets)));
  });
}

function describeLines(lines: readonly (ShownLine | DatasetLine)[]): string {
  return table(
    ['数据集', '名称', '使用次数', '机构', '企业', '支持贷款', '金额（分）', '意见', '贡献度'],
    lines.map((line) => [
      line.contract,
      line.name,
      sumOf(line.reads),
      line.institutions,
      line.enterprises,
      line.loans,
      line.lentFen,
      sumOf(line.complaints),
      line.contribution?.value ?? null,
    ]),
  );
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

async function unused(of: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openReturns(node);
    const swept = await sweepUnused(context, { caller });
    const { suppression } = context.rules.statistics;
    const asked = { month: of, knownAt: node.clock.now() };
    const ratios = await inTransaction(node.database, (tx) => readUnusedRatios(tx, suppression, asked));
    output.answer(
      { swept, ratios },
      () =>
        `新发现 ${swept.found} 次，解除 ${swept.ended} 次。\n` +
        table(
          ['机构', '查询', '未用', '比例'],
          ratios.map(({ institution, queries, unused: of, ratio }) => [institution, queries, of, ratio]),
        ),
    );
  });
}
