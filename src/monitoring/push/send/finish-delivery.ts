import type { Tx } from '#kernel';
import { PUSH_LIMITS } from '../push-limits.ts';
import type { PushOutcome } from '../push-tables.ts';
import { retryAt } from './retry-schedule.ts';

export type Attempted = {
  readonly endpointId: string;
  readonly number: string;
  readonly attempt: number;
  readonly outcome: PushOutcome;
  readonly at: Date;
};

/**
 * Writes what came of one attempt. An attempt whose lease ran out and which another sender has taken on since changes
 * nothing, unless it arrived: what was taken stays taken.
 */
export async function finishDelivery(tx: Tx, attempted: Attempted): Promise<void> {
  const { endpointId, number, attempt, outcome, at } = attempted;
  if (outcome === 'taken') {
    await tx.hotRows('monitoring.delivery_taken', TAKEN, [endpointId, number, at]);
    await tx.hotRows('monitoring.endpoint_good', GOOD, [
      endpointId,
      at,
      new Date(at.getTime() - SEEN_EVERY_MS),
    ]);
    return;
  }
  await tx.rows(FAILED, [endpointId, number, outcome, retryAt(attempt, at), attempt]);
  await followFailure(tx, attempted);
}

/** An endpoint that is gone says so for good (Standard Webhooks); others rest, longer each time. */
async function followFailure(tx: Tx, { endpointId, outcome, at }: Attempted): Promise<void> {
  const [row] = await tx.rows<{ failures: number }>(
    `update monitoring.endpoints set failures = failures + 1, last_failure_at = $2, last_outcome = $3,
       state = case when $3 = 'gone' and state = 'active' then 'paused' else state end
     where endpoint_id = $1 returning failures`,
    [endpointId, at, outcome],
  );
  const restMs = restAfter(row?.failures ?? 0);
  if (restMs === 0) return;
  await tx.rows('update monitoring.endpoints set rests_until = $2 where endpoint_id = $1', [
    endpointId,
    new Date(at.getTime() + restMs),
  ]);
}

/** How long an endpoint rests after so many failures in a row: it doubles up to `restMaxMs`. */
export function restAfter(failures: number): number {
  const { failuresBeforeRest, restMinMs, restMaxMs } = PUSH_LIMITS;
  if (failures < failuresBeforeRest) return 0;
  return Math.min(restMaxMs, restMinMs * 2 ** Math.min(failures - failuresBeforeRest, 20));
}

/** A busy endpoint's row is written once in so long. */
const SEEN_EVERY_MS = 10_000;

const TAKEN = `
  update monitoring.push_deliveries set state = 'delivered', ended_at = $3, last_outcome = 'taken'
  where endpoint_id = $1 and number = $2 and state <> 'delivered'`;

const FAILED = `
  update monitoring.push_deliveries set due_at = $4, last_outcome = $3
  where endpoint_id = $1 and number = $2 and state = 'waiting' and attempts = $5`;

const GOOD = `
  update monitoring.endpoints set failures = 0, rests_until = null, last_success_at = $2, last_outcome = 'taken'
  where endpoint_id = $1
    and (failures > 0 or rests_until is not null or last_success_at is null or last_success_at < $3)`;
