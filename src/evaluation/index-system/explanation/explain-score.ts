import type { Grading, IndexSystem } from '../definition/index-system.ts';
import { INDEX_SYSTEM_LIMITS } from '../definition/index-system-limits.ts';
import type { Points } from '../definition/points.ts';
import type { IndicatorValues, LeafScore, EnterpriseScore } from '../scoring/enterprise-score.ts';
import type { Baseline } from './baseline.ts';
import { type Changes, findChanges } from './find-changes.ts';

/** A leaf beside the ordinary enterprise, with the records that its value rests on. */
export type ExplainedLeaf<Evidence> = LeafScore & {
  readonly baseline: Points;
  /** Points less the baseline's. */
  readonly difference: Points;
  /** `<indicator>.<band from 1>`; null where the points are neutral, which is nobody's fault. */
  readonly reasonCode: string | null;
  readonly evidence: readonly Evidence[];
};

export type Explanation<Evidence> = {
  readonly scored: EnterpriseScore;
  readonly baselineRun: string;
  readonly leaves: readonly ExplainedLeaf<Evidence>[];
  /** What costs most against the ordinary enterprise, the largest loss first. */
  readonly against: readonly ExplainedLeaf<Evidence>[];
  readonly inFavour: readonly ExplainedLeaf<Evidence>[];
  readonly changes: Changes;
};

export type Explained<Evidence> = {
  readonly scored: EnterpriseScore;
  readonly values: IndicatorValues;
  readonly baseline: Baseline;
  /** Records behind each indicator, passed through as they are. */
  readonly evidence: ReadonlyMap<string, readonly Evidence[]>;
};

/** Everything an enterprise is told of its score: points, reasons, evidence, and the cheapest way to the next grade. */
export function explainScore<Evidence>(
  system: IndexSystem,
  grading: Grading,
  { scored, values, baseline, evidence }: Explained<Evidence>,
): Explanation<Evidence> {
  const leaves = scored.leaves.map((leaf): ExplainedLeaf<Evidence> => {
    const ordinary = baseline.medians.get(leaf.indicator) ?? leaf.points;
    return {
      ...leaf,
      baseline: ordinary,
      difference: leaf.points - ordinary,
      reasonCode: leaf.band === null ? null : `${leaf.indicator}.${leaf.band + 1}`,
      evidence: evidence.get(leaf.indicator) ?? [],
    };
  });
  return {
    scored,
    baselineRun: baseline.run,
    leaves,
    against: pickReasons(leaves, -1),
    inFavour: pickReasons(leaves, 1),
    changes: findChanges(system, grading, { scored, values }),
  };
}

/** Scored leaves on one side of the baseline, the farthest first; equals stay in the order of the tree. */
function pickReasons<Evidence>(
  leaves: readonly ExplainedLeaf<Evidence>[],
  side: -1 | 1,
): ExplainedLeaf<Evidence>[] {
  return leaves
    .filter(({ reasonCode, difference }) => reasonCode !== null && difference * side > 0)
    .sort((one, other) => (other.difference - one.difference) * side)
    .slice(0, INDEX_SYSTEM_LIMITS.reasonsShown);
}
