/** Wall-clock zone of the node: dates of facts and deadlines are Beijing dates wherever the machine stands. */
export const ZONE = 'Asia/Shanghai';

/** The only way to ask for the time; tests pass their own. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };

const OFFSET_MS = 8 * 3_600_000; // China keeps no summer time since 1991

/** Calendar date in Beijing, `YYYY-MM-DD`. */
export function beijingDate(at: Date): string {
  return new Date(at.getTime() + OFFSET_MS).toISOString().slice(0, 10);
}

/** Instant as people of the node read it: `YYYY-MM-DD HH:mm:ss` Beijing time. */
export function beijingTime(at: Date): string {
  return new Date(at.getTime() + OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** The first instant of a Beijing date. */
export function beginningOfBeijingDate(date: string): Date {
  return new Date(`${date}T00:00:00+08:00`);
}

/** The last instant of a Beijing date; an as-of day means "as known at the end of that day". */
export function endOfBeijingDate(date: string): Date {
  return new Date(`${date}T23:59:59.999+08:00`);
}
