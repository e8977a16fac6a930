import { type EnterpriseId, newId, type Tx } from '#kernel';
import type { EvidenceLevel } from '#information';
import type { Contract } from '#lists';
import { recordLeaf } from '#security';
import { type ItemRow, writeItem } from '../items/item-store.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { type EvidenceKind, levelOf } from './level-of.ts';

export type EvidenceLine = {
  readonly evidenceId: string;
  readonly kind: EvidenceKind;
  readonly reference: string;
  readonly at: Date;
};

type OfFiling = { readonly enterpriseId: EnterpriseId; readonly filingId: string };

export async function readEvidence(tx: Tx, { enterpriseId, filingId }: OfFiling): Promise<EvidenceLine[]> {
  return await tx.rows<EvidenceLine>(
    `select evidence_id as "evidenceId", kind, reference, known_from as at from rights.item_evidence
     where enterprise_id = $1 and filing_id = $2 and known_to = 'infinity' order by known_from, evidence_id`,
    [enterpriseId, filingId],
  );
}

export async function readLevel(
  tx: Tx,
  { contract, ...of }: OfFiling & { contract: Contract },
): Promise<EvidenceLevel> {
  const kinds = (await readEvidence(tx, of)).map(({ kind }) => kind);
  return levelOf(kinds, contract.verification);
}

type NewEvidence = {
  readonly item: ItemRow;
  readonly contract: Contract;
  readonly kind: EvidenceKind;
  readonly reference: string;
  readonly by: string;
};

/** Adds a proof to what the item says now, with its leaf, and looks at the level anew; the same proof twice is one. */
export async function addEvidence(
  tx: Tx,
  context: VoluntaryContext,
  { item, contract, kind, reference, by }: NewEvidence,
): Promise<EvidenceLevel> {
  const { enterpriseId, itemId, filingId } = item;
  const at = context.clock.now();
  const body = { act: 'evidence_added', filing: filingId, item: itemId, kind, reference, by };
  const receipt = await recordLeaf(tx, context.keys, { kind: 'filing', at, subject: enterpriseId, body });
  await tx.rows(
    `insert into rights.item_evidence (enterprise_id, evidence_id, item_id, filing_id, kind, reference, given_by,
       receipt_id, known_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (enterprise_id, filing_id, kind, reference) where known_to = 'infinity' do nothing`,
    [enterpriseId, newId('evd', at), itemId, filingId, kind, reference, by, receipt.id, at],
  );
  return await followLevel(tx, { item, contract, at });
}

/** The item's level by what proves it now. */
export async function followLevel(
  tx: Tx,
  { item, contract, at }: { item: ItemRow; contract: Contract; at: Date },
): Promise<EvidenceLevel> {
  const { enterpriseId, filingId } = item;
  const level = await readLevel(tx, { enterpriseId, filingId, contract });
  if (level !== item.level) await writeItem(tx, { ...item, level }, at);
  return level;
}

/** All of a filing's, or one attachment wherever it proves something. Returns the items concerned. */
export async function endEvidence(
  tx: Tx,
  {
    enterpriseId,
    filingId,
    attachmentId,
    at,
  }: {
    enterpriseId: EnterpriseId;
    filingId?: string;
    attachmentId?: string;
    at: Date;
  },
): Promise<string[]> {
  const rows = await tx.rows<{ item_id: string }>(
    `update rights.item_evidence set known_to = greatest($4, known_from)
     where enterprise_id = $1 and known_to = 'infinity' and ($2::text is null or filing_id = $2)
       and ($3::text is null or (kind = 'attachment' and reference = $3))
     returning item_id`,
    [enterpriseId, filingId ?? null, attachmentId ?? null, at],
  );
  return [...new Set(rows.map(({ item_id }) => item_id))];
}
