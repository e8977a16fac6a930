import assert from 'node:assert';
import { addMonths } from './add-months.ts';
import type { ContractRule, Regime, RepairRules, Saying, Severity } from './load-repair-rules.ts';

type Words = { readonly zh: string; readonly en: string };

/** A record as its contract's rule reads it: canonical text by field. */
export type RecordFacts = {
  readonly contract: string;
  readonly values: Readonly<Record<string, string | null>>;
};

/** Why a record cannot be repaired now; closed. */
export const OBSTACLES = ['no_decision_day', 'too_early', 'not_performed', 'period_over'] as const;
export type Obstacle = (typeof OBSTACLES)[number];

/** What was unclear and therefore taken in the strictest sense; closed. */
export const UNCLEAR = ['severity', 'special_field'] as const;
export type Unclear = (typeof UNCLEAR)[number];

export const OBSTACLE_WORDS: Readonly<Record<Obstacle, Words>> = {
  no_decision_day: {
    zh: '记录没有决定日期，无法计算公示期',
    en: 'The record has no day of decision to count from',
  },
  too_early: { zh: '未满最短公示期', en: 'The minimum public period is not over' },
  not_performed: { zh: '记录载明义务尚未履行完毕', en: 'The record says that obligations are not met' },
  period_over: { zh: '公示期已满，自动终止，无需申请', en: 'The public period is over; it ends by itself' },
};

export const UNCLEAR_WORDS: Readonly<Record<Unclear, Words>> = {
  severity: {
    zh: '记录未载明失信严重程度，按严重计算；认为有误的，可提出异议',
    en: 'The record does not say how severe it is and is counted as serious; an objection can be raised',
  },
  special_field: {
    zh: '记录未载明违法领域，按食品药品、特种设备、安全生产、消防领域的最短公示期计算',
    en: 'The record does not say its field and is counted as of a special one',
  },
};

export type RepairCheck = {
  readonly isEligible: boolean;
  readonly obstacles: readonly Obstacle[];
  readonly regime: string;
  readonly severity: Severity;
  readonly isSpecial: boolean;
  readonly unclear: readonly Unclear[];
  readonly decidedOn: string | null;
  /** First day on which a repair can be granted; null: not to be reckoned. */
  readonly earliestOn: string | null;
  /** First day on which the record is public no more; null: until it is taken off the list. */
  readonly endsOn: string | null;
  readonly document: string | null;
  readonly body: string | null;
  readonly citation: Words;
  readonly known: Regime['known'];
};

/**
 * Whether a record can be repaired on a Beijing day, from which day on, and by which rule. Null: the rules do not speak of such a
 * record. Pure.
 */
export function checkRepair(record: RecordFacts, rules: RepairRules, day: string): RepairCheck | null {
  const rule = rules.contracts[record.contract];
  const { values } = record;
  if (rule === undefined || (rule.onlyWhen !== undefined && !says(values, rule.onlyWhen))) return null;
  const decidedOn = values[rule.decidedOn] ?? null;
  const regime = regimeOf(rules, decidedOn ?? day);
  const found = severityOf(rule, values);
  const field = isSpecial(rule, values, rules.specialWords);
  const severity = rule.period?.class ?? found ?? 'serious';
  const span = spanOf({ rule, regime, severity, special: field ?? true });
  const earliestOn = decidedOn === null ? null : addMonths(decidedOn, span.minimumMonths);
  const endsOn = endOf({ rule, values, decidedOn, maximumMonths: span.maximumMonths });
  const obstacles = obstaclesOf({ rule, values, earliestOn, endsOn, day });
  return {
    isEligible: obstacles.length === 0,
    obstacles,
    regime: regime.id,
    severity,
    isSpecial: field ?? true,
    unclear: [
      ...(rule.period === undefined && found === null ? (['severity'] as const) : []),
      ...(field === null ? (['special_field'] as const) : []),
    ],
    decidedOn,
    earliestOn,
    endsOn,
    document: read(values, rule.document),
    body: read(values, rule.body),
    citation: rule.period?.citation ?? regime.citation,
    known: rule.period?.known ?? regime.known,
  };
}

