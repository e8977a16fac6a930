import type { SourceCheck } from '../definition/load-voluntary.ts';
import type { ItemValues } from '../forms/forms.ts';

/** What one record of a source must say to prove an item; as records keep it. */
export type Pair = { readonly theirs: string; readonly value: string };

/**
 * The pairs of a check for what was filed; undefined where the source speaks of another kind of thing, or where a field that is
 * compared was left empty: nothing equals nothing. Pure.
 */
export function pairsOf(
  { equal, years = {}, only = {} }: SourceCheck,
  filed: ItemValues,
): Pair[] | undefined {
  if (Object.entries(only).some(([own, code]) => filed[own] !== code)) return undefined;
  const pairs = [
    ...Object.entries(equal).map(([own, theirs]) => ({ theirs, value: amountOf(filed[own] ?? '') })),
    ...Object.entries(years).map(([own, theirs]) => ({ theirs, value: (filed[own] ?? '').slice(0, 4) })),
  ];
  return pairs.some(({ value }) => value === '') ? undefined : pairs;
}

/** Money is kept as fen and its currency beside it; what departments deliver without one is in yuan, as is what is compared. */
function amountOf(text: string): string {
  return text.replace(/^(-?\d+) CNY$/, '$1');
}

/** Whether a row that a source answered says all of it. Pure. */
export function isEqualRow(row: Readonly<Record<string, string | null>>, pairs: readonly Pair[]): boolean {
  return pairs.every(
    ({ theirs, value }) => row[theirs] === value && (row[`${theirs}_currency`] ?? 'CNY') === 'CNY',
  );
}
