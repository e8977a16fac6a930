import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '#kernel';
import { BATCH_LIMITS } from './batch-limits.ts';

/**
 * For a job, which nobody asks again: a line that another attempt holds, one before a crash as a rule, is waited for,
 * and one that failed is tried again. A refusal is thrown at once, else what the last attempt threw.
 */
export async function persevere<Result>(work: () => Promise<Result>): Promise<Result> {
  const { attemptsMax, attemptPauseMs, heldLooksMax, heldPauseMs } = BATCH_LIMITS;
  let [attempts, looks] = [0, 0];
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (isHeld(error)) looks += 1;
      else if (error instanceof Refusal && error.text.status < 500) throw error;
      else attempts += 1;
      if (attempts >= attemptsMax || looks >= heldLooksMax) throw error;
      await delay(isHeld(error) ? heldPauseMs : attemptPauseMs);
    }
  }
}

export function isHeld(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'idempotency.in_progress';
}
