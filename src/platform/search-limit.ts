import { type Clock, LIMITS, type Tx } from '#kernel';
import type { Caller } from '#security';
import { platformRefusal } from './platform-refusals.ts';

/**
 * Counts one search of this caller, in the database so that all processes count together, and refuses it with
 * `search.too_many` above `LIMITS.searchesPerMinuteMax` a minute: the register is to be asked, not read out.
 * Call it in a transaction of its own: a refused search must stay counted.
 */
export async function countSearch(tx: Tx, clock: Clock, caller: Caller): Promise<number> {
  const minute = new Date(Math.floor(clock.now().getTime() / 60_000) * 60_000);
  await tx.rows('delete from platform.search_counts where account_id = $1 and minute < $2', [
    caller.id,
    minute,
  ]);
  const [row] = await tx.rows<{ searches: number }>(
    `insert into platform.search_counts as c (account_id, minute, searches) values ($1, $2, 1)
     on conflict (account_id, minute) do update set searches = c.searches + 1
     returning searches`,
    [caller.id, minute],
  );
  return row?.searches ?? 1;
}

/** Throws `search.too_many` when the count is above the limit. */
export function requireSearchAllowed(searches: number): void {
  const max = LIMITS.searchesPerMinuteMax;
  if (searches > max) throw platformRefusal('search.too_many', { max });
}
