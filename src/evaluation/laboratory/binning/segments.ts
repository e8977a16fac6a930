import { twoSidedZ } from '../statistics/normal.ts';
import type { BinRules, Prebins, Totals } from './bin-rules.ts';
import { neighbourZ } from './neighbours.ts';
import { ivPartOf } from './woe.ts';

/** Neighbours may rise (bit 1), may fall (bit 2), both, or may not stand beside each other. */
export const RISES = 1;
export const FALLS = 2;

/** Every run of pre-bins [from, to) as a bin, at `from * side + to`; NaN where it breaks a rule of its own. */
export type Segments = {
  readonly side: number;
  readonly count: number;
  readonly worth: Float64Array;
  readonly bins: readonly Totals[];
};

export function makeSegments(prebins: Prebins, rules: BinRules, totals: Totals): Segments {
  const count = prebins.goods.length;
  const side = count + 1;
  const worth = new Float64Array(side * side).fill(Number.NaN);
  const bins: Totals[] = [];
  for (let from = 0; from < count; from += 1) {
    let [goods, bads] = [0, 0];
    for (let to = from + 1; to <= count; to += 1) {
      if (to - 1 > from && prebins.fixed[to - 1] === 1) break;
      goods += prebins.goods[to - 1] ?? 0;
      bads += prebins.bads[to - 1] ?? 0;
      const bin = { goods, bads };
      bins[from * side + to] = bin;
      if (isLargeEnough(bin, rules, totals)) worth[from * side + to] = ivPartOf(bin, totals);
    }
  }
  return { side, count, worth, bins };
}

/** Sums of weights are not exact, hence the margin. */
const MARGIN = 1e-9;

function isLargeEnough({ goods, bads }: Totals, rules: BinRules, totals: Totals): boolean {
  const rowsMin = rules.binShareMin * (totals.goods + totals.bads);
  return (
    goods + bads >= rowsMin - MARGIN && goods >= rules.goodsMin - MARGIN && bads >= rules.badsMin - MARGIN
  );
}

/**
 * Which neighbours [first, middle) and [middle, to) are allowed, at `(first * side + middle) * side + to`. Worked out
 * once, because the search asks for each of them once per number of bins.
 */
export function allowNeighbours({ side, count, worth, bins }: Segments, rules: BinRules): Uint8Array {
  const allowed = new Uint8Array(side ** 3);
  const zMin = rules.pValueMax < 1 ? twoSidedZ(rules.pValueMax) : 0;
  for (let first = 0; first < count; first += 1) {
    for (let middle = first + 1; middle < count; middle += 1) {
      if (Number.isNaN(worth[first * side + middle] ?? Number.NaN)) continue;
      const left = bins[first * side + middle];
      for (let to = middle + 1; to <= count; to += 1) {
        const right = bins[middle * side + to];
        if (left === undefined || right === undefined || Number.isNaN(worth[middle * side + to] ?? 0))
          continue;
        if (zMin > 0 && neighbourZ(left, right) < zMin) continue;
        allowed[(first * side + middle) * side + to] = directionOf(left, right, rules.rateDifferenceMin);
      }
    }
  }
  return allowed;
}

function directionOf(left: Totals, right: Totals, differenceMin: number): number {
  const difference = right.bads / (right.goods + right.bads) - left.bads / (left.goods + left.bads);
  return (difference >= differenceMin ? RISES : 0) | (-difference >= differenceMin ? FALLS : 0);
}
