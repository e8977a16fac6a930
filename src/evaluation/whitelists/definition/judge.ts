import type { IndicatorValue } from '../../indicators/indicator.ts';
import type { ExitReason } from '../whitelist-tables.ts';
import { type Comparison, type Condition, indicatorsIn, type Exclusion, type RuleSet } from './rule-set.ts';

export type ValueOf = (indicator: string) => IndicatorValue;

/** What the rules say of one enterprise; `rules` names those that decided. */
export type Verdict =
  | { readonly isMet: true }
  | { readonly isMet: false; readonly reason: ExitReason; readonly rules: readonly string[] };

/** The id under which a missing grade is named among the rules. */
const GRADE_RULE = 'grade';

/**
 * Judges one enterprise by its values and grade. An exclusion stands before a rule; an exclusion whose source does not
 * cover the enterprise excludes as well unless its file says otherwise, since a list vouches for whom it names.
 */
export function judge(
  { definition, grades }: Pick<RuleSet, 'definition' | 'grades'>,
  { valueOf, grade }: { readonly valueOf: ValueOf; readonly grade: string | undefined },
): Verdict {
  const excluding = definition.exclusions.filter(({ when }) => holds(when, valueOf)).map(({ id }) => id);
  if (excluding.length > 0) return { isMet: false, reason: 'excluded', rules: excluding };
  const unknown = definition.exclusions.filter((one) => isOpen(one, valueOf)).map(({ id }) => id);
  if (unknown.length > 0) return { isMet: false, reason: 'data_gone', rules: unknown };
  const failing = definition.rules.filter(({ when }) => !holds(when, valueOf));
  const hasGrade = grades === undefined || (grade !== undefined && grades.has(grade));
  const rules = [...failing.map(({ id }) => id), ...(hasGrade ? [] : [GRADE_RULE])];
  if (rules.length === 0) return { isMet: true };
  const isForLackOfData = failing.length > 0 && hasGrade && failing.every(({ when }) => lacks(when, valueOf));
  return { isMet: false, reason: isForLackOfData ? 'data_gone' : 'rule_not_met', rules };
}

/** Whether the condition holds; a comparison without a value does not, and `not` of it does. */
export function holds(condition: Condition, valueOf: ValueOf): boolean {
  if ('all' in condition) return condition.all.every((part) => holds(part, valueOf));
  if ('any' in condition) return condition.any.some((part) => holds(part, valueOf));
  if ('not' in condition) return !holds(condition.not, valueOf);
  return compares(condition, valueOf(condition.indicator).value);
}

function compares(comparison: Comparison, value: number | null): boolean {
  if (comparison.isKnown !== undefined) return comparison.isKnown === (value !== null);
  if (value === null) return false;
  const { eq, ne, lt, le, gt, ge, between } = comparison;
  if (eq !== undefined) return value === eq;
  if (ne !== undefined) return value !== ne;
  if (lt !== undefined) return value < lt;
  if (le !== undefined) return value <= le;
  if (gt !== undefined) return value > gt;
  if (ge !== undefined) return value >= ge;
  if (between !== undefined) return value >= between[0] && value <= between[1];
  if (comparison.in !== undefined) return comparison.in.includes(value);
  if (comparison.notIn !== undefined) return !comparison.notIn.includes(value);
  throw new TypeError(`a comparison of ${comparison.indicator} compares by nothing`);
}

function isOpen({ when, whenUnknown = 'exclude' }: Exclusion, valueOf: ValueOf): boolean {
  return whenUnknown === 'exclude' && lacks(when, valueOf);
}

function lacks(condition: Condition, valueOf: ValueOf): boolean {
  return indicatorsIn(condition).some((id) => valueOf(id).status === 'not_covered');
}
