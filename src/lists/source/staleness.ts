import type { Contract } from '../contract/shape.ts';

const DAY_MS = 86_400_000;
const DAYS: Readonly<Record<Contract['latency']['unit'], number>> = { d: 1, m: 31, y: 366 };

/** The longest that a source of this frequency goes without news; null: it has news whenever something happens. */
const PERIOD_DAYS: Readonly<Record<Contract['frequency'], number | null>> = {
  realtime: 1,
  day: 1,
  week: 7,
  month: 31,
  quarter: 92,
  season: 366,
  year: 366,
  on_change: null,
  event: null,
  query: 1,
};

/** True when the source knows less than the contract promises: its period and latency have both passed since `asOf`. */
export function isStale({ frequency, latency }: Contract, asOf: Date, now: Date): boolean {
  const periodDays = PERIOD_DAYS[frequency];
  if (periodDays === null) return false;
  const days = periodDays + latency.value * DAYS[latency.unit];
  return now.getTime() - asOf.getTime() > days * DAY_MS;
}

/** How long an answer may be given again: what can change between two questions is asked each time. */
export function cacheAllowedMs({ frequency }: Contract): number {
  const periodDays = ['realtime', 'query', 'on_change', 'event'].includes(frequency)
    ? 0
    : PERIOD_DAYS[frequency];
  if (periodDays === null || periodDays === 0) return 0;
  return periodDays === 1 ? 3_600_000 : DAY_MS;
}
