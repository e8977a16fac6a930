import { newId, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import type { FilingRow } from '../items/item-store.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import type { EvidenceKind } from './level-of.ts';

type Proof = { readonly kind: EvidenceKind; readonly reference: string };

/**
 * What proved the same values of the same item before proves them still: filed again after a withdrawal, or after something else
 * was said in between, an item keeps the proofs of its last filing with these very values. An attachment that was removed since
 * proves nothing. Leaves a leaf that names both filings.
 */
export async function carryOver(
  tx: Tx,
  { clock, keys }: VoluntaryContext,
  { enterpriseId, itemId, filingId, valuesDigest }: FilingRow,
): Promise<void> {
  const before = await findSame(tx, [enterpriseId, itemId, filingId, valuesDigest]);
  if (before === undefined) return;
  const proofs = await readProofs(tx, [enterpriseId, before]);
  if (proofs.length === 0) return;
  const at = clock.now();
  const body = { act: 'evidence_carried', filing: filingId, from: before, item: itemId, evidence: proofs };
  const receipt = await recordLeaf(tx, keys, { kind: 'filing', at, subject: enterpriseId, body });
  for (const { kind, reference } of proofs)
    await tx.rows(INSERT, [
      enterpriseId,
      newId('evd', at),
      itemId,
      filingId,
      kind,
      reference,
      before,
      receipt.id,
      at,
    ]);
}

/** The last filing of the item with these values before this one. */
async function findSame(tx: Tx, of: readonly string[]): Promise<string | undefined> {
  const [row] = await tx.rows<{ filing_id: string }>(
    `select filing_id from rights.filings
     where enterprise_id = $1 and item_id = $2 and filing_id <> $3 and values_digest = $4
       and state in ('kept', 'withdrawn')
     order by filed_at desc, filing_id desc limit 1`,
    of,
  );
  return row?.filing_id;
}

async function readProofs(tx: Tx, of: readonly string[]): Promise<Proof[]> {
  return await tx.rows<Proof>(
    `select distinct e.kind, e.reference from rights.item_evidence e
     where e.enterprise_id = $1 and e.filing_id = $2 and (e.kind <> 'attachment' or exists (
       select from rights.attachments a
       where a.enterprise_id = e.enterprise_id and a.attachment_id = e.reference and a.removed_at is null))
     order by e.kind, e.reference`,
    of,
  );
}

/** `given_by` is the filing from which it came: who gave it first stands there. */
const INSERT = `
  insert into rights.item_evidence (enterprise_id, evidence_id, item_id, filing_id, kind, reference, given_by, receipt_id,
    known_from)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (enterprise_id, filing_id, kind, reference) where known_to = 'infinity' do nothing`;
