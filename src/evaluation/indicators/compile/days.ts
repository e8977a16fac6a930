import assert from 'node:assert';
import type { Shift, Window, WindowUnit } from '../indicator.ts';

/*
 * Calendar days as text, `YYYY-MM-DD`. Days have no zone; whoever needs the day of an instant asks the kernel for
 * the Beijing date first.
 */

const DAY_MS = 86_400_000;

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The same day of another month, or the last one of it where it has none such: 31 March less a month is 28 February. */
export function addMonths(day: string, months: number): string {
  const index = monthIndexOf(day) + months;
  const first = firstOfMonth(index);
  const last = addDays(firstOfMonth(index + 1), -1);
  const same = `${first.slice(0, 8)}${day.slice(8)}`;
  return same < last ? same : last;
}

export function shiftDay(day: string, { days = 0, months = 0, years = 0 }: Shift): string {
  return addDays(addMonths(day, months + 12 * years), days);
}

/** Months since the year 0, so that months can be subtracted. */
export function monthIndexOf(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
}

function firstOfMonth(index: number): string {
  const year = String(Math.floor(index / 12)).padStart(4, '0');
  return `${year}-${String((index % 12) + 1).padStart(2, '0')}-01`;
}

const MONTHS: Readonly<Record<WindowUnit, number>> = { day: 0, month: 1, quarter: 3, year: 12 };

/** First and last day of a window as of a day, both included. */
export function windowDays(asOf: string, window: Window): { readonly first: string; readonly last: string } {
  const { count, unit, offset = 0, align } = window;
  const end = align === undefined ? asOf : lastCompleteDay(asOf, align);
  const last = back(end, unit, offset, align !== undefined);
  return { first: addDays(back(last, unit, count, align !== undefined), 1), last };
}

function back(day: string, unit: WindowUnit, count: number, isAligned: boolean): string {
  if (unit === 'day') return addDays(day, -count);
  const months = -count * MONTHS[unit];
  return isAligned ? endOfMonth(addMonths(day, months)) : addMonths(day, months);
}

function endOfMonth(day: string): string {
  return addDays(firstOfMonth(monthIndexOf(day) + 1), -1);
}

/** The last day of the last period that was over before the as-of day's own began. */
function lastCompleteDay(asOf: string, align: WindowUnit): string {
  assert(align !== 'day', 'days are complete by themselves');
  const months = MONTHS[align];
  const index = monthIndexOf(asOf);
  return addDays(firstOfMonth(index - (index % months)), -1);
}
