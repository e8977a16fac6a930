import type {
  BinningResult,
  CardFigures,
  CardStability,
  CrossValidation,
  Exclusion,
  Fairness,
  Fitted,
  Leak,
  RejectStudy,
  Uncertain,
  Verdict,
} from '#evaluation';
import { table } from './output.ts';

/** One variable: its whole table. Several: a line each. */
export function showBinning(results: readonly BinningResult[], leaks: readonly Leak[]): string {
  const [only] = results;
  const shown = results.length === 1 && only?.state === 'binned' ? showBins(only) : showVariables(results);
  return [shown, ...showLeaks(leaks)].join('\n');
}

function showBins({ binning }: Extract<BinningResult, { state: 'binned' }>): string {
  const { figures, trend, variable } = binning;
  const lines = binning.bins.map(({ label, rows, goods, bads, badRate, woe, iv }) => [
    label,
    shown(rows),
    shown(goods),
    shown(bads),
    badRate === null ? null : shown(badRate),
    shown(woe),
    shown(iv),
  ]);
  return [
    `${variable}：走向 ${trend.found}，IV ${shown(figures.iv)}，JS ${shown(figures.js)}，KS ${shown(figures.ks)}，Gini ${shown(figures.gini)}，HHI ${shown(figures.hhi)}，质量 ${shown(figures.quality)}`,
    table(['分箱', '行数', '好', '坏', '坏率', 'WOE', 'IV'], lines),
  ].join('\n');
}

function showVariables(results: readonly BinningResult[]): string {
  return table(
    ['变量', '走向', '箱数', 'IV', 'KS', '质量'],
    results.map((result) => {
      if (result.state === 'infeasible') {
        return [
          result.variable,
          `不可行：${result.obstacles.map(({ zh }) => zh).join('；')}`,
          null,
          null,
          null,
          null,
        ];
      }
      const { variable, trend, bins, figures } = result.binning;
      const count = bins.filter(({ kind }) => kind === 'ordinary').length;
      return [variable, trend.found, count, shown(figures.iv), shown(figures.ks), shown(figures.quality)];
    }),
  );
}

function showLeaks(leaks: readonly Leak[]): string[] {
  return leaks.map((leak) =>
    leak.kind === 'implausible_iv'
      ? `! ${leak.variable}：IV ${shown(leak.iv)} 高得不合理，可能泄漏结果`
      : `! ${leak.variable}：${shown(leak.share * 100)}% 的行在决定之后才知道（依据 ${leak.by}）`,
  );
}

type Studies = {
  readonly validation: CrossValidation | undefined;
  readonly rejects: RejectStudy | undefined;
};

export function showFit(
  { card, verdicts, leaks }: Fitted,
  figures: CardFigures,
  { validation, rejects }: Studies,
): string {
  const lines = card.model.variables.map(({ variable, coefficient, standardError }) => {
    const points = card.points.points.find((one) => one.variable === variable)?.points ?? [];
    return [variable, shown(coefficient), shown(standardError), Math.min(...points), Math.max(...points)];
  });
  return [
    `✓ 评分卡 ${card.hash}`,
    `  分数 ${card.points.scoreMin} 至 ${card.points.scoreMax}，取整误差不超过 ${shown(card.points.roundingMax)} 分`,
    table(['变量', '系数', '标准误', '最低分', '最高分'], lines),
    `建卡样本：${showFigures(figures)}`,
    ...(validation === undefined ? [] : showValidation(validation)),
    ...(rejects === undefined ? [] : showRejects(rejects)),
    ...verdicts.flatMap(showVerdict),
    ...showLeaks(leaks),
  ].join('\n');
}

function showFigures({ auc, ks, gini, brier, calibration }: CardFigures): string {
  const slope = calibration.slope === null ? '—' : shown(calibration.slope);
  return `AUC ${shown(auc)}，KS ${shown(ks)}，Gini ${shown(gini)}，Brier ${shown(brier)}，校准斜率 ${slope}`;
}

