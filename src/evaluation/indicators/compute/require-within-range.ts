import type { CompiledSource } from '../compile/compile-indicators.ts';
import { windowDays } from '../compile/days.ts';
import { fieldsOf } from '../definition/check-definition.ts';
import { indicatorsRefusal } from '../definition/indicators-refusals.ts';

/** The range of data that a consent names, as Beijing days; null: open on that side. */
export type DataRange = { readonly dataFrom: string | null; readonly dataTo: string | null };

type Reading = { readonly sources: readonly CompiledSource[] };

/**
 * Refuses indicators that would look at records outside the range of data that the enterprise agreed to, as of a Beijing
 * day. Whoever calls `computeOne` under a consent calls this first, or leaves out what `isWithinRange` says no to:
 * `computeOne` knows the Permit alone, and a Permit has no range. Throws `indicators.outside_range`.
 */
export function requireWithinRange({ sources }: Reading, range: DataRange, asOf: string): void {
  const [outside] = sources.flatMap((source) => indicatorsOutside(source, range, asOf));
  if (outside === undefined) return;
  throw indicatorsRefusal('indicators.outside_range', {
    indicator: outside,
    from: range.dataFrom ?? '—',
    to: range.dataTo ?? '—',
  });
}

export function isWithinRange({ sources }: Reading, range: DataRange, asOf: string): boolean {
  return sources.every((source) => indicatorsOutside(source, range, asOf).length === 0);
}

/**
 * What is public is not subject to the range. An indicator is within it whole or not at all: cut off it would be another
 * indicator.
 */
function indicatorsOutside(
  { contract, indicators }: CompiledSource,
  { dataFrom, dataTo }: DataRange,
  asOf: string,
): string[] {
  return indicators.flatMap(({ indicator: { definition } }) => {
    const fields = fieldsOf(definition);
    if (contract.fields.every(({ name, disclosure }) => disclosure === 'public' || !fields.includes(name)))
      return [];
    const days = definition.window && windowDays(asOf, definition.window);
    const isWithin =
      (dataFrom === null || (days !== undefined && days.first >= dataFrom)) &&
      (dataTo === null || (days !== undefined && days.last <= dataTo));
    return isWithin ? [] : [definition.id];
  });
}
