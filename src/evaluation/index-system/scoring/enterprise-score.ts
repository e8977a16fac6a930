import type { IndicatorValue } from '../../indicators/indicator.ts';
import type { Words } from '../definition/file-shape.ts';
import type { Points } from '../definition/points.ts';

/** By indicator id. `empty` is knowledge (the source has no record), `not_covered` and `stale` are not. */
export type IndicatorValues = ReadonlyMap<string, IndicatorValue>;

/** Why a leaf has its points: by its band, or neutral and why. */
export type LeafState = 'scored' | 'no_data' | 'not_covered' | 'stale' | 'declined';

export type LeafScore = {
  readonly indicator: string;
  readonly name: Words;
  readonly dimension: string;
  readonly group: string;
  readonly state: LeafState;
  readonly value: number | null;
  /** Place of the band; null unless scored. */
  readonly band: number | null;
  readonly points: Points;
  readonly fullMarks: Points;
  readonly reason: Words;
};

export type Total = { readonly id: string; readonly points: Points; readonly fullMarks: Points };
export type DimensionTotal = Total & { readonly groups: readonly Total[] };

/** A ceiling whose condition holds; binding when the score alone would have given a better grade. */
export type ActiveCeiling = {
  readonly id: string;
  readonly kind: 'veto' | 'ceiling';
  readonly cap: string;
  readonly indicator: string;
  readonly clause: string;
  readonly reason: Words;
  readonly isBinding: boolean;
};

export type Edition = { readonly id: string; readonly version: string; readonly hash: string };

export type EnterpriseScore = {
  readonly system: Edition;
  readonly grading: Edition;
  readonly leaves: readonly LeafScore[];
  readonly dimensions: readonly DimensionTotal[];
  readonly score: Points;
  readonly fullMarks: Points;
  /** Marks that rest on data, and their share in whole 1/10 000, rounded down. */
  readonly coverage: { readonly marks: Points; readonly shareBasisPoints: number };
  /** `insufficient_data`: too little is covered and no ceiling applies; then there is no grade. */
  readonly state: 'graded' | 'insufficient_data';
  readonly gradeByScore: string;
  readonly grade: string | null;
  readonly ceilings: readonly ActiveCeiling[];
};
