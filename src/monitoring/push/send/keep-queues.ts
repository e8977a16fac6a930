import type { Clock, Tx } from '#kernel';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';

export type KeptQueues = { readonly dead: number; readonly full: number };

/**
 * Gives up what has waited too long (`terms`), and stops queueing for an endpoint for which too much waits until half of it is
 * gone. What is left out stays for the cursor and for a replay. Returns how many messages died and endpoints became full.
 */
export async function keepQueues(
  tx: Tx,
  { clock, terms }: Pick<PushContext, 'clock' | 'terms'>,
): Promise<KeptQueues> {
  const at = clock.now();
  const oldest = new Date(at.getTime() - terms.deadAfterMs);
  const dead = await tx.rows(GIVE_UP, [oldest, at, new Date(at.getTime() + PUSH_LIMITS.leaseMs)]);
  const { waitingPerEndpointMax: max } = terms;
  const changed = await tx.rows<{ full: boolean }>(MARK_FULL, [at, max, Math.floor(max / 2)]);
  return { dead: dead.length, full: changed.filter(({ full }) => full).length };
}

/** Removes messages that nobody fetches any more, and what became of them; their receipts stay. Returns how many. */
export async function sweepMessages(tx: Tx, { clock }: { readonly clock: Clock }): Promise<number> {
  const before = new Date(clock.now().getTime() - PUSH_LIMITS.messagesKeptDays * 86_400_000);
  const swept = await tx.rows<{ number: string }>(
    `delete from monitoring.messages where at < $1 and number is not null returning number`,
    [before],
  );
  const numbers = swept.map(({ number }) => number);
  if (numbers.length > 0) {
    await tx.rows('delete from monitoring.push_deliveries where number = any($1::bigint[])', [numbers]);
  }
  return numbers.length;
}

/** One that was never tried is tried first, unless its endpoint is beyond reach; a few at a time keep the locks short. */
const GIVE_UP = `
  update monitoring.push_deliveries d set state = 'dead', ended_at = $2
  from (
    select endpoint_id, number from monitoring.push_deliveries
    where state = 'waiting' and queued_at < $1
      and (attempts > 0 or queued_at < $1 - interval '1 hour') and (due_at <= $2 or due_at > $3 or attempts = 0)
    limit 5000 for update skip locked
  ) old
  where d.endpoint_id = old.endpoint_id and d.number = old.number
  returning d.number`;

const MARK_FULL = `
  update monitoring.endpoints e set full_since = case when waits.n > $2 then coalesce(e.full_since, $1::timestamptz) end
  from (
    select e.endpoint_id, (
      select count(*) from (
        select from monitoring.push_deliveries d where d.endpoint_id = e.endpoint_id and d.state = 'waiting'
        limit $2::integer + 1) some_waiting) as n
    from monitoring.endpoints e where e.state = 'active'
  ) waits
  where waits.endpoint_id = e.endpoint_id
    and ((e.full_since is null and waits.n > $2) or (e.full_since is not null and waits.n < $3))
  returning e.full_since is not null as full`;
