import type { Rate, Span } from './shape.ts';

/** Mean days of a unit, so that twelve months and one year are the same length. */
const SPAN_DAYS = { day: 1, week: 7, month: 365 / 12, year: 365 } as const;

export function spanDays({ count, unit }: Span): number {
  return count * SPAN_DAYS[unit];
}

/**
 * The date a span after (or before) a date, `YYYY-MM-DD`. A month that has no such day ends on its last one, so that
 * three months after 30 November is the end of February.
 */
export function addSpan(date: string, { count, unit }: Span, direction: 1 | -1 = 1): string {
  const at = new Date(`${date}T00:00:00Z`);
  if (unit === 'day') {
    at.setUTCDate(at.getUTCDate() + direction * count);
    return at.toISOString().slice(0, 10);
  }
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + direction * count * (unit === 'year' ? 12 : 1));
  const lastDay = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, lastDay));
  return at.toISOString().slice(0, 10);
}

/**
 * Whether so many uses per period always stay within the bound, however they fall: a month's uses may all fall on one
 * day, and as many periods as fit into the bound's may follow each other.
 */
export function isRateWithin(rate: Rate, bound: Rate): boolean {
  const periods = Math.max(1, Math.ceil(SPAN_DAYS[bound.unit] / SPAN_DAYS[rate.unit]));
  return rate.count * periods <= bound.count;
}
