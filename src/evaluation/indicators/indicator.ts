import type { Contract } from '#lists';

/** 维度 of published index systems (公共信用综合评价). */
export const DIMENSIONS = [
  '遵纪守法',
  '履约践诺',
  '资质荣誉',
  '社会责任',
  '监管风险',
  '经营能力',
  '创新发展',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What an indicator may be used for; `input`: it is a part of combinations and nothing is decided on it by itself. */
export type IndicatorUse = 'grade' | 'score' | 'whitelist' | 'alert' | 'portrait' | 'training' | 'input';

export type Shift = { readonly days?: number; readonly months?: number; readonly years?: number };
/** A value in a filter: as the contract keeps it (money in fen), a day counted from the as-of day, or another field. */
export type Operand = string | number | boolean | { readonly asOf: Shift } | { readonly field: string };

export type Leaf = {
  readonly field: string;
  readonly eq?: Operand;
  readonly ne?: Operand;
  readonly in?: readonly (string | number)[];
  readonly notIn?: readonly (string | number)[];
  readonly lt?: Operand;
  readonly le?: Operand;
  readonly gt?: Operand;
  readonly ge?: Operand;
  readonly between?: readonly [Operand, Operand];
  readonly isNull?: boolean;
};

/** Two-valued: a comparison with an empty value does not hold, and `not` of it does. */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | Leaf;

export type Fn =
  | 'count'
  | 'count_distinct'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'last'
  | 'first'
  | 'exists'
  | 'age_days'
  | 'streak';

export type Aggregate = {
  readonly fn: Fn;
  readonly field?: string;
  /** Whole numbers for the codes of a code field; a code without one is left out. */
  readonly scores?: Readonly<Record<string, number>>;
  /** `age_days` alone: since the latest of the dates (the default) or the earliest. */
  readonly since?: 'last' | 'first';
};

export type WindowUnit = 'day' | 'month' | 'quarter' | 'year';

/**
 * `count` units up to the as-of day, which is included; `offset` units earlier. Aligned: the last `count` complete
 * calendar periods of `align` before the as-of day's own.
 */
export type Window = {
  readonly count: number;
  readonly unit: WindowUnit;
  readonly offset?: number;
  readonly align?: WindowUnit;
};

export type Kind = 'organisation' | 'sole_trader';

type Common = {
  readonly id: string;
  readonly version: string;
  readonly name: { readonly zh: string; readonly en: string };
  readonly dimension: Dimension;
  /** Value when no record matches. */
  readonly empty: number | null;
  /** Value when the source does not cover the enterprise. */
  readonly notCovered: number | null;
  readonly direction: 'higher_better' | 'lower_better' | 'neutral';
  /** Law, standard or published index system it rests on, or `proposal`. */
  readonly basis: string;
  readonly uses: readonly IndicatorUse[];
};

/** An indicator that reads records of one contract. */
export type BaseDefinition = Common & {
  readonly coverage: 'replicated' | 'followed';
  readonly source: { readonly contract: string; readonly version: string };
  /** Field of business time, or `known`: any record known by then, whenever it happened. */
  readonly time: string;
  readonly filter?: Filter;
  readonly aggregate: Aggregate;
  readonly window?: Window;
  /** Days without news of the source after which the value is stale. */
  readonly staleAfter?: number;
  /** Kinds of enterprise that the source covers; absent: all. */
  readonly population?: readonly Kind[];
  /** Release rule under which values usable but not visible enter. */
  readonly release?: string;
};

export type Combination =
  | { readonly ratio: readonly [string, string] }
  | { readonly difference: readonly [string, string] };

/** An indicator over two others. */
export type CombinedDefinition = Common & { readonly aggregate: Combination };

export type IndicatorDefinition = BaseDefinition | CombinedDefinition;

/** A definition as loaded: checked against its contract, and named for ever by the hash of its canonical form. */
export type BaseIndicator = {
  readonly kind: 'base';
  readonly definition: BaseDefinition;
  readonly contract: Contract;
  readonly hash: string;
};
export type CombinedIndicator = {
  readonly kind: 'combined';
  readonly definition: CombinedDefinition;
  readonly hash: string;
};
export type Indicator = BaseIndicator | CombinedIndicator;

/** A published rule under which values usable but not visible may enter one named output. */
export type ReleaseRule = {
  readonly id: string;
  readonly version: string;
  readonly name: { readonly zh: string; readonly en: string };
  /** The one output that leaves, how many bits wide, and the smallest group it is given for. */
  readonly output: string;
  readonly bitsMax: number;
  readonly groupMin: number;
  readonly approvedBy: readonly string[];
  readonly basis: string;
};

export type IndicatorBook = {
  readonly indicators: ReadonlyMap<string, Indicator>;
  readonly releases: ReadonlyMap<string, ReleaseRule>;
  /** Of all definitions together. */
  readonly hash: string;
};

export type Status = 'ok' | 'empty' | 'not_covered' | 'stale';

/** The statuses by the number under which statements give them. */
export const STATUSES: readonly Status[] = ['ok', 'empty', 'not_covered', 'stale'];

export type IndicatorValue = { readonly value: number | null; readonly status: Status };

export function isCombined(definition: IndicatorDefinition): definition is CombinedDefinition {
  return 'ratio' in definition.aggregate || 'difference' in definition.aggregate;
}

/** The two indicators of a combination, in order. */
export function inputsOf(aggregate: Combination): readonly [string, string] {
  return 'ratio' in aggregate ? aggregate.ratio : aggregate.difference;
}
