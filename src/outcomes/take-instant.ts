import type { Clock, Tx } from '#kernel';

/**
 * Waits until nobody else changes what is known of this institution's facts, until the end of the transaction, and gives
 * the instant of the change. It lies after every earlier one: a version must not end at the instant it began.
 */
export async function takeInstant(tx: Tx, clock: Clock, institutionId: string): Promise<Date> {
  await tx.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`outcomes ${institutionId}`]);
  const [last] = await tx.rows<{ at: Date | null }>(
    `select greatest(
       (select max(reported_at) from outcomes.batches where institution_id = $1),
       (select max(ended_at) from outcomes.conflicts where institution_id = $1)) as at`,
    [institutionId],
  );
  return new Date(Math.max(clock.now().getTime(), (last?.at?.getTime() ?? 0) + 1));
}
