import type { Tx } from '#kernel';

/** What a leaf committed to, for a party that the caller has found entitled to it. Absent after a lawful deletion. */
export async function openLeaf(
  tx: Tx,
  receiptId: string,
): Promise<{ readonly body: string; readonly salt: string } | undefined> {
  const [row] = await tx.rows<{ body: string; salt: Buffer }>(
    'select body, salt from security.leaf_bodies where receipt_id = $1',
    [receiptId],
  );
  return row === undefined ? undefined : { body: row.body, salt: row.salt.toString('hex') };
}
