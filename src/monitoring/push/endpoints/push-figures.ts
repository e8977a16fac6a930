import type { Clock, Tx } from '#kernel';
import { ENDPOINT_HEALTHS, type EndpointHealth, healthOf } from './read-health.ts';

/** How pushing does as a whole: for an alarm, which names nobody. Whose endpoint it is says `readHealth`. */
export type PushFigures = {
  readonly endpoints: ReadonlyMap<EndpointHealth['health'], number>;
  readonly waiting: number;
  /** Of what waits, the oldest; 0 when nothing does. */
  readonly oldestWaitingSeconds: number;
  /** Given up within the last hour. */
  readonly givenUp: number;
};

/** Over all endpoints that are not removed. Cheap enough to be asked for every few seconds. */
export async function readPushFigures(tx: Tx, { clock }: { readonly clock: Clock }): Promise<PushFigures> {
  const at = clock.now();
  const rows = await tx.rows<Row>(READ_FIGURES, [at]);
  const found = Map.groupBy(rows, (row) => healthOf(row, at));
  return {
    endpoints: new Map(ENDPOINT_HEALTHS.map((health) => [health, found.get(health)?.length ?? 0])),
    waiting: sumOf(rows, ({ waiting }) => waiting),
    oldestWaitingSeconds: Math.max(0, ...rows.map(({ oldestSeconds }) => oldestSeconds ?? 0)),
    givenUp: sumOf(rows, ({ givenUp }) => givenUp),
  };
}

type Row = Parameters<typeof healthOf>[0] & {
  readonly waiting: number;
  readonly oldestSeconds: number | null;
  readonly givenUp: number;
};

function sumOf(rows: readonly Row[], figure: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + figure(row), 0);
}

/** What waits is bounded per endpoint, and what ended is looked at for one hour, along the index. */
const READ_FIGURES = `
  select e.state, e.full_since is not null as "isFull", e.rests_until as "restsUntil", e.failures,
    waits.waiting, waits.seconds as "oldestSeconds", ended.dead as "givenUp"
  from monitoring.endpoints e
  cross join lateral (
    select count(*)::integer as waiting, extract(epoch from $1::timestamptz - min(d.queued_at))::integer as seconds
    from monitoring.push_deliveries d where d.endpoint_id = e.endpoint_id and d.state = 'waiting'
  ) waits
  cross join lateral (
    select count(*) filter (where d.state = 'dead')::integer as dead
    from monitoring.push_deliveries d
    where d.endpoint_id = e.endpoint_id and d.state <> 'waiting' and d.ended_at > $1::timestamptz - interval '1 hour'
  ) ended
  where e.state <> 'removed'`;
