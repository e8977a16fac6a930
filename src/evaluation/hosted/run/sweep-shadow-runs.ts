import { type Clock, type Database, inTransaction } from '#kernel';
import { HOSTED_LIMITS } from '../hosted-limits.ts';

const SWEEP_ROWS = 5_000;
const DAY_MS = 86_400_000;

/**
 * Deletes what versions in shadow said longer ago than it is kept, in transactions of some thousand rows. A version that
 * was not approved within that time has to see enterprises again. Returns how many.
 */
export async function sweepShadowRuns(database: Database, clock: Clock): Promise<number> {
  const keptFrom = new Date(clock.now().getTime() - HOSTED_LIMITS.shadowRunsKeptDays * DAY_MS);
  let swept = 0;
  for (;;) {
    const deleted = await inTransaction(database, (tx) => tx.rows(SWEEP, [keptFrom, SWEEP_ROWS]));
    swept += deleted.length;
    if (deleted.length < SWEEP_ROWS) return swept;
  }
}

const SWEEP = `
  delete from evaluation.hosted_shadow_runs
  where (enterprise_id, run_id, model_hash) in (
    select enterprise_id, run_id, model_hash from evaluation.hosted_shadow_runs where at < $1 limit $2)
  returning 1`;
