/** What a field holds once it has been read: a number, a text, or nothing known. */
export type Cell = number | string | null;

/** Of PMML's DataField and MiningField: what a value must be, and what happens when it is not. */
export type PmmlField = {
  readonly name: string;
  readonly kind: 'number' | 'text';
  readonly isInteger: boolean;
  /** Values listed as valid; none listed: all are. */
  readonly valid: ReadonlySet<Cell>;
  readonly invalid: ReadonlySet<Cell>;
  readonly missing: ReadonlySet<Cell>;
  /** A number outside all of them is invalid; none: every number is in. */
  readonly intervals: readonly PmmlInterval[];
  readonly whenInvalid: 'returnInvalid' | 'asIs' | 'asMissing' | 'asValue';
  readonly invalidReplacement: Cell;
  readonly whenMissing: 'keep' | 'returnInvalid';
  readonly missingReplacement: Cell;
  readonly outliers: 'asIs' | 'asMissingValues' | 'asExtremeValues';
  readonly low: number;
  readonly high: number;
};

export type PmmlInterval = {
  readonly left: number;
  readonly right: number;
  readonly isLeftOpen: boolean;
  readonly isRightOpen: boolean;
};

export const COMPARISONS = [
  'equal',
  'notEqual',
  'lessThan',
  'lessOrEqual',
  'greaterThan',
  'greaterOrEqual',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Predicate =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'missing'; readonly field: string; readonly isMissing: boolean }
  | {
      readonly kind: 'compare';
      readonly field: string;
      readonly operator: Comparison;
      readonly value: string | number;
    }
  | {
      readonly kind: 'set';
      readonly field: string;
      readonly isIn: boolean;
      readonly values: ReadonlySet<Cell>;
    }
  | {
      readonly kind: 'compound';
      readonly operator: 'and' | 'or' | 'xor' | 'surrogate';
      readonly parts: readonly Predicate[];
    };

export type ScorecardAttribute = {
  readonly predicate: Predicate;
  readonly partialScore: number;
  /** Undefined only without reason codes. */
  readonly reasonCode: string | undefined;
};

export type Characteristic = {
  readonly name: string;
  /** The one field that its predicates look at; undefined: none does. */
  readonly field: string | undefined;
  readonly baselineScore: number;
  readonly attributes: readonly ScorecardAttribute[];
};

/** A PMML Scorecard as the node runs it. */
export type Scorecard = {
  readonly modelName: string;
  readonly fields: ReadonlyMap<string, PmmlField>;
  readonly initialScore: number;
  readonly hasReasons: boolean;
  readonly reasonCodeAlgorithm: 'pointsAbove' | 'pointsBelow';
  readonly characteristics: readonly Characteristic[];
};

/** Every reason code that the card can give, each once. */
export function reasonCodesOf({ characteristics, hasReasons }: Scorecard): string[] {
  if (!hasReasons) return [];
  const codes = characteristics.flatMap(({ attributes }) => attributes.map(({ reasonCode }) => reasonCode));
  return [...new Set(codes.filter((code) => code !== undefined))];
}
