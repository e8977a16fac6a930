import type { Totals } from './bin-rules.ts';

/**
 * The published rule for a bin without goods or without bads: half a row is added to both its cells, the totals stay.
 * Hence no other bin's value moves, and the sum over bins stays a sum that can be searched exactly.
 */
export const ZERO_CELL_ROWS = 0.5;

/** ln(share of the goods / share of the bads): above 0 is better than the whole. An empty bin knows nothing: 0. */
export function woeOf({ goods, bads }: Totals, totals: Totals): number {
  if (goods + bads === 0) return 0;
  const added = goods > 0 && bads > 0 ? 0 : ZERO_CELL_ROWS;
  return Math.log((goods + added) / totals.goods) - Math.log((bads + added) / totals.bads);
}

/** The bin's part of the information value, never below 0. */
export function ivPartOf(bin: Totals, totals: Totals): number {
  if (bin.goods + bin.bads === 0) return 0;
  const added = bin.goods > 0 && bin.bads > 0 ? 0 : ZERO_CELL_ROWS;
  const difference = (bin.goods + added) / totals.goods - (bin.bads + added) / totals.bads;
  return Math.max(0, difference * woeOf(bin, totals));
}
