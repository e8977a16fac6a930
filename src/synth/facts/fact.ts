import type { City, Enterprise } from '../city/shape.ts';
import type { Values } from '../complete/fill.ts';
import type { Day } from '../model/days.ts';
import { identityNumber } from '../complete/texts.ts';
import { keyOf, type Rng, streamOf } from '../model/random.ts';

/** One record of a dataset through time: when the department recorded it, and what became of it. */
export type Fact = {
  readonly on: Day;
  readonly values: Values;
  /** Later states in order of days; `withdrawn` means the department took the record back. */
  readonly later?: readonly { readonly on: Day; readonly set: Values | 'withdrawn' }[];
};

/** Makes all records of one dataset about one enterprise, from streams keyed by the enterprise alone. */
export type FactMaker = (enterprise: Enterprise, city: City, rng: Rng) => Fact[];

/** A stream that several datasets share, so that they tell the same fact. */
export function sharedStream(city: City, purpose: string, { index }: Enterprise): Rng {
  return streamOf(keyOf(city.seed, purpose), index);
}

/** The identity number of a person of one enterprise: the same wherever the person is named. */
export function identityOf(city: City, enterprise: Enterprise, name: string): string {
  return identityNumber(sharedStream(city, `person ${name}`, enterprise));
}

/** Yuan to fen. */
export function fen(yuan: number): number {
  return Math.round(yuan * 100);
}

/** Six digits and more of the enterprise and one of the record: no two documents of a kind share it. */
export function serialOf({ index }: Enterprise, record: number): string {
  return `${String(index).padStart(6, '0')}${String(record).padStart(2, '0')}`;
}

/** The last day on which anything new is recorded about the enterprise. */
export function lastDay({ ended }: Enterprise, city: City): Day {
  return ended === undefined ? city.until : Math.min(city.until, ended.on - 1);
}

/** The part of `later` that lies in the life of the enterprise and before the cut-off date, in order. */
export function inOrder(
  later: Fact['later'] & object,
  enterprise: Enterprise,
  city: City,
): NonNullable<Fact['later']> {
  const last = lastDay(enterprise, city);
  return later.filter(({ on }) => on <= last).toSorted((a, b) => a.on - b.on);
}
