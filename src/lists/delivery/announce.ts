import assert from 'node:assert';
import { inTransaction, type Tx } from '#kernel';
import type { ListsContext } from '../lists-context.ts';

/*
 * Publications of one contract, whether of a delivery, of held rows or of an undone decision, follow one protocol, so that
 * an answer given meanwhile can be reproduced exactly (decision 0004):
 *   1. announce, committed: readers then read as of just before;
 *   2. in the transaction that publishes, take the contract's lock, and go back to 1 if the announcement is gone;
 *   3. take the instant from which the node knows, and clear the announcement with the publication.
 * Only the holder of the contract's lock may clear an announcement; so a crash's can be cleared by anyone, safely.
 */

/** Says, committed, that records of this delivery may appear with a time from now on. */
export async function announce(context: ListsContext, deliveryNo: string): Promise<void> {
  await inTransaction(context.database, (tx) =>
    tx.rows(
      `update lists.deliveries
       set publishing_since = coalesce(publishing_since, date_trunc('milliseconds', clock_timestamp()))
       where delivery_no = $1`,
      [deliveryNo],
    ),
  );
}

/** Waits for the contract's turn; held until the transaction ends. */
export async function lockContract(tx: Tx, contractId: string): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [CONTRACT_LOCK, contractId]);
}

const CONTRACT_LOCK = 7_241_002;

/** Step 2; asked by the holder of the contract's lock. */
export async function isAnnounced(tx: Tx, deliveryNo: string): Promise<boolean> {
  const rows = await tx.rows<object>(
    'select from lists.deliveries where delivery_no = $1 and publishing_since is not null',
    [deliveryNo],
  );
  return rows.length === 1;
}

/**
 * The instant from which the node knows what this transaction publishes: in whole milliseconds, after every instant a
 * reader can have read as of before the announcement, and after all earlier publications of the contract even when the
 * clock has been set back. Asked by the holder of the contract's lock.
 */
export async function readInstant(tx: Tx, contractId: string): Promise<Date> {
  const [row] = await tx.rows<{ at: Date }>(
    `select greatest(date_trunc('milliseconds', clock_timestamp()), max(d.known_from), max(r.released_at), max(r.undone_at))
       + interval '1 millisecond' as at
     from lists.deliveries d left join lists.held_releases r on r.delivery_no = d.delivery_no
     where d.contract_id = $1`,
    [contractId],
  );
  assert(row !== undefined);
  return row.at;
}

/**
 * Takes back what a failed or dead process announced, unless a publication of the contract is under way: its process
 * then clears the announcement itself, or leaves it to the next recovery.
 */
export async function withdrawAnnouncement(context: ListsContext, deliveryNo: string): Promise<void> {
  await inTransaction(context.database, async (tx) => {
    const [turn] = await tx.rows<{ mine: boolean }>(
      `select pg_try_advisory_xact_lock($1, hashtext(contract_id)) as mine
       from lists.deliveries where delivery_no = $2`,
      [CONTRACT_LOCK, deliveryNo],
    );
    if (turn?.mine !== true) return;
    await tx.rows(
      `update lists.deliveries
       set publishing_since = null, state = case when state = 'publishing' then 'received' else state end
       where delivery_no = $1`,
      [deliveryNo],
    );
  });
}
