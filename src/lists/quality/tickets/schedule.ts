import type { Contract } from '../../contract/shape.ts';
import {
  addDays,
  addWorkingDays,
  isWorkingDay,
  type WorkingCalendar,
  type WorkingDate,
} from '../working-days.ts';

/** Frequencies at which a delivery is due by itself; the others come when something happens or someone asks. */
const REGULAR = ['day', 'week', 'month', 'quarter', 'year'] as const;
type Regular = (typeof REGULAR)[number];

/** How often a department owes a delivery; null when none is expected by the calendar. */
export function regularFrequency(contract: Contract): Regular | null {
  if (contract.list === 'voluntary' || !contract.sharingModes.includes('replicated')) return null;
  return REGULAR.find((regular) => regular === contract.frequency) ?? null;
}

/**
 * The period whose data the next delivery owes: the first to end on or after `since`, the day of the last delivery.
 * Daily data are owed for working days.
 */
export function owedPeriodEnd(frequency: Regular, since: string, calendar: WorkingCalendar): string {
  const [year = 0, month = 0] = since.split('-').map(Number);
  switch (frequency) {
    case 'day':
      return isWorkingDay(calendar, since) ? since : addWorkingDays(calendar, since, 0).date;
    case 'week':
      return addDays(since, (7 - new Date(`${since}T00:00:00Z`).getUTCDay()) % 7);
    case 'month':
      return lastDayOf(year, month);
    case 'quarter':
      return lastDayOf(year, Math.ceil(month / 3) * 3);
    case 'year':
      return `${year}-12-31`;
  }
}

/** The day by which data of a period must have landed: its end, the contract's latency, and no day off. */
export function expectedBy(
  periodEnd: string,
  latency: Contract['latency'],
  calendar: WorkingCalendar,
): WorkingDate {
  return addWorkingDays(calendar, addLatency(periodEnd, latency), 0);
}

function addLatency(date: string, { value, unit }: Contract['latency']): string {
  if (unit === 'd') return addDays(date, value);
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const last = lastDayOf(year, month + value * (unit === 'y' ? 12 : 1));
  const sameDay = `${last.slice(0, 8)}${String(day).padStart(2, '0')}`;
  return sameDay < last ? sameDay : last;
}

/** Months above 12 lie in later years. */
function lastDayOf(year: number, month: number): string {
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}
