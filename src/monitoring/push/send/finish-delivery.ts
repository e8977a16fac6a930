import type { Tx } from '#kernel';
import type { PushContext } from '../push-context.ts';
import type { PushOutcome } from '../push-tables.ts';
import { restAfter, retryAt } from './retry-schedule.ts';

export type Attempted = {
  readonly endpointId: string;
  readonly number: string;
  readonly attempt: number;
  readonly outcome: PushOutcome;
  readonly at: Date;
};

/**
 * Writes what came of attempts, to any endpoints. One whose lease ran out and which another sender has taken on since
 * changes nothing, unless it arrived: what was taken stays taken. Two senders may write of the same ones: first messages,
 * then endpoints are taken, each in the order of their keys.
 */
export async function finishDeliveries(
  tx: Tx,
  { terms }: Pick<PushContext, 'terms'>,
  attempts: readonly Attempted[],
): Promise<void> {
  const inOrder = attempts.toSorted(inKeyOrder);
  const [taken, failed] = [inOrder.filter(isTaken), inOrder.filter((one) => !isTaken(one))];
  if (failed.length > 0) await tx.rows(LOCK, keysOf(inOrder));
  if (taken.length > 0)
    await tx.hotRows('monitoring.deliveries_taken', TAKEN, [...keysOf(taken), taken.map(({ at }) => at)]);
  for (const { endpointId, number, attempt, outcome, at } of failed)
    await tx.rows(FAILED, [endpointId, number, outcome, retryAt(terms, attempt, at), attempt]);
  for (const own of Map.groupBy(inOrder, ({ endpointId }) => endpointId).values())
    await followEndpoint(tx, terms, own);
}

/** What attempts of the same moment say of their endpoint: that one failed counts, whichever of them came first. */
async function followEndpoint(
  tx: Tx,
  terms: PushContext['terms'],
  attempts: readonly Attempted[],
): Promise<void> {
  const lastGood = attempts.findLast(isTaken);
  if (lastGood !== undefined) await followSuccess(tx, lastGood);
  for (const one of attempts) if (!isTaken(one)) await followFailure(tx, terms, one);
}

async function followSuccess(tx: Tx, { endpointId, at }: Attempted): Promise<void> {
  const seenBefore = new Date(at.getTime() - SEEN_EVERY_MS);
  await tx.hotRows('monitoring.endpoint_good', GOOD, [endpointId, at, seenBefore]);
}

function isTaken({ outcome }: Attempted): boolean {
  return outcome === 'taken';
}

function keysOf(attempts: readonly Attempted[]): [string[], string[]] {
  return [attempts.map(({ endpointId }) => endpointId), attempts.map(({ number }) => number)];
}

function inKeyOrder(one: Attempted, other: Attempted): number {
  if (one.endpointId !== other.endpointId) return one.endpointId < other.endpointId ? -1 : 1;
  return BigInt(one.number) < BigInt(other.number) ? -1 : 1;
}

/** An endpoint that is gone says so for good (Standard Webhooks); others rest, longer each time. */
async function followFailure(
  tx: Tx,
  terms: PushContext['terms'],
  { endpointId, outcome, at }: Attempted,
): Promise<void> {
  const [row] = await tx.rows<{ failures: number }>(
    `update monitoring.endpoints set failures = failures + 1, last_failure_at = $2, last_outcome = $3,
       state = case when $3 = 'gone' and state = 'active' then 'paused' else state end
     where endpoint_id = $1 returning failures`,
    [endpointId, at, outcome],
  );
  const restMs = restAfter(terms, row?.failures ?? 0);
  if (restMs === 0) return;
  await tx.rows('update monitoring.endpoints set rests_until = $2 where endpoint_id = $1', [
    endpointId,
    new Date(at.getTime() + restMs),
  ]);
}

/** A busy endpoint's row is written once in so long. */
const SEEN_EVERY_MS = 10_000;

const LOCK = `
  select from monitoring.push_deliveries d
  where (d.endpoint_id, d.number) in (select * from unnest($1::text[], $2::bigint[]))
  order by d.endpoint_id, d.number for update`;

const TAKEN = `
  with these as (
    select d.endpoint_id, d.number, t.at
    from unnest($1::text[], $2::bigint[], $3::timestamptz[]) as t (endpoint_id, number, at)
    join monitoring.push_deliveries d on d.endpoint_id = t.endpoint_id and d.number = t.number
    where d.state <> 'delivered' order by d.endpoint_id, d.number for update of d
  )
  update monitoring.push_deliveries d set state = 'delivered', ended_at = these.at, last_outcome = 'taken'
  from these where d.endpoint_id = these.endpoint_id and d.number = these.number`;

const FAILED = `
  update monitoring.push_deliveries set due_at = $4, last_outcome = $3
  where endpoint_id = $1 and number = $2 and state = 'waiting' and attempts = $5`;

const GOOD = `
  update monitoring.endpoints set failures = 0, rests_until = null, last_success_at = $2, last_outcome = 'taken'
  where endpoint_id = $1
    and (failures > 0 or rests_until is not null or last_success_at is null or last_success_at < $3)`;
