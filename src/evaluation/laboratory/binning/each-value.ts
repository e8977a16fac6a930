import { type Column, cellText, type Target } from '../table/columns.ts';
import type { Totals } from './bin-rules.ts';
import { totalsOf } from './make-binning.ts';
import { ivPartOf } from './woe.ts';

/**
 * Information value with every distinct value a bin of its own and missing one more: a first look that needs no
 * binning. Of a number with many values it is too high; hence the selection uses the value of the made bins.
 */
export function ivOfEachValue(column: Column, target: Target): number {
  const counts = new Map<string | undefined, { goods: number; bads: number }>();
  for (let row = 0; row < target.bad.length; row += 1) {
    const text = cellText(column, row);
    const count = counts.get(text) ?? { goods: 0, bads: 0 };
    count[target.bad[row] === 1 ? 'bads' : 'goods'] +=
      target.weights === undefined ? 1 : (target.weights[row] ?? 0);
    counts.set(text, count);
  }
  const totals: Totals = totalsOf(target);
  return [...counts.values()].reduce((sum, bin) => sum + ivPartOf(bin, totals), 0);
}
