import type { InstitutionType } from '#security';

export type Words = { readonly zh: string; readonly en: string };

/** A comparison of one indicator's value; it does not hold while there is no value. */
export type Comparison = {
  readonly indicator: string;
  readonly eq?: number;
  readonly ne?: number;
  readonly lt?: number;
  readonly le?: number;
  readonly gt?: number;
  readonly ge?: number;
  /** Both ends included. */
  readonly between?: readonly [number, number];
  readonly in?: readonly number[];
  readonly notIn?: readonly number[];
  /** Whether there is a value at all. */
  readonly isKnown?: boolean;
};

/** Two-valued, as a filter of indicators is: `not` of a comparison without a value holds. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | Comparison;

export type Rule = { readonly id: string; readonly name: Words; readonly when: Condition };

/** 排除情形: `whenUnknown` says what a source that does not cover the enterprise means; `exclude` when absent. */
export type Exclusion = Rule & { readonly basis: string; readonly whenUnknown?: 'exclude' | 'ignore' };

/** Whom the list is pushed to: named institutions, or all that are admitted, of some types or any. */
export type Audience =
  | { readonly kind: 'institutions'; readonly ids: readonly string[] }
  | { readonly kind: 'admitted'; readonly types?: readonly InstitutionType[] };

/** What one institution is given of the list; an absent part is no bound. */
export type Slice = {
  readonly institution: string;
  readonly districts?: readonly string[];
  readonly industries?: readonly string[];
  readonly sizes?: readonly string[];
};

/** 白名单规则, as in its file. */
export type RuleSetDefinition = {
  readonly id: string;
  readonly version: string;
  readonly name: Words;
  readonly purpose: Words;
  readonly source: string;
  readonly basis: readonly string[];
  readonly audience: Audience;
  readonly slices?: readonly Slice[];
  /** Size classes it is for; absent: all. */
  readonly sizes?: readonly string[];
  readonly rules: readonly Rule[];
  readonly gradeAtLeast?: { readonly grading: string; readonly grade: string };
  readonly exclusions: readonly Exclusion[];
  /** Days from the push after which an entry ends. */
  readonly validityDays: number;
  /** Days after which a person has to look at an entry again. */
  readonly reviewDays: number;
  readonly backTest: {
    /** Days that members are followed after each date. */
    readonly horizonDays: number;
    readonly datesMin: number;
    /** What counts as an adverse event when it holds at the end and did not at the beginning. */
    readonly adverse: Condition;
  };
};

/** A rule set as loaded: checked, and named for ever by the hash of its canonical form. */
export type RuleSet = {
  readonly definition: RuleSetDefinition;
  readonly hash: string;
  /** Every indicator that it looks at, in one order. */
  readonly indicators: readonly string[];
  /** Grades that suffice; undefined: it asks for none. */
  readonly grades: ReadonlySet<string> | undefined;
};

export type WhitelistBook = ReadonlyMap<string, RuleSet>;

/** The indicators that a condition looks at. */
export function indicatorsIn(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(indicatorsIn);
  if ('any' in condition) return condition.any.flatMap(indicatorsIn);
  if ('not' in condition) return indicatorsIn(condition.not);
  return [condition.indicator];
}
