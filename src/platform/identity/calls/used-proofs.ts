import type { Database, Tx } from '#kernel';
import { callRefusal } from './call-refusals.ts';

/** A proof that holds and is to be booked before anything is done for it. */
export type ProofUse = { readonly proofHash: Buffer; readonly proofExpiresAt: Date };

/**
 * Books the proof in the caller's transaction and throws `proof.replayed` for one that was used, by whichever process.
 * Two uses at the same moment wait for each other's transaction, so that exactly one gets its row. With a rollback the
 * booking goes too: whoever answers a refusal that rolls back books by `bookProofNow`.
 */
export async function bookProof(tx: Tx, use: ProofUse): Promise<void> {
  if (!(await tx.together(bookProofs, use))) throw callRefusal('proof.replayed');
}

/** Whether each was unused. In the order of their hashes: whoever waits for whom, nobody waits in a circle. */
async function bookProofs(tx: Tx, uses: readonly ProofUse[]): Promise<boolean[]> {
  const rows = await tx.hotRows<{ booked: string }>('platform.book_proofs', BOOK_PROOFS, [
    uses.map(({ proofHash }) => proofHash),
    uses.map(({ proofExpiresAt }) => proofExpiresAt),
  ]);
  const booked = new Set(rows.map((row) => row.booked));
  return uses.map(({ proofHash }) => booked.has(proofHash.toString('hex')));
}

const BOOK_PROOFS = `
  insert into platform.used_proofs (proof_hash, expires_at)
  select proof_hash, expires_at from unnest((select $1::bytea[]), (select $2::timestamptz[])) as asked (proof_hash, expires_at)
  order by proof_hash
  on conflict do nothing
  returning encode(proof_hash, 'hex') as booked`;

/** As `bookProof`, for good and at once: one statement, one round trip. */
export async function bookProofNow(database: Database, use: ProofUse): Promise<void> {
  const { rows } = await database.pool.query({
    name: 'platform.book_proofs',
    text: BOOK_PROOFS,
    values: [[use.proofHash], [use.proofExpiresAt]],
  });
  if (rows.length === 0) throw callRefusal('proof.replayed');
}
