import type { Improve } from '../definition/file-shape.ts';
import type { Band, IndexSystem, Leaf } from '../definition/index-system.ts';
import type { Points } from '../definition/points.ts';
import type { EnterpriseScore } from '../scoring/enterprise-score.ts';

/** One leaf brought into a better band: what it asks, and what it gives. */
export type Improvement = {
  readonly indicator: string;
  readonly fromBand: number;
  readonly toBand: number;
  /** The value that is reached; it lies in the band. */
  readonly value: number;
  /** In the cost units of the file, all steps together. */
  readonly cost: number;
  /** One step after the other. */
  readonly days: number;
  readonly gain: Points;
  /** From the first step to the last. */
  readonly steps: readonly Improve[];
};

/**
 * Every better band each leaf can be brought into, step by step from band to next band; a band without `improve`
 * ends the way. Only leaves scored on data: what is not known cannot be changed, and what was declined is a choice.
 */
export function listImprovements(system: IndexSystem, { leaves }: EnterpriseScore): Improvement[][] {
  return system.leaves.flatMap((leaf, at) => {
    const band = leaf.bands[leaves[at]?.band ?? -1];
    if (leaves[at]?.state !== 'scored' || band === undefined) return [];
    const ways = [...walk(leaf, band, -1), ...walk(leaf, band, 1)];
    return ways.length === 0 ? [] : [ways];
  });
}

/** Bands reached one after the other in one direction, while each is no worse than the one before. */
function walk(leaf: Leaf, start: Band, direction: -1 | 1): Improvement[] {
  const found: Improvement[] = [];
  const steps: Improve[] = [];
  let [before, next] = [start, leaf.bands[start.place + direction]];
  while (next?.improve && next.points >= before.points && isTowardsBest(leaf, next, direction)) {
    steps.push(next.improve);
    found.push({
      indicator: leaf.indicator,
      fromBand: start.place,
      toBand: next.place,
      value: next.improve.to,
      cost: steps.reduce((sum, { cost }) => sum + cost, 0),
      days: steps.reduce((sum, { days }) => sum + days, 0),
      gain: next.points - start.points,
      steps: [...steps],
    });
    [before, next] = [next, leaf.bands[next.place + direction]];
  }
  return found;
}

/** Bands of equal points do not say which way is better; the direction does. */
function isTowardsBest({ direction, bands, fullMarks }: Leaf, band: Band, step: -1 | 1): boolean {
  if (direction !== 'middle') return (direction === 'higher') === (step === 1);
  const ahead = step === 1 ? bands.slice(band.place) : bands.slice(0, band.place + 1);
  return ahead.some(({ points }) => points === fullMarks);
}
