import type { Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';
import { pushRefusal } from '../push-refusals.ts';
import { actOn, findEndpoint } from './find-endpoint.ts';

type Change = {
  readonly caller: Caller;
  readonly endpointId: string;
  readonly to: 'active' | 'paused' | 'removed';
};

/**
 * Pauses, resumes or removes an endpoint, by its participant or by the node. While paused, nothing is queued for it that
 * was not queued before. Throws `push.endpoint_unknown` or `push.endpoint_state` for one that was never verified.
 */
export async function changeEndpoint(
  tx: Tx,
  context: PushContext,
  { caller, endpointId, to }: Change,
): Promise<void> {
  const found = await findEndpoint(tx, context, { caller, act: actOn(caller), endpointId });
  if (to !== 'removed' && found.verifiedAt === null)
    throw pushRefusal('push.endpoint_state', { state: found.state });
  const at = context.clock.now();
  await tx.rows(
    `update monitoring.endpoints set state = $2, failures = 0, rests_until = null where endpoint_id = $1`,
    [endpointId, to],
  );
  if (to === 'removed') await endWaiting(tx, endpointId, at);
  const body = { act: 'endpoint_changed', endpoint: endpointId, to, by: caller.id };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
}

async function endWaiting(tx: Tx, endpointId: string, at: Date): Promise<void> {
  await tx.rows(
    `update monitoring.push_deliveries set state = 'dead', ended_at = $2
     where endpoint_id = $1 and state = 'waiting'`,
    [endpointId, at],
  );
}

export type Replay = {
  readonly caller: Caller;
  readonly endpointId: string;
  /** Numbers from after one to another, as the cursor has them; absent: from the first, to the last. */
  readonly after?: string;
  readonly upTo?: string;
  /** Only what was given up. */
  readonly isDeadOnly: boolean;
};

/**
 * Queues messages of the participant again for one endpoint, under the ids that they have; the oldest `replayMax` of them.
 * Returns how many, and the number up to which a next replay goes on.
 */
export async function replayMessages(
  tx: Tx,
  context: PushContext,
  { caller, endpointId, after = '0', upTo, isDeadOnly }: Replay,
): Promise<{ readonly queued: number; readonly upTo: string }> {
  const found = await findEndpoint(tx, context, { caller, act: actOn(caller), endpointId });
  if (found.state !== 'active') throw pushRefusal('push.endpoint_state', { state: found.state });
  const at = context.clock.now();
  const rows = await tx.rows<{ number: string }>(isDeadOnly ? REPLAY_DEAD : REPLAY_ALL, [
    endpointId,
    after,
    upTo ?? null,
    at,
    PUSH_LIMITS.replayMax,
    ...(isDeadOnly ? [] : [found.participantId]),
  ]);
  const last = rows.reduce(
    (most, { number }) => (BigInt(number) > most ? BigInt(number) : most),
    BigInt(after),
  );
  const body = { act: 'messages_replayed', endpoint: endpointId, messages: rows.length, by: caller.id };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
  return { queued: rows.length, upTo: String(last) };
}

const REPLAY_DEAD = `
  update monitoring.push_deliveries d
  set state = 'waiting', ended_at = null, attempts = 0, queued_at = $4, due_at = $4
  from (
    select number from monitoring.push_deliveries
    where endpoint_id = $1 and state = 'dead' and number > $2 and ($3::bigint is null or number <= $3)
    order by number limit $5
  ) dead
  where d.endpoint_id = $1 and d.number = dead.number
  returning d.number`;

/** One that waits already goes on waiting. */
const REPLAY_ALL = `
  insert into monitoring.push_deliveries as d (endpoint_id, number, enterprise_id, queued_at, due_at)
  select $1, number, enterprise_id, $4, $4 from monitoring.messages
  where number > $2 and ($3::bigint is null or number <= $3)
    and (platform_id = $6 or (platform_id is null and institution_id = $6))
  order by number limit $5
  on conflict (endpoint_id, number) do update
    set state = 'waiting', ended_at = null, attempts = 0, queued_at = excluded.queued_at, due_at = excluded.due_at
    where d.state <> 'waiting'
  returning d.number`;
