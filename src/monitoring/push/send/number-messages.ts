import type { Clock, Tx } from '#kernel';
import { PUSH_LIMITS } from '../push-limits.ts';

/**
 * Gives numbers to messages whose transactions have committed, and queues each for the endpoints of whom it is for. One
 * giver at a time, and numbers are seen when they are all given: whoever has read up to a number has missed none before it.
 * Returns how many were given; at most `numberedMax`, then it is called again.
 */
export async function numberMessages(tx: Tx, { clock }: { readonly clock: Clock }): Promise<number> {
  if ((await tx.hotRows('monitoring.some_unnumbered', SOME_WAIT)).length === 0) return 0;
  // The lock is a statement of its own: what the one before it committed is seen by the next statement only.
  await tx.rows('select from monitoring.message_counter where counter_id = 1 for update');
  const [given] = await tx.rows<{ given: number }>(NUMBER, [clock.now(), PUSH_LIMITS.numberedMax]);
  return given?.given ?? 0;
}

const SOME_WAIT = 'select from monitoring.messages where number is null limit 1';

const NUMBER = `
  with waiting as (
    select queued_no, (row_number() over (order by queued_no)) as place from (
      select queued_no from monitoring.messages where number is null order by queued_no limit $2) oldest
  ), numbered as (
    update monitoring.messages m set number = c.last_number + w.place
    from waiting w, monitoring.message_counter c
    where m.queued_no = w.queued_no and c.counter_id = 1
    returning m.number, m.enterprise_id, coalesce(m.platform_id, m.institution_id) as recipient
  ), queued as (
    insert into monitoring.push_deliveries (endpoint_id, number, enterprise_id, queued_at, due_at)
    select e.endpoint_id, n.number, n.enterprise_id, $1, $1
    from numbered n join monitoring.endpoints e on e.participant_id = n.recipient
    where e.state = 'active' and e.full_since is null
    order by n.number
  ), counted as (
    update monitoring.message_counter set last_number = last_number + (select count(*) from waiting)
    where counter_id = 1
  )
  select count(*)::integer as given from numbered`;
