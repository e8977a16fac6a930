import { inTransaction } from '#kernel';
import { systemCaller } from '#platform';
import { finishAbandoned, undo } from './check-entry.ts';
import { takeEntry } from './entry-store.ts';
import { sweepScans } from './scans.ts';
import type { WindowContext } from './window-context.ts';
import { WINDOW_LIMITS } from './window-limits.ts';

export type FollowedEntries = { readonly lapsed: number; readonly finished: number; readonly swept: number };

/**
 * Entries that nobody checked by their day lapse, each in a transaction of its own, and what they had done is undone; acts that a
 * crash left under way are finished; scans that nothing names are removed. Idempotent; the hourly job.
 */
export async function followEntries(context: WindowContext): Promise<FollowedEntries> {
  let [lapsed, finished] = [0, 0];
  for (const entryId of await findDue(context, LAPSING, context.clock.now()))
    if (await lapse(context, entryId)) lapsed += 1;
  const abandoned = new Date(context.clock.now().getTime() - WINDOW_LIMITS.actingAbandonedMs);
  for (const entryId of await findDue(context, ABANDONED, abandoned))
    if ((await finishAbandoned(context, entryId)) !== undefined) finished += 1;
  return { lapsed, finished, swept: await sweepScans(context) };
}

async function lapse(context: WindowContext, entryId: string): Promise<boolean> {
  return await inTransaction(context.database, async (tx) => {
    const entry = await takeEntry(tx, entryId);
    const isOpen = entry.state === 'entered' || entry.state === 'in_effect';
    if (!isOpen || entry.checkBy > context.clock.now()) return false;
    const by = systemCaller('follow_window').id;
    await undo(tx, context, entry, { state: 'lapsed', by, reason: 'not_checked_in_time' });
    return true;
  });
}

async function findDue({ database }: WindowContext, sql: string, at: Date): Promise<string[]> {
  const rows = await inTransaction(database, (tx) =>
    tx.rows<{ entryId: string }>(sql, [at, WINDOW_LIMITS.followMax]),
  );
  return rows.map(({ entryId }) => entryId);
}

const LAPSING = `
  select entry_id as "entryId" from rights.window_entries
  where state in ('entered', 'in_effect') and check_by <= $1 order by check_by, entry_id limit $2`;

const ABANDONED = `
  select entry_id as "entryId" from rights.window_entries
  where state = 'acting' and decided_at <= $1 order by decided_at, entry_id limit $2`;
