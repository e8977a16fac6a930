import { normalTail } from '../statistics/normal.ts';
import type { Totals } from './bin-rules.ts';

/** z of the pooled two-proportion test between two bins; 0 when both have one class alone. */
export function neighbourZ(left: Totals, right: Totals): number {
  const [n, m] = [left.goods + left.bads, right.goods + right.bads];
  const pooled = (left.bads + right.bads) / (n + m);
  const variance = pooled * (1 - pooled) * (1 / n + 1 / m);
  return variance > 0 ? Math.abs(left.bads / n - right.bads / m) / Math.sqrt(variance) : 0;
}

/** Two-sided p-value that two neighbouring bins have one bad rate. */
export function neighbourPValue(left: Totals, right: Totals): number {
  return Math.min(1, 2 * normalTail(neighbourZ(left, right)));
}
