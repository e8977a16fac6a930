import type { Tx } from '#kernel';

/*
 * A mark takes its instant before it commits. Whoever asks which marks were set until an instant, and will ask next time
 * only from there on, must not miss one that is under way: writers share this lock, such a reader takes it alone.
 */
const MARKS_LOCK = 7_241_034;

/** Before the instant of a mark is taken; held until the transaction ends. */
export async function lockMarksShared(tx: Tx): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock_shared($1)', [MARKS_LOCK]);
}

/** Waits for the marks under way; those that begin later have later instants. Held until the transaction ends. */
export async function lockMarks(tx: Tx): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1)', [MARKS_LOCK]);
}
