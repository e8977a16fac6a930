import assert from 'node:assert';
import type { IndexSystem } from '../definition/index-system.ts';
import type { Points } from '../definition/points.ts';

/** What the ordinary enterprise gets per leaf: data of one run, kept with it so that reasons can be given again. */
export type Baseline = { readonly run: string; readonly medians: ReadonlyMap<string, Points> };

/** Indicator → points → number of enterprises whose leaf was scored on data. */
export type PointCounts = ReadonlyMap<string, ReadonlyMap<Points, number>>;

/** Lower medians of a run; a leaf that nobody had data for keeps its neutral points. */
export function baselineOf(system: IndexSystem, run: string, counts: PointCounts): Baseline {
  const medians = system.leaves.map(({ indicator, neutral }) => {
    const median = lowerMedian(counts.get(indicator) ?? new Map());
    return [indicator, median ?? neutral] as const;
  });
  return { run, medians: new Map(medians) };
}

/** Before the first run: what the file holds to be ordinary, its neutral points. */
export function publishedBaseline({ id, version, leaves }: IndexSystem): Baseline {
  const medians = leaves.map(({ indicator, neutral }) => [indicator, neutral] as const);
  return { run: `${id} ${version}`, medians: new Map(medians) };
}

/** The value at place ⌈n/2⌉ of the sorted values; `undefined` of nothing. */
function lowerMedian(counts: ReadonlyMap<Points, number>): Points | undefined {
  const sorted = [...counts].sort(([one], [other]) => one - other);
  const half = sorted.reduce((sum, [, count]) => sum + count, 0) / 2;
  let seen = 0;
  for (const [points, count] of sorted) {
    assert(Number.isSafeInteger(count) && count >= 0, 'counts of enterprises');
    seen += count;
    if (seen > 0 && seen >= half) return points;
  }
  return undefined;
}
