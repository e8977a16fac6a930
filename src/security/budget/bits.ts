import assert from 'node:assert';
import { beijingDate } from '#kernel';

/** Digits after the point of the ledger; rounded up, so that what is booked is never less than what is told. */
const SCALE = 1e6;

/** What an answer out of so many possible ones tells at most, in bits. */
export function bitsOf(possibleAnswers: number): number {
  assert(Number.isSafeInteger(possibleAnswers) && possibleAnswers >= 2, 'an answer is one of several');
  return Math.ceil(Math.log2(possibleAnswers) * SCALE) / SCALE;
}

/** Calendar quarter in Beijing, `2026Q1`. */
export function quarterOf(at: Date): string {
  const [year = '', month = ''] = beijingDate(at).split('-');
  return `${year}Q${Math.ceil(Number(month) / 3)}`;
}

/** First day of the quarter after this one, Beijing date. */
export function dayAfterQuarter(quarter: string): string {
  const parts = /^(\d{4})Q([1-4])$/.exec(quarter);
  assert(parts !== null, 'a quarter is written 2026Q1');
  const [year, number] = [Number(parts[1]), Number(parts[2])];
  return number === 4 ? `${year + 1}-01-01` : `${year}-${String(number * 3 + 1).padStart(2, '0')}-01`;
}
