import type { BinRules, GivenBins, Prebins } from './bin-rules.ts';
import type { NumericTally } from './tally.ts';

/** Pre-bins of a number: the n-th holds [cuts[n - 1], cuts[n]), open at both ends of the whole. */
export type NumericPrebins = Prebins & { readonly cuts: readonly number[] };

/** Joins distinct values to at most `prebinsMax` pre-bins; given cuts take the place of found ones, fixed ones join. */
export function prebinNumbers(tally: NumericTally, rules: BinRules, given: GivenBins): NumericPrebins {
  const found =
    given.cuts ?? (rules.prebins === 'tree' ? treeCuts(tally, rules) : quantileCuts(tally, rules));
  const fixed = new Set(given.fixedCuts);
  const cuts = [...new Set([...found, ...fixed])].sort((a, b) => a - b);
  const counted = countBetween(tally, cuts);
  return dropEmpty({
    ...counted,
    cuts,
    fixed: Uint8Array.from([0, ...cuts.map((cut) => Number(fixed.has(cut)))]),
  });
}

function countBetween(
  { values, goods, bads }: NumericTally,
  cuts: readonly number[],
): Pick<Prebins, 'goods' | 'bads'> {
  const sums = { goods: new Float64Array(cuts.length + 1), bads: new Float64Array(cuts.length + 1) };
  let at = 0;
  for (let n = 0; n < values.length; n += 1) {
    while (at < cuts.length && (values[n] ?? 0) >= (cuts[at] ?? 0)) at += 1;
    sums.goods[at] = (sums.goods[at] ?? 0) + (goods[n] ?? 0);
    sums.bads[at] = (sums.bads[at] ?? 0) + (bads[n] ?? 0);
  }
  return sums;
}

/** An empty pre-bin joins the one before it, unless a fixed cut holds it: then the rules of size will speak. */
function dropEmpty({ goods, bads, fixed, cuts }: NumericPrebins): NumericPrebins {
  const kept = Array.from(goods.keys()).filter(
    (at) => fixed[at] === 1 || (goods[at] ?? 0) + (bads[at] ?? 0) > 0,
  );
  if (kept.length === goods.length) return { goods, bads, fixed, cuts };
  const pick = (from: Float64Array) => Float64Array.from(kept, (at) => from[at] ?? 0);
  return {
    goods: pick(goods),
    bads: pick(bads),
    fixed: Uint8Array.from(kept, (at) => fixed[at] ?? 0),
    cuts: kept.slice(1).map((at) => cuts[at - 1] ?? 0),
  };
}

/** Cuts at the values where each further equal share of the rows begins. */
function quantileCuts({ values, goods, bads }: NumericTally, { prebinsMax }: BinRules): number[] {
  const total = sumOf(goods) + sumOf(bads);
  const cuts: number[] = [];
  let passed = 0;
  for (let n = 0; n < values.length; n += 1) {
    const due = ((cuts.length + 1) * total) / prebinsMax;
    if (n > 0 && passed >= due && cuts.length < prebinsMax - 1) cuts.push(values[n] ?? 0);
    passed += (goods[n] ?? 0) + (bads[n] ?? 0);
  }
  return cuts.filter(Number.isFinite);
}

type Leaf = { readonly from: number; readonly to: number; readonly cut: number; readonly gain: number };

/** Cuts of a tree that always splits the leaf whose split lowers the impurity most, as far as `prebinsMax` leaves. */
function treeCuts(tally: NumericTally, { prebinsMax }: BinRules): number[] {
  const goods = runningSums(tally.goods);
  const bads = runningSums(tally.bads);
  const end = tally.values.length;
  const rowsMin = ((goods[end] ?? 0) + (bads[end] ?? 0)) / (2 * prebinsMax);
  const leaves: Leaf[] = [bestSplit({ goods, bads, rowsMin }, 0, end)];
  const cuts: number[] = [];
  while (cuts.length < prebinsMax - 1) {
    const at = leaves.reduce((best, leaf, n) => (leaf.gain > (leaves[best]?.gain ?? 0) ? n : best), 0);
    const leaf = leaves[at];
    if (leaf === undefined || leaf.gain <= 0) break;
    const sums = { goods, bads, rowsMin };
    leaves.splice(at, 1, bestSplit(sums, leaf.from, leaf.cut), bestSplit(sums, leaf.cut, leaf.to));
    cuts.push(tally.values[leaf.cut] ?? 0);
  }
  return cuts.filter(Number.isFinite);
}

type Sums = { readonly goods: Float64Array; readonly bads: Float64Array; readonly rowsMin: number };

function bestSplit({ goods, bads, rowsMin }: Sums, from: number, to: number): Leaf {
  const [g0, b0] = [goods[from] ?? 0, bads[from] ?? 0];
  const [g, b] = [(goods[to] ?? 0) - g0, (bads[to] ?? 0) - b0];
  const whole = impurity(g, b);
  let best: Leaf = { from, to, cut: -1, gain: 0 };
  for (let cut = from + 1; cut < to; cut += 1) {
    const [left, right] = [(goods[cut] ?? 0) - g0, (bads[cut] ?? 0) - b0];
    if (left + right < rowsMin) continue;
    if (g + b - left - right < rowsMin) break;
    const gain = whole - impurity(left, right) - impurity(g - left, b - right);
    if (gain > best.gain + 1e-9) best = { from, to, cut, gain };
  }
  return best;
}

/** Gini's impurity of the two classes times the rows, as in CART (Breiman and others 1984). */
function impurity(goods: number, bads: number): number {
  const rows = goods + bads;
  return rows > 0 ? (2 * goods * bads) / rows : 0;
}

function runningSums(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let n = 0; n < counts.length; n += 1) sums[n + 1] = (sums[n] ?? 0) + (counts[n] ?? 0);
  return sums;
}

function sumOf(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
