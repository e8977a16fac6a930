import { type Clock, type Database, inTransaction } from '#kernel';

/** Expired grants are looked at for a while, so that a late code finds what it belonged to. */
const KEPT_MS = 86_400_000;
/** Rows deleted in one statement; a proof is one row per call. */
const PAGE_ROWS = 20_000;

/** Job: removes what has expired. Repeats in short transactions until a page is not full. Returns how many rows went. */
export async function sweepIdentity(database: Database, clock: Clock): Promise<number> {
  const now = clock.now();
  const proofs = await sweep(database, 'platform.used_proofs', { key: 'proof_hash', before: now });
  const before = new Date(now.getTime() - KEPT_MS);
  return proofs + (await sweep(database, 'platform.oauth_state', { key: 'model, id', before }));
}

async function sweep(
  database: Database,
  table: 'platform.used_proofs' | 'platform.oauth_state',
  { key, before }: { key: string; before: Date },
): Promise<number> {
  let swept = 0;
  for (;;) {
    const { rowCount } = await inTransaction(database, (tx) =>
      tx.client.query(
        `delete from ${table} where (${key}) in (select ${key} from ${table} where expires_at < $1 limit $2)`,
        [before, PAGE_ROWS],
      ),
    );
    swept += rowCount ?? 0;
    if ((rowCount ?? 0) < PAGE_ROWS) return swept;
  }
}
