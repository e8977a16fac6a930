import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import type { PushContext } from '../push-context.ts';
import type { EndpointState, PushOutcome } from '../push-tables.ts';
import { isOperator, participantOf, requireOfParticipant } from './find-endpoint.ts';
import { pushRefusal } from '../push-refusals.ts';

/** `resting` after failures in a row, `full` when too much waits, `idle` while nothing is sent to it. */
export const ENDPOINT_HEALTHS = ['good', 'failing', 'resting', 'full', 'idle'] as const;

/** How an endpoint does: what an operator looks at, and its owner. */
export type EndpointHealth = {
  readonly endpointId: string;
  readonly participantId: string;
  readonly url: string;
  readonly state: EndpointState;
  readonly health: (typeof ENDPOINT_HEALTHS)[number];
  readonly waiting: number;
  readonly oldestWaitingSeconds: number | null;
  readonly deliveredToday: number;
  readonly dead: number;
  readonly failures: number;
  readonly restsUntil: Date | null;
  readonly lastOutcome: PushOutcome | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly previousUntil: Date | null;
};

/** Every endpoint that is not removed: an operator sees all, a participant its own. */
export async function readHealth(
  tx: Tx,
  context: Pick<PushContext, 'policies' | 'clock'>,
  { caller }: { readonly caller: Caller },
): Promise<EndpointHealth[]> {
  const participantId = await scopeOf(tx, context, caller);
  const at = context.clock.now();
  const rows = await tx.rows<Row>(READ_HEALTH, [participantId, at]);
  return rows.map(({ isFull, ...row }) => ({ ...row, health: healthOf({ isFull, ...row }, at) }));
}

async function scopeOf(
  tx: Tx,
  context: Pick<PushContext, 'policies'>,
  caller: Caller,
): Promise<string | null> {
  if (isOperator(caller)) {
    requireAllowed(context.policies, caller, 'operate_endpoint');
    return null;
  }
  const participantId = await participantOf(tx, caller);
  if (participantId === undefined) throw pushRefusal('push.participant_missing');
  await requireOfParticipant(tx, context, { caller, act: 'manage_endpoint', participantId });
  return participantId;
}

type Row = Omit<EndpointHealth, 'health'> & { readonly isFull: boolean };

export function healthOf(
  row: Pick<Row, 'state' | 'isFull' | 'restsUntil' | 'failures'>,
  at: Date,
): EndpointHealth['health'] {
  if (row.state !== 'active') return 'idle';
  if (row.isFull) return 'full';
  if (row.restsUntil !== null && row.restsUntil > at) return 'resting';
  return row.failures > 0 ? 'failing' : 'good';
}

const READ_HEALTH = `
  select e.endpoint_id as "endpointId", e.participant_id as "participantId", e.url, e.state,
    waits.waiting, waits.seconds as "oldestWaitingSeconds", e.full_since is not null as "isFull",
    ended.delivered as "deliveredToday", ended.dead, e.failures, e.rests_until as "restsUntil",
    e.last_outcome as "lastOutcome", e.last_success_at as "lastSuccessAt", e.last_failure_at as "lastFailureAt",
    case when e.previous_until > $2 then e.previous_until end as "previousUntil"
  from monitoring.endpoints e
  cross join lateral (
    select count(*)::integer as waiting, extract(epoch from $2::timestamptz - min(queued_at))::integer as seconds
    from monitoring.push_deliveries d where d.endpoint_id = e.endpoint_id and d.state = 'waiting'
  ) waits
  cross join lateral (
    select count(*) filter (where d.state = 'delivered' and d.ended_at > $2::timestamptz - interval '1 day')::integer
        as delivered,
      count(*) filter (where d.state = 'dead')::integer as dead
    from monitoring.push_deliveries d where d.endpoint_id = e.endpoint_id and d.state <> 'waiting'
  ) ended
  where e.state <> 'removed' and ($1::text is null or e.participant_id = $1)
  order by e.participant_id, e.endpoint_id`;
