import type { Improve, Words } from './file-shape.ts';
import type { Points } from './points.ts';

/** `[from, to)`; the first band has no lower end and the last no upper, so that no value is outside. */
export type Band = {
  /** Place in the leaf, from 0; with the indicator it is the reason code. */
  readonly place: number;
  readonly from: number;
  readonly to: number;
  readonly points: Points;
  readonly reason: Words;
  /** What coming here from the next worse band asks of the enterprise; absent: nothing it can do. */
  readonly improve: Improve | null;
};

/** 三级指标: one indicator with its bands. */
export type Leaf = {
  readonly indicator: string;
  readonly name: Words;
  readonly dimension: string;
  readonly group: string;
  readonly fullMarks: Points;
  readonly direction: 'higher' | 'lower' | 'middle';
  /** Positive information, which the enterprise may decline. */
  readonly positive: boolean;
  /** Points while nothing is known: more than the worst band, at most the best. */
  readonly neutral: Points;
  readonly basis: readonly string[];
  readonly bands: readonly Band[];
};

export type Branch = { readonly id: string; readonly name: Words; readonly fullMarks: Points };

/** 一级指标 with its 二级指标. */
export type Dimension = Branch & { readonly groups: readonly Branch[] };

/** Scoring rules as read, all marks exact. */
export type IndexSystem = {
  readonly id: string;
  readonly version: string;
  /** SHA-256 of the file's content: names this edition for ever. */
  readonly hash: string;
  readonly name: Words;
  readonly source: string;
  readonly effectiveFrom: string;
  readonly basis: readonly string[];
  /** `full_coverage`: replicated data alone, nothing an enterprise could withhold. */
  readonly reach: 'full_coverage' | 'consented';
  readonly fullMarks: Points;
  readonly dimensions: readonly Dimension[];
  readonly leaves: readonly Leaf[];
};

export type Grade = { readonly grade: string; readonly from: Points; readonly name: Words };

/** A veto is a ceiling at the lowest grade. */
export type Ceiling = {
  readonly id: string;
  readonly kind: 'veto' | 'ceiling';
  readonly cap: string;
  readonly indicator: string;
  readonly atLeast: number | null;
  readonly below: number | null;
  readonly clause: string;
  readonly reason: Words;
};

export type NoticeRule = { readonly below: string; readonly days: number; readonly clause: string };

/** Grading rules as read; grades from the best to the worst, which begins at 0. */
export type Grading = {
  readonly id: string;
  readonly version: string;
  readonly hash: string;
  readonly name: Words;
  readonly source: string;
  readonly effectiveFrom: string;
  readonly basis: readonly string[];
  readonly fullMarks: Points;
  readonly grades: readonly Grade[];
  readonly ceilings: readonly Ceiling[];
  /** Share of the marks that must rest on data before a score is graded. */
  readonly coverageMin: number;
  readonly notice: NoticeRule;
};

/** The band that holds a value. Bands cover all numbers, so there is one. */
export function bandOf(leaf: Leaf, value: number): Band {
  for (const band of leaf.bands) if (value < band.to) return band;
  throw new RangeError(`no number: ${leaf.indicator}`);
}