function showValidation({ folds, repeats, auc, ks, brier, calibration, refused }: CrossValidation): string[] {
  const interval = ({ mean, low, high }: Uncertain) =>
    `${shown(mean)}（95% 区间 ${shown(low)} 至 ${shown(high)}）`;
  const failed = Object.values(refused).reduce((sum, count) => sum + count, 0);
  return [
    `${folds} 折 × ${repeats} 次交叉验证：AUC ${interval(auc)}，KS ${interval(ks)}，Brier ${interval(brier)}`,
    `  各折合并校准：预期坏率 ${shown(calibration.expectedRate)}，实际 ${shown(calibration.observedRate)}，斜率 ${calibration.slope === null ? '—' : shown(calibration.slope)}`,
    ...(failed > 0 ? [`  其中 ${failed} 次未能建卡，不计入平均`] : []),
  ];
}

function showRejects(study: RejectStudy): string[] {
  return [
    `拒绝推断（${study.rules.method}，坏率倍数 ${study.rules.badFactor}）：${study.rejects} 个拒绝，推断坏率 ${shown(study.inferredBadRate)}，通过者 ${shown(study.acceptedBadRate)}`,
    `  不含拒绝：${showFigures(study.without.figures)}`,
    `  含拒绝：  ${showFigures(study.with.figures)}`,
  ];
}

function showVerdict({ variable, exclusion }: Verdict): string[] {
  return exclusion === null ? [] : [`- ${variable}：${showExclusion(exclusion)}`];
}

function showExclusion(exclusion: Exclusion): string {
  switch (exclusion.why) {
    case 'infeasible':
      return `不可行：${exclusion.obstacles.map(({ zh }) => zh).join('；')}`;
    case 'leak':
      return '泄漏结果';
    case 'missing':
      return `缺失率 ${shown(exclusion.value)} 超过 ${exclusion.limit}`;
    case 'identical':
      return `同一取值占 ${shown(exclusion.value)}，超过 ${exclusion.limit}`;
    case 'iv':
      return `IV ${shown(exclusion.value)} 低于 ${exclusion.limit}`;
    case 'correlated':
      return `与 ${exclusion.with} 相关 ${shown(exclusion.value)}，超过 ${exclusion.limit}`;
    case 'sign':
      return '系数方向相反，约束为 0';
  }
}

type Report = {
  readonly card: string;
  readonly figures: CardFigures;
  readonly stability: CardStability;
  readonly fairness: readonly Fairness[];
};

const DRIFT_ZH = { stable: '稳定', watch: '留意', shifted: '已偏移' } as const;

export function showReport({ card, figures, stability, fairness }: Report): string {
  const { calibration } = figures;
  return [
    `评分卡 ${card}`,
    showFigures(figures),
    table(
      ['风险十分位', '行数', '坏', '坏率', '预期', '累计坏', '提升'],
      calibration.table.map((line, at) => [
        at + 1,
        shown(line.rows),
        shown(line.bads),
        shown(line.badRate),
        shown(line.expectedRate),
        shown(line.cumulatedBadShare),
        shown(line.lift),
      ]),
    ),
    table(
      ['PSI', '值', '结论'],
      [{ variable: '总分', ...stability.score }, ...stability.variables].map(({ variable, psi, verdict }) => [
        variable,
        shown(psi),
        DRIFT_ZH[verdict],
      ]),
    ),
    ...fairness.map(showFairness),
  ].join('\n');
}

function showFairness({ by, groups, rules }: Fairness): string {
  const lines = groups.map((group) => [
    `${group.group ?? '（未知）'}${group.isSmall ? ' *' : ''}${group.isBelowRatio ? ' !' : ''}`,
    group.rows,
    shown(group.selectedShare),
    group.selectionRatio === null ? null : shown(group.selectionRatio),
    group.auc === null ? null : shown(group.auc),
    shown(group.expectedRate),
    shown(group.observedRate),
    group.selectedOfGoods === null ? null : shown(group.selectedOfGoods),
    group.selectedOfBads === null ? null : shown(group.selectedOfBads),
    shown(group.noDataShare),
  ]);
  return [
    `按 ${by}（不低于 ${rules.cutoff} 分为入选；* 样本小，! 入选比低于 ${rules.ratioMin}）`,
    table(
      ['组', '行数', '入选率', '入选比', 'AUC', '预期坏率', '实际坏率', '好者入选', '坏者入选', '无数据'],
      lines,
    ),
  ].join('\n');
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}
