import assert from 'node:assert';
import { type Clock, type Database, inTransaction, type Tx } from '#kernel';
import { completeKey, type IdempotentCall, releaseKey, type Reservation, reserveKey } from './reserve.ts';

/**
 * Stores the answer. Called once, in the last transaction of the work: the effect and the answer commit together, and
 * whoever lost the key meanwhile is refused there.
 */
export type Complete = (tx: Tx, answer: string) => Promise<void>;

/** `isRepeated`: nothing was done now, this is the answer of the first call. */
export type IdempotentAnswer = { readonly answer: string; readonly isRepeated: boolean };

/**
 * Does work that spans several transactions once per key and day; a second call gets the first one's answer.
 * While the first is at work a second is refused with `idempotency.in_progress`. A process that dies in between holds
 * the key until its lease ends; work that throws gives it back at once, so a refused request can be corrected.
 */
export async function withIdempotency(
  database: Database,
  call: IdempotentCall,
  work: (complete: Complete) => Promise<void>,
): Promise<IdempotentAnswer> {
  const reserved = await inTransaction(database, (tx) => reserveKey(tx, call));
  if (reserved.done) return { answer: reserved.answer, isRepeated: true };
  const answer = await workUnder(database, reserved.reservation, work);
  return { answer, isRepeated: false };
}

async function workUnder(
  database: Database,
  reservation: Reservation,
  work: (complete: Complete) => Promise<void>,
): Promise<string> {
  let answered: string | undefined;
  const complete: Complete = async (tx, answer) => {
    assert(answered === undefined, 'an answer is stored once');
    await completeKey(tx, reservation, answer);
    answered = answer;
  };
  try {
    await work(complete);
  } catch (error) {
    // Its own failure must not hide why the work failed; the lease frees the key anyway.
    await inTransaction(database, (tx) => releaseKey(tx, reservation)).catch(() => {});
    throw error;
  }
  assert(answered !== undefined, 'work under a key completes it in the transaction of its effect');
  return answered;
}

/**
 * The same for work that is one transaction: key, effect and answer commit together, a second call waits for the first,
 * and a process that dies leaves nothing behind.
 */
export async function onceInTransaction(
  database: Database,
  call: IdempotentCall,
  work: (tx: Tx) => Promise<string>,
): Promise<IdempotentAnswer> {
  return await inTransaction(database, async (tx) => {
    const reserved = await reserveKey(tx, call);
    if (reserved.done) return { answer: reserved.answer, isRepeated: true };
    const answer = await work(tx);
    await completeKey(tx, reserved.reservation, answer);
    return { answer, isRepeated: false };
  });
}

/** Rows of one statement: short enough that no call waits for it. */
const SWEEP_ROWS = 5_000;

/** Deletes what is past its day, however much it is; returns how many rows. For a job that runs every few minutes. */
export async function sweepIdempotency(database: Database, clock: Clock): Promise<number> {
  const now = clock.now();
  let swept = 0;
  for (;;) {
    const deleted = await inTransaction(database, (tx) => tx.rows(SWEEP, [now, SWEEP_ROWS]));
    swept += deleted.length;
    if (deleted.length < SWEEP_ROWS) return swept;
  }
}

const SWEEP = `
  delete from security.idempotency
  where (participant_id, operation, key_hash) in (
    select participant_id, operation, key_hash from security.idempotency where expires_at <= $1 limit $2)
  returning 1`;