/** What a delivery itself says of a record: repaired or annulled by whoever decided; null: neither. */
export function saidOf(
  { contract, values }: RecordFacts,
  rules: RepairRules,
): 'repaired' | 'annulled' | null {
  const rule = rules.contracts[contract];
  if (rule?.annulledWhen !== undefined && says(values, rule.annulledWhen)) return 'annulled';
  return rule?.repairedWhen !== undefined && says(values, rule.repairedWhen) ? 'repaired' : null;
}

type Values = RecordFacts['values'];

function says(values: Values, { field, in: codes }: Saying): boolean {
  const value = values[field] ?? null;
  return value !== null && (codes === undefined || codes.includes(value));
}

function read(values: Values, field: string | undefined): string | null {
  return field === undefined ? null : (values[field] ?? null);
}

/** The regime of the day of the decision: what was decided under the earlier rules stays under them. */
function regimeOf({ regimes }: RepairRules, decidedOn: string): Regime {
  const found = regimes.find(({ until }) => until === null || decidedOn <= until);
  assert(found !== undefined, 'the last regime has no end');
  return found;
}

/** Null: no field says it. */
function severityOf({ classBy }: ContractRule, values: Values): Severity | null {
  for (const { field, minor, general, serious } of classBy) {
    const value = values[field] ?? '';
    if (serious.includes(value)) return 'serious';
    if (general.includes(value)) return 'general';
    if (minor.includes(value)) return 'minor';
  }
  return null;
}

/** Null: every field that could tell is empty. */
function isSpecial({ specialIn }: ContractRule, values: Values, words: readonly string[]): boolean | null {
  if (typeof specialIn === 'string') return specialIn === 'always';
  const texts = specialIn.fields.map((name) => values[name] ?? '').filter((text) => text !== '');
  if (texts.length === 0) return null;
  return texts.some((text) => words.some((word) => text.includes(word)));
}

function spanOf(of: {
  readonly rule: ContractRule;
  readonly regime: Regime;
  readonly severity: Severity;
  readonly special: boolean;
}): { readonly minimumMonths: number; readonly maximumMonths: number | null } {
  const { rule, regime, severity, special } = of;
  if (rule.period !== undefined) return rule.period;
  const { minimumMonths, maximumMonths } = regime.classes[severity];
  if (!special) return { minimumMonths, maximumMonths };
  const least = Math.max(minimumMonths, regime.specialMinimumMonths);
  return { minimumMonths: least, maximumMonths: Math.max(least, maximumMonths) };
}

/** The maximum, or the end that the record itself names where that comes first. */
function endOf(of: {
  readonly rule: ContractRule;
  readonly values: Values;
  readonly decidedOn: string | null;
  readonly maximumMonths: number | null;
}): string | null {
  const named = read(of.values, of.rule.publicUntil);
  const { decidedOn, maximumMonths } = of;
  const most = decidedOn === null || maximumMonths === null ? null : addMonths(decidedOn, maximumMonths);
  // The record is public on the day that it names, and on the next no more.
  const after = named === null ? null : nextDay(named);
  if (most === null || after === null) return most ?? after;
  return after < most ? after : most;
}

function nextDay(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + 1);
  return at.toISOString().slice(0, 10);
}

function obstaclesOf(of: {
  readonly rule: ContractRule;
  readonly values: Values;
  readonly earliestOn: string | null;
  readonly endsOn: string | null;
  readonly day: string;
}): Obstacle[] {
  const { rule, values, earliestOn, endsOn, day } = of;
  if (endsOn !== null && endsOn <= day) return ['period_over'];
  const { performance } = rule;
  return [
    ...(earliestOn === null ? (['no_decision_day'] as const) : []),
    ...(earliestOn !== null && day < earliestOn ? (['too_early'] as const) : []),
    ...(performance !== undefined && performance.unperformed.includes(values[performance.field] ?? '')
      ? (['not_performed'] as const)
      : []),
  ];
}
