import { randomInt } from 'node:crypto';
import type { PushTerms } from '../push-terms.ts';

const STEPS = 1_000_000;

type Retry = Pick<PushTerms, 'retryAfterMs' | 'jitter'>;

/** When the attempt after attempt number `attempt` (from 1) comes; `chance` is from 0 up to 1. */
export function retryAt(
  { retryAfterMs, jitter }: Retry,
  attempt: number,
  after: Date,
  chance = randomInt(STEPS) / STEPS,
): Date {
  const delayMs = retryAfterMs[Math.min(attempt, retryAfterMs.length) - 1] ?? 0;
  return new Date(after.getTime() + Math.round(delayMs * (1 - jitter + 2 * jitter * chance)));
}

/** How long an endpoint rests after so many failures in a row: it doubles up to `restMaxMs`. */
export function restAfter(
  {
    failuresBeforeRest,
    restMinMs,
    restMaxMs,
  }: Pick<PushTerms, 'failuresBeforeRest' | 'restMinMs' | 'restMaxMs'>,
  failures: number,
): number {
  if (failures < failuresBeforeRest) return 0;
  return Math.min(restMaxMs, restMinMs * 2 ** Math.min(failures - failuresBeforeRest, 20));
}
