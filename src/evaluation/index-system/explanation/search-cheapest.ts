import type { Points } from '../definition/points.ts';
import type { Improvement } from './improvements.ts';

export type Wanted = {
  readonly gainNeeded: Points;
  readonly countMax: number;
  /** Asked only of sets that gain enough. */
  readonly isAllowed: (chosen: readonly Improvement[]) => boolean;
};

type Chosen = {
  readonly improvements: readonly Improvement[];
  readonly cost: number;
  readonly days: number;
  readonly gain: Points;
};

const NOTHING: Chosen = { improvements: [], cost: 0, days: 0, gain: 0 };

/**
 * Exact branch and bound: at most one improvement per leaf, at most `countMax` in all. A branch ends when it is dearer
 * than the best found, or when the largest gains that remain would not suffice. Bounded by the choices of `countMax`
 * out of all improvements.
 */
export function searchCheapest(
  leaves: readonly (readonly Improvement[])[],
  wanted: Wanted,
): { readonly best: readonly Improvement[] | null; readonly gainMax: Points } {
  // Cheap leaves first, so that a cheap set is found early and cuts the rest; the sort is stable.
  const order = [...leaves].sort((one, other) => cheapest(one) - cheapest(other));
  const gains = order.map((leaf) => Math.max(...leaf.map(({ gain }) => gain)));
  const found: { best: Chosen | null } = { best: null };
  const visit = (chosen: Chosen, from: number): void => {
    if (suffices(chosen, wanted)) {
      if (found.best === null || isBetter(chosen, found.best)) found.best = chosen;
      return; // Whatever is added only costs more.
    }
    const left = wanted.countMax - chosen.improvements.length;
    for (let at = from; at < order.length && left > 0; at += 1) {
      if (chosen.gain + largest(gains, at, left) < wanted.gainNeeded) return;
      for (const improvement of order[at] ?? []) {
        const next = add(chosen, improvement);
        if (found.best === null || next.cost <= found.best.cost) visit(next, at + 1);
      }
    }
  };
  visit(NOTHING, 0);
  return { best: found.best?.improvements ?? null, gainMax: largest(gains, 0, wanted.countMax) };
}

function suffices({ improvements, gain }: Chosen, { gainNeeded, isAllowed }: Wanted): boolean {
  return improvements.length > 0 && gain >= gainNeeded && isAllowed(improvements);
}

function add(chosen: Chosen, improvement: Improvement): Chosen {
  return {
    improvements: [...chosen.improvements, improvement],
    cost: chosen.cost + improvement.cost,
    days: Math.max(chosen.days, improvement.days),
    gain: chosen.gain + improvement.gain,
  };
}

function isBetter(one: Chosen, other: Chosen): boolean {
  if (one.cost !== other.cost) return one.cost < other.cost;
  if (one.improvements.length !== other.improvements.length)
    return one.improvements.length < other.improvements.length;
  return one.days < other.days;
}

function cheapest(leaf: readonly Improvement[]): number {
  return Math.min(...leaf.map(({ cost }) => cost));
}

/** Sum of the largest `count` gains from a place on. */
function largest(gains: readonly Points[], from: number, count: number): Points {
  return gains
    .slice(from)
    .sort((one, other) => other - one)
    .slice(0, count)
    .reduce((sum, gain) => sum + gain, 0);
}
