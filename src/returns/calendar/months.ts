import { beijingDate } from '#kernel';
import { addWorkingDays, type WorkingCalendar } from '#lists';
import type { ReturnsContext } from '../returns-context.ts';
import { returnsRefusal } from '../returns-refusals.ts';

/** The month after, `YYYY-MM`. */
function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}

export function monthBefore(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, '0')}`;
}

/** The n-th working day after a month's end; `isKnown` false: no calendar of that year is announced. */
export function workingDayAfter(
  calendar: WorkingCalendar,
  month: string,
  n: number,
): { readonly date: string; readonly isKnown: boolean } {
  return addWorkingDays(calendar, lastDayOf(month), n);
}

/** Counting from it, the first working day after the month is number one. */
function lastDayOf(month: string): string {
  const first = new Date(`${monthAfter(month)}-01T00:00:00Z`);
  first.setUTCDate(0);
  return first.toISOString().slice(0, 10);
}

/** Throws `returns.month_not_ended`. */
export function requireEnded({ clock }: Pick<ReturnsContext, 'clock'>, month: string): void {
  if (beijingDate(clock.now()).slice(0, 7) <= month)
    throw returnsRefusal('returns.month_not_ended', { month });
}
