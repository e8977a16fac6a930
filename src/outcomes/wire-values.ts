import type { Values } from './facts.ts';

/** Columns under the names that callers know: `annual_rate_bp` is `annualRateBp`. */
export function toWords(columns: Values): Values {
  return Object.fromEntries(Object.entries(columns).map(([name, value]) => [toWord(name), value]));
}

function toWord(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
