import { randomInt } from 'node:crypto';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * How long after each failed attempt the next one comes; the last stands for all further ones until a message is given up
 * (`deadAfterMs`). Quick at first, since most failures are a restart; then long, since a target that is down for a day is
 * not helped by being asked.
 */
export const RETRY_AFTER_MS: readonly number[] = Object.freeze([
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  12 * HOUR_MS,
]);

/** A fifth to either side, so that what failed together does not come again together. */
const JITTER = 0.2;
const STEPS = 1_000_000;

/** When the attempt after attempt number `attempt` (from 1) comes; `chance` is from 0 up to 1. */
export function retryAt(attempt: number, after: Date, chance = randomInt(STEPS) / STEPS): Date {
  const delayMs = RETRY_AFTER_MS[Math.min(attempt, RETRY_AFTER_MS.length) - 1] ?? SECOND_MS;
  return new Date(after.getTime() + Math.round(delayMs * (1 - JITTER + 2 * JITTER * chance)));
}
