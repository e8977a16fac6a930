import { compileIndicators } from '../indicators/compile/compile-indicators.ts';
import { computeOne } from '../indicators/compute/compute-one.ts';
import type { IndicatorBook } from '../indicators/indicator.ts';
import type { ReadIndicators } from './hosted-context.ts';

/** Reads the node's own indicators as of the Permit's instant. */
export function indicatorReader(book: IndicatorBook): ReadIndicators {
  return async (tx, permit, ids) => {
    const compiled = compileIndicators(book, ids);
    const { values } = await computeOne(tx, permit, compiled);
    return new Map(ids.map((id, at) => [id, values[at] ?? { value: null, status: 'not_covered' }]));
  };
}
