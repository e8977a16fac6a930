import assert from 'node:assert';
import type { Words } from '#evaluation';
import type { Tx } from '#kernel';
import { readParticipants } from '#platform';
import { openLeaf, type Permit } from '#security';
import { type KeptLook, lookText, readLooks } from './record-looks.ts';

/** Looks of one page. */
const PAGE = 100;

/** A look with all that proves it: `text` is a leaf of the tree whose root stands in the opened leaf of the receipt. */
export type OwnLook = Omit<KeptLook, 'enterpriseId'> & {
  readonly institution: { readonly id: string; readonly name: Words };
  readonly text: string;
  /** What the receipt's leaf commits to; null: it was deleted lawfully. */
  readonly leaf: { readonly body: string; readonly salt: string } | null;
};

/**
 * What the node looked at of the Permit's subject under its consents, the latest first; `before` names the last look of the
 * page before. The Permit is the enterprise's own.
 */
export async function readOwnLooks(
  tx: Tx,
  permit: Permit,
  { before }: { readonly before?: string } = {},
): Promise<{ readonly looks: readonly OwnLook[]; readonly before: string | null }> {
  permit.assertUsable(tx);
  assert(permit.purpose === 'self' && permit.mayListAccesses, 'looks are shown to their enterprise alone');
  const page = { enterpriseId: permit.subject, limit: PAGE };
  const kept = await readLooks(tx, before === undefined ? page : { ...page, before });
  const names = await readParticipants(
    tx,
    kept.map(({ institutionId }) => institutionId),
  );
  const leaves = new Map<string, OwnLook['leaf']>();
  for (const { receiptId } of kept)
    if (!leaves.has(receiptId)) leaves.set(receiptId, (await openLeaf(tx, receiptId)) ?? null);
  const looks = kept.map((look): OwnLook => {
    const { enterpriseId: _id, ...shown } = look;
    const { institutionId: id } = look;
    const institution = { id, name: names.get(id)?.name ?? { zh: id, en: id } };
    return { ...shown, institution, text: lookText(look), leaf: leaves.get(look.receiptId) ?? null };
  });
  return { looks, before: kept.length < PAGE ? null : (kept.at(-1)?.lookId ?? null) };
}
