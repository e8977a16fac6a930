import type { Binning } from '../binning/binning.ts';
import type { Scaling } from './plan.ts';

/** The regression over the WOE of the binnings: ln(odds of bad) = intercept + Σ coefficient · WOE. */
export type Model = {
  readonly schema: 'xinqiao.model/1';
  readonly variables: readonly {
    readonly variable: string;
    /** Hash of the binning whose WOE was used. */
    readonly binning: string;
    readonly coefficient: number;
    readonly standardError: number;
  }[];
  readonly intercept: number;
  readonly interceptError: number;
  readonly logLikelihood: number;
  readonly lastStep: number;
  readonly signs: 'constrained' | 'free';
  readonly hash: string;
};

/** Points of each variable's bins, in the order of the binning. The score is their sum and nothing else. */
export type CardPoints = {
  readonly schema: 'xinqiao.points/1';
  /** Hash of the model that was scaled. */
  readonly model: string;
  readonly scaling: Scaling;
  /** Score before rounding = offset − factor · ln(odds of bad). */
  readonly factor: number;
  readonly offset: number;
  readonly points: readonly { readonly variable: string; readonly points: readonly number[] }[];
  readonly scoreMin: number;
  readonly scoreMax: number;
  /** Largest distance of any possible score from the score before rounding. */
  readonly roundingMax: number;
  readonly hash: string;
};

/** A whole card as plain JSON: fitted once, never changed, applied anywhere with the same result. */
export type Card = {
  readonly schema: 'xinqiao.scorecard/1';
  readonly target: { readonly column: string; readonly bad: string };
  readonly rows: { readonly goods: number; readonly bads: number };
  readonly binnings: readonly Binning[];
  readonly model: Model;
  readonly points: CardPoints;
  /** Scores of the rows it was fitted on: shares of [edges[n - 1], edges[n]), for stability later. */
  readonly scores: { readonly edges: readonly number[]; readonly counts: readonly number[] };
  readonly hash: string;
};
