import { assertProof, newId, type Tx } from '#kernel';
import type { Grant } from './decision/require-allowed.ts';

export type OldAccesses = {
  /** What happened before this instant. */
  readonly before: Date;
  /** Enterprises whose accesses are kept all the same. */
  readonly except: readonly string[];
  /** Rows of one statement. */
  readonly limit: number;
};

/**
 * Removes accesses that are past their years: the rows that say who learnt what, and body and salt of their leaves and of refused
 * attempts. Receipts, leaves and the tree stay: that something happened then remains provable, what it was does not. Returns how
 * many rows; called until it is none. The Grant is of the act of removing.
 */
export async function removeOldAccesses(tx: Tx, grant: Grant, asked: OldAccesses): Promise<number> {
  assertProof(grant, 'Grant');
  const { before, except, limit } = asked;
  const gone = await tx.rows<object>(REMOVE_DISCLOSURES, [before, except, limit]);
  const bodies = await tx.rows<object>(REMOVE_BODIES, [newId('rcp', before), before, except, limit, KINDS]);
  return gone.length + bodies.length;
}

/** What is recorded of an access, and nothing of what people decided. */
const KINDS = ['intent', 'answer', 'verification', 'refusal', 'report', 'export'];

const REMOVE_DISCLOSURES = `
  delete from security.disclosures d
  using (
    select enterprise_id, disclosure_id from security.disclosures
    where at < $1 and not enterprise_id = any($2::bigint[]) limit $3) old
  where d.enterprise_id = old.enterprise_id and d.disclosure_id = old.disclosure_id
  returning d.disclosure_id`;

/** Receipts are numbered in the order of time, so that the older ones stand together. */
const REMOVE_BODIES = `
  delete from security.leaf_bodies b
  using (
    select o.receipt_id from security.leaf_bodies o join security.receipts r using (receipt_id)
    where o.receipt_id < $1 and r.at < $2 and r.kind = any($5)
      and not coalesce(o.subject_id = any($3::bigint[]), false) limit $4) old
  where b.receipt_id = old.receipt_id
  returning b.receipt_id`;
