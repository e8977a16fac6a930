import type { CompiledIndicators } from '../compile/compile-indicators.ts';
import { type IndicatorValue, STATUSES } from '../indicator.ts';

/** A row of a statement of values. */
export type ValueRow = Readonly<Record<string, string | number | readonly string[] | null>>;

export function toValues(row: ValueRow, { ids }: CompiledIndicators): IndicatorValue[] {
  return ids.map((_, n) => {
    const [value, status] = [row[`v${n}`], STATUSES[Number(row[`t${n}`])]];
    if (status === undefined || (typeof value !== 'number' && value !== null))
      throw new TypeError('a statement of values gives numbers and known statuses');
    return { value, status };
  });
}
