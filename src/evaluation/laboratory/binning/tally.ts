import type { CategoricalColumn, NumericColumn, Target } from '../table/columns.ts';
import type { Special } from './bin-rules.ts';

/** Ordinary values of a number, ascending, with the weight of goods and bads at each. */
export type NumericTally = {
  readonly values: Float64Array;
  readonly goods: Float64Array;
  readonly bads: Float64Array;
};

/** Counts by distinct value; specials and missing are left out. */
export function tallyNumbers(
  { values }: NumericColumn,
  { bad, weights }: Target,
  specials: readonly Special[],
): NumericTally {
  const codes = new Set(specials.flatMap(({ values: known }) => known.map(Number)));
  const distinct = distinctOf(values, codes);
  const goods = new Float64Array(distinct.length);
  const bads = new Float64Array(distinct.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value) || (codes.size > 0 && codes.has(value))) continue;
    const at = countBelow(distinct, value);
    const side = bad[row] === 1 ? bads : goods;
    side[at] = (side[at] ?? 0) + (weights === undefined ? 1 : (weights[row] ?? 0));
  }
  return { values: distinct, goods, bads };
}

/** Ordinary values, each once, ascending. Sorting bare numbers and finding rows again is faster than sorting rows. */
function distinctOf(values: Float64Array, codes: ReadonlySet<number>): Float64Array {
  const ordinary = values
    .filter((value) => !Number.isNaN(value) && !(codes.size > 0 && codes.has(value)))
    .sort();
  let count = 0;
  for (let n = 0; n < ordinary.length; n += 1) {
    const value = ordinary[n] ?? 0;
    if (count > 0 && value === ordinary[count - 1]) continue; // -0 and 0 are one value
    ordinary[count] = value;
    count += 1;
  }
  return ordinary.subarray(0, count);
}

function countBelow(distinct: Float64Array, value: number): number {
  let [low, high] = [0, distinct.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((distinct[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export type CategoryTally = { readonly category: string; readonly goods: number; readonly bads: number };

/** Counts by category that occurs; specials and missing are left out. */
export function tallyCategories(
  { codes, categories }: CategoricalColumn,
  { bad, weights }: Target,
  specials: readonly Special[],
): CategoryTally[] {
  const goods = new Float64Array(categories.length);
  const bads = new Float64Array(categories.length);
  const seen = new Uint8Array(categories.length);
  for (let row = 0; row < codes.length; row += 1) {
    const code = codes[row] ?? -1;
    if (code < 0) continue;
    seen[code] = 1;
    const side = bad[row] === 1 ? bads : goods;
    side[code] = (side[code] ?? 0) + (weights === undefined ? 1 : (weights[row] ?? 0));
  }
  const special = new Set(specials.flatMap(({ values }) => values.map(String)));
  return categories
    .map((category, at) => ({ category, goods: goods[at] ?? 0, bads: bads[at] ?? 0, isSeen: seen[at] === 1 }))
    .filter(({ category, isSeen }) => isSeen && !special.has(category));
}
