import { type CompiledIndicators, compileIndicators } from '../indicators/compile/compile-indicators.ts';
import type { IndicatorBook } from '../indicators/indicator.ts';

/** Indicators that are meant for portraits, in one order. */
export function portraitIndicators(book: Pick<IndicatorBook, 'indicators'>): string[] {
  return [...book.indicators.values()]
    .filter(({ definition }) => definition.uses.includes('portrait'))
    .map(({ definition }) => definition.id)
    .sort();
}

const compiled = new WeakMap<IndicatorBook, Map<string, CompiledIndicators>>();
/** Every indicator by itself, and what consents of different scopes leave of them all. */
const COMPILED_MAX = 500;

/** As `compileIndicators`, remembered: its statement is then written and planned once. */
export function compileOnce(book: IndicatorBook, ids: readonly string[]): CompiledIndicators {
  const known = compiled.get(book) ?? new Map<string, CompiledIndicators>();
  compiled.set(book, known);
  const key = ids.join();
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= COMPILED_MAX) known.clear();
  const made = compileIndicators(book, ids);
  known.set(key, made);
  return made;
}
