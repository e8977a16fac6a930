import { beijingDate, endOfBeijingDate, type Tx } from '#kernel';
import type { Consent, Permit } from '#security';
import type { CompiledSource } from '../indicators/compile/compile-indicators.ts';
import { addDays, addMonths } from '../indicators/compile/days.ts';
import { computeOne } from '../indicators/compute/compute-one.ts';
import { isWithinRange } from '../indicators/compute/require-within-range.ts';
import type { IndicatorBook, IndicatorValue } from '../indicators/indicator.ts';
import type { AskedPortrait } from './ask-portrait.ts';
import { compileOnce, portraitIndicators } from './portrait-indicators.ts';

export type SeriesValue = IndicatorValue & { readonly asOf: string };

/** Values by indicator, the oldest day first; an indicator that a day does not permit has no value of that day. */
export type Series = ReadonlyMap<string, readonly SeriesValue[]>;

/** Ends of the last months before a day, oldest first, then the day itself. */
function monthEnds(day: string, months: number): string[] {
  const first = `${day.slice(0, 8)}01`;
  const ends = Array.from({ length: months }, (_, n) => addDays(addMonths(first, n + 1 - months), -1));
  return [...ends, day];
}

/**
 * The indicators of a portrait at each day, with what was known at its end, under a decision of its own: what the asker
 * may not read is not in it, nor what would look outside the range of data that a consent names.
 */
export async function readSeries(
  tx: Tx,
  book: IndicatorBook,
  asked: AskedPortrait,
  months: number,
): Promise<Series> {
  const { knownAt } = asked.permit.asOf;
  const series = new Map<string, SeriesValue[]>();
  for (const asOf of monthEnds(beijingDate(knownAt), months)) {
    const end = endOfBeijingDate(asOf);
    const permit = asked.permitAsOf({ knownAt: end < knownAt ? end : knownAt });
    const ids = permittedIds(permit, book, { asOf, consent: asked.financing?.consent });
    if (ids.length === 0) continue;
    const { values } = await computeOne(tx, permit, compileOnce(book, ids), { asOf });
    for (const [at, id] of ids.entries()) {
      const value = values[at];
      if (value === undefined) throw new TypeError('each indicator has a value');
      series.set(id, [...(series.get(id) ?? []), { asOf, ...value }]);
    }
  }
  return series;
}

function permittedIds(
  permit: Permit,
  book: IndicatorBook,
  { asOf, consent }: { asOf: string; consent: Consent | undefined },
): string[] {
  return portraitIndicators(book).filter((id) => {
    const compiled = compileOnce(book, [id]);
    const isReadable = compiled.sources.every((source) => isWhole(source, permit));
    return isReadable && (consent === undefined || isWithinRange(compiled, consent, asOf));
  });
}

function isWhole({ contract, fields }: CompiledSource, permit: Permit): boolean {
  const whole = permit.fields(contract.id).filter(({ masked }) => !masked);
  return fields.every((name) => whole.some((field) => field.name === name));
}
