import type { Database, Tx } from '#kernel';
import { callRefusal } from './call-refusals.ts';

/** A proof that holds and is to be booked before anything is done for it. */
export type ProofUse = { readonly proofHash: Buffer; readonly proofExpiresAt: Date };

/**
 * Books a use: `$1` hash, `$2` when it may be forgotten. No row back: used before, by whichever process. Two uses at
 * the same moment wait for each other's transaction, so that exactly one gets its row. A statement that does more in
 * the same round trip may carry it as a data-modifying `with`.
 */
export const BOOK_PROOF =
  'insert into platform.used_proofs (proof_hash, expires_at) values ($1, $2) on conflict do nothing returning 1 as booked';

/**
 * Books the proof in the caller's transaction and throws `proof.replayed` for one that was used. With a rollback the
 * booking goes too: a refusal that rolls back must book again where it records itself.
 */
export async function bookProof(tx: Tx, use: ProofUse): Promise<void> {
  const rows = await tx.hotRows('platform.book_proof', BOOK_PROOF, [use.proofHash, use.proofExpiresAt]);
  if (rows.length === 0) throw callRefusal('proof.replayed');
}

/** As `bookProof`, for good and at once: one statement, one round trip. */
export async function bookProofNow(database: Database, use: ProofUse): Promise<void> {
  const { rows } = await database.pool.query({
    name: 'platform.book_proof',
    text: BOOK_PROOF,
    values: [use.proofHash, use.proofExpiresAt],
  });
  if (rows.length === 0) throw callRefusal('proof.replayed');
}
