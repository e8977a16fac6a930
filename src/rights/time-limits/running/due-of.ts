import { addDays, addWorkingDays, type WorkingCalendar } from '#lists';
import type { Limit } from '../definition/profile-shape.ts';

/** A clock that stood still, in Beijing days; open while `to` is null. */
export type Stop = { readonly from: string; readonly to: string | null; readonly reason: string };

/** What the day depends on beside the limit. */
export type Counting = {
  /** Beijing day of the event from which the profile counts; itself not counted. */
  readonly startedOn: string;
  readonly isExtended: boolean;
  readonly stops: readonly Stop[];
};

/** `dueIsCertain` is false when a year on the way has no calendar announced by the State Council. */
export type DueDay = { readonly dueOn: string; readonly dueIsCertain: boolean };

/**
 * The last day of a limit. A day counts when the clock ran at its end: that on which it stopped does not, that on which it was
 * resumed does. While it still stands the day is what it was before.
 */
export function dueOf(limit: Limit, counting: Counting, calendar: WorkingCalendar): DueDay {
  const stops = limit.mayStop === true ? counting.stops : [];
  let left = limit.count + (counting.isExtended ? (limit.extension?.count ?? 0) : 0);
  let [dueOn, dueIsCertain] = [counting.startedOn, true];
  while (left > 0) {
    const { date, isKnown } = nextDay(limit, dueOn, calendar);
    [dueOn, dueIsCertain] = [date, dueIsCertain && isKnown];
    if (!stops.some((stop) => didStand(stop, date))) left -= 1;
  }
  return { dueOn, dueIsCertain };
}

function nextDay(
  { unit }: Limit,
  day: string,
  calendar: WorkingCalendar,
): { date: string; isKnown: boolean } {
  return unit === 'day' ? { date: addDays(day, 1), isKnown: true } : addWorkingDays(calendar, day, 1);
}

/** An open stop moves nothing yet: how long it will last nobody knows. */
function didStand({ from, to }: Stop, day: string): boolean {
  return to !== null && from <= day && day < to;
}
