import { addJob, type Clock, type Tx } from '#kernel';

/** Whitelists look at the scores, which are made before. */
const WHITELISTS_AFTER_MS = 10 * 60_000;

/**
 * Queues new scores of whoever was touched, and the whitelists after them, in the caller's transaction; of several corrections at
 * once one run of each waits. What was made before stays as it was, with its definitions and its instant.
 */
export async function askToRecompute(tx: Tx, clock: Clock): Promise<void> {
  await addJob(tx, 'evaluate_touched', {}, { key: 'evaluate_touched' });
  const runAt = new Date(clock.now().getTime() + WHITELISTS_AFTER_MS);
  await addJob(tx, 'run_whitelists', {}, { key: 'run_whitelists', runAt });
}
