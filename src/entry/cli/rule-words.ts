import { beijingDate } from '#kernel';
import { LEVEL_WORDS, type RuleBackTest, type RuleLine, type RuleNotice, RULE_STATE_ZH } from '#monitoring';

export const RULE_COLUMNS = [
  '编号',
  '版本',
  '名称',
  '级别',
  '状态',
  '自',
  '回溯提升',
  '实际精度',
  '下限',
  '哈希',
] as const;

/** One version of a rule as a line of a table. */
export function describeRule(line: RuleLine): (string | null)[] {
  const { judged, hits, floor, backTested } = line;
  return [
    line.ruleId,
    line.version,
    line.name.zh,
    LEVEL_WORDS[line.level].zh,
    RULE_STATE_ZH[line.state] + (line.reason === 'below_floor' ? '（低于下限退回）' : ''),
    beijingDate(line.since),
    backTested === null ? null : `${timesOf(backTested.lift)}${backTested.isPassed ? '' : '（未通过）'}`,
    judged === null || hits === null ? null : `${hits}/${judged}`,
    floor === null ? null : percentOf(floor),
    line.rule.slice(0, 12),
  ];
}

const GATE_ZH = { warnings: '预警次数', bad_cases: '不良企业数', lift: '提升倍数' } as const;

/** A back-test in sentences: how much it would have raised, how often rightly, how early, and whether that holds. */
export function describeBackTest({ ruleId, plan, figures, gates, isPassed, hash }: RuleBackTest): string {
  const { precision, recall, alerted } = figures;
  const perWeek = figures.alertsPerWeek?.toFixed(1) ?? '—';
  return [
    `${ruleId}：${isPassed ? '✓ 通过' : '✗ 未通过'}（${plan.from} 至 ${plan.to}，每 ${plan.stepDays} 天，观察 ${plan.horizonDays} 天）`,
    `  预警 ${figures.alerts} 条，起始日已有 ${figures.alertsAtStart} 条，其后每周 ${perWeek} 条；涉及受监测企业 ${shareText(alerted)}`,
    `  精度 ${shareText(precision)}，基准 ${percentOf(figures.baseRate)}，提升 ${timesOf(figures.lift)}（${timesOf(figures.liftFrom)} 至 ${timesOf(figures.liftTo)}）`,
    ...figures.byLevel.map(({ level, precision: own }) => `    ${LEVEL_WORDS[level].zh} ${shareText(own)}`),
    `  不良企业事先有预警 ${shareText(recall)}，早于首次逾期中位数 ${figures.leadDays ?? '—'} 天`,
    ...gates.flatMap((gate) =>
      gate.isPassed ? [] : [`  未达到：${GATE_ZH[gate.id]} ${gate.found}，要求 ${gate.asked}`],
    ),
    `  结果哈希 ${hash}`,
  ].join('\n');
}

export function describeNotice({ ruleId, person, toldAt }: RuleNotice): string {
  const told = person ?? '数据管理员';
  return `${beijingDate(toldAt)} ${ruleId} 的实际精度低于下限，已自动退回影子运行（通知 ${told}）`;
}

type Share = RuleBackTest['figures']['precision'];

function shareText({ hits, of, share, from, to }: Share): string {
  if (share === null) return `${hits}/${of}`;
  return `${percentOf(share)}（${hits}/${of}，95% 区间 ${percentOf(from)} 至 ${percentOf(to)}）`;
}

function percentOf(share: number | null): string {
  return share === null ? '—' : `${(100 * share).toFixed(1)}%`;
}

function timesOf(times: number | null): string {
  return times === null ? '—' : times.toFixed(2);
}
