import type { Tx } from '#kernel';
import { readSecrets } from '../endpoints/secrets.ts';
import { leaveOutEnded, MESSAGE_COLUMNS, type NumberedMessage } from '../messages/withhold-ended.ts';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';

/** An endpoint that something may be sent to now. */
export type ReadyEndpoint = {
  readonly endpointId: string;
  readonly participantId: string;
  readonly url: string;
  readonly failures: number;
};

/** A message taken on by one sender, until its lease is over. */
export type Claimed = NumberedMessage & { readonly attempt: number };

/** Active endpoints that do not rest and for which something is due. */
export async function findReady(tx: Tx, at: Date): Promise<ReadyEndpoint[]> {
  return await tx.hotRows<ReadyEndpoint>(
    'monitoring.ready_endpoints',
    `select endpoint_id as "endpointId", participant_id as "participantId", url, failures from monitoring.endpoints e
     where state = 'active' and (rests_until is null or rests_until <= $1) and exists (
       select from monitoring.push_deliveries d
       where d.endpoint_id = e.endpoint_id and d.state = 'waiting' and d.due_at <= $1)
     order by endpoint_id`,
    [at],
  );
}

/**
 * Takes on what is due for one endpoint, of each enterprise the oldest alone: a later message waits for the earlier one to
 * be taken or given up, other enterprises do not. Two senders never hold the same message; one that dies lets go by time.
 * What may no longer be told is ended here, in the transaction that looked.
 */
export async function claimDeliveries(
  tx: Tx,
  context: PushContext,
  { endpointId, limit }: { readonly endpointId: string; readonly limit: number },
): Promise<{ readonly claimed: Claimed[]; readonly secrets: readonly string[] }> {
  const at = context.clock.now();
  const lease = new Date(at.getTime() + PUSH_LIMITS.leaseMs);
  const rows = await tx.hotRows<Claimed>('monitoring.claim_deliveries', CLAIM, [
    endpointId,
    at,
    limit,
    lease,
  ]);
  if (rows.length === 0) return { claimed: [], secrets: [] };
  const claimed = await leaveOutEnded(tx, context, rows, { isThrough: true });
  const kept = new Set(claimed.map(({ number }) => number));
  const ended = rows.filter(({ number }) => !kept.has(number)).map(({ number }) => number);
  if (ended.length > 0) await tx.rows(WITHHOLD, [endpointId, ended, at]);
  return { claimed: claimed.toSorted(byNumber), secrets: await readSecrets(tx, context, endpointId) };
}

function byNumber(one: Claimed, other: Claimed): number {
  return BigInt(one.number) < BigInt(other.number) ? -1 : 1;
}

/**
 * The planner knows nothing of rows just written. Hence the oldest of an enterprise is asked for in the order of its index,
 * one step down, where "no earlier one" would be a join over all that waits; and only `due_at` is sorted by, so that the
 * search stops at the first that fit.
 */
const CLAIM = `
  with due as (
    select d.number from monitoring.push_deliveries d
    where d.endpoint_id = $1 and d.state = 'waiting' and d.due_at <= $2 and d.number = (
      select oldest.number from monitoring.push_deliveries oldest
      where oldest.endpoint_id = d.endpoint_id and oldest.enterprise_id = d.enterprise_id and oldest.state = 'waiting'
      order by oldest.endpoint_id, oldest.enterprise_id, oldest.number limit 1)
    order by d.due_at limit $3
    for update of d skip locked
  )
  update monitoring.push_deliveries d set due_at = $4, attempts = d.attempts + 1
  from due join monitoring.messages m on m.number = due.number
  where d.endpoint_id = $1 and d.number = due.number
  returning d.attempts as attempt, ${MESSAGE_COLUMNS}`;

const WITHHOLD = `
  update monitoring.push_deliveries set state = 'withheld', ended_at = $3
  where endpoint_id = $1 and number = any($2::bigint[]) and state = 'waiting'`;
