import assert from 'node:assert';
import type { EvaluationModel } from '../models/evaluation-model.ts';
import { type Grading, type IndexSystem, type Leaf } from '../index-system/definition/index-system.ts';
import { INDEX_SYSTEM_LIMITS } from '../index-system/definition/index-system-limits.ts';
import type { Points } from '../index-system/definition/points.ts';
import type { Baseline } from '../index-system/explanation/baseline.ts';
import type { EnterpriseScore, LeafScore, LeafState } from '../index-system/scoring/enterprise-score.ts';
import { rankOf } from '../index-system/scoring/grade-score.ts';

/** What a run keeps of one enterprise: small integers that stand for points and grade under the run's model. */
export type ScoreRow = {
  readonly score: Points;
  readonly coveredMarks: Points;
  /** A bit for each ceiling that holds, in the order of the grading rules. */
  readonly ceilings: number;
  /** 0 graded, 1 too little data for a grade. */
  readonly state: 0 | 1;
  readonly grade: number | null;
  readonly gradeByScore: number;
  /** Band of each leaf, or why its points are neutral, see `NEUTRAL_BINS`. */
  readonly bins: readonly number[];
  /** Places of the leaves that cost most against the baseline, the largest loss first. */
  readonly reasons: readonly number[];
};

/** Why a leaf has neutral points, as a bin; bands are 0 and above. */
export const NEUTRAL_BINS: Readonly<Record<Exclude<LeafState, 'scored' | 'declined'>, number>> = {
  no_data: -1,
  not_covered: -2,
  stale: -3,
};

/** The row of a score; the statement of `compileScoring` gives the same integers. Nothing is declined in it. */
export function toScoreRow(
  { system, grading }: Pick<EvaluationModel, 'system' | 'grading'>,
  scored: EnterpriseScore,
  baseline: Baseline,
): ScoreRow {
  const active = new Set(scored.ceilings.map(({ id }) => id));
  const ceilings = grading.ceilings.reduce(
    (mask, { id }, at) => (active.has(id) ? mask | (1 << at) : mask),
    0,
  );
  const bins = scored.leaves.map(binOf);
  return {
    score: scored.score,
    coveredMarks: scored.coverage.marks,
    ceilings,
    state: scored.state === 'graded' ? 0 : 1,
    grade: scored.grade === null ? null : rankOf(grading, scored.grade),
    gradeByScore: rankOf(grading, scored.gradeByScore),
    bins,
    reasons: reasonsOf(system, bins, baseline),
  };
}

function binOf({ state, band, indicator }: LeafScore): number {
  if (state === 'scored' && band !== null) return band;
  assert(state !== 'scored' && state !== 'declined', `${indicator} has no bin`);
  return NEUTRAL_BINS[state];
}

/** Points that a bin stands for. */
export function pointsOfBin(leaf: Leaf, bin: number): Points {
  if (bin < 0) return leaf.neutral;
  const band = leaf.bands[bin];
  assert(band !== undefined, `${leaf.indicator} has no band ${bin}`);
  return band.points;
}

/** Leaves scored below the baseline, the largest loss first, equals in the order of the tree. */
function reasonsOf(
  { leaves }: IndexSystem,
  bins: readonly number[],
  { medians }: Pick<Baseline, 'medians'>,
): number[] {
  return leaves
    .map((leaf, place) => ({ place, loss: lossOf(leaf, bins[place] ?? -1, medians) }))
    .filter(({ loss }) => loss > 0)
    .sort((one, other) => other.loss - one.loss)
    .slice(0, INDEX_SYSTEM_LIMITS.reasonsShown)
    .map(({ place }) => place);
}

/** How far a bin stays below the baseline; 0 where it does not, and where the points are neutral. */
export function lossOf(leaf: Leaf, bin: number, medians: Baseline['medians']): Points {
  const points = pointsOfBin(leaf, bin);
  return bin < 0 ? 0 : Math.max(0, (medians.get(leaf.indicator) ?? points) - points);
}

/** Totals of the 一级指标 that bins stand for. */
export function dimensionsOfBins(
  { dimensions, leaves }: IndexSystem,
  bins: readonly number[],
): { readonly id: string; readonly points: Points; readonly fullMarks: Points }[] {
  const points = leaves.map((leaf, at) => pointsOfBin(leaf, bins[at] ?? -1));
  return dimensions.map(({ id, fullMarks }) => ({
    id,
    fullMarks,
    points: points.reduce((sum, own, at) => (leaves[at]?.dimension === id ? sum + own : sum), 0),
  }));
}

/** The word of a grade by its place; null: no grade. */
export function gradeWord({ grades }: Grading, rank: number | null): string | null {
  if (rank === null) return null;
  const grade = grades[rank];
  assert(grade !== undefined, `no grade has place ${rank}`);
  return grade.grade;
}
