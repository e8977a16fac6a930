import type { Tx } from '#kernel';
import { nameRecords, readMergedIds } from '#lists';
import { readParticipants } from '#platform';
import type { Permit } from '#security';
import { RECALL_LIMITS } from './recall-limits.ts';
import { RECALL_COLUMNS, type RecallLine } from './recall-lines.ts';
import type { CauseKind } from './recall-terms.ts';
import { recallRefusal } from './recall-refusals.ts';

/** A recall as the enterprise sees it that it is about: of which record, why, who was told, and what they did. */
export type OwnRecall = RecallLine & {
  readonly contract: string;
  readonly record: string;
  readonly part: 'content' | 'derived';
  readonly cause: { readonly kind: CauseKind; readonly id: string };
  readonly recipient: { readonly id: string; readonly name: { readonly zh: string; readonly en: string } };
  readonly platform: string | null;
  readonly receiptId: string;
  readonly acknowledgedReceiptId: string | null;
};

type Row = Omit<OwnRecall, 'recipient' | 'cause'> & {
  readonly recipientId: string;
  readonly causeKind: CauseKind;
  readonly causeId: string;
};

/**
 * Every recall about the Permit's subject, and about those merged into it, newest first. Recalled alerts stand with its alerts.
 * Throws `recalls.self_only` unless it asks for itself.
 */
export async function listOwnRecalls(tx: Tx, permit: Permit): Promise<OwnRecall[]> {
  permit.assertUsable(tx);
  if (permit.purpose !== 'self' || !permit.mayListAccesses) throw recallRefusal('recalls.self_only');
  const rows = await tx.rows<Row>(
    `select ${RECALL_COLUMNS}, r.contract_id as contract, r.delivery_no || ':' || r.row_no as record, r.part,
       r.cause_kind as "causeKind", r.cause_id as "causeId", r.recipient_id as "recipientId", r.platform_id as platform,
       r.receipt_id as "receiptId", r.acknowledged_receipt_id as "acknowledgedReceiptId"
     from rights.recalls r
     where r.enterprise_id = any($1::bigint[]) order by r.recall_id desc limit $2`,
    [await readMergedIds(tx, permit.subject), RECALL_LIMITS.ownShownMax],
  );
  const names = await readParticipants(
    tx,
    rows.map(({ recipientId }) => recipientId),
  );
  const records = await nameRecords(
    tx,
    rows.map(({ record }) => record),
  );
  return rows.map(({ recipientId: id, causeKind, causeId, ...row }) => ({
    ...row,
    record: records.get(row.record) ?? row.record,
    cause: { kind: causeKind, id: causeId },
    recipient: { id, name: names.get(id)?.name ?? (id === 'node' ? NODE : { zh: id, en: id }) },
  }));
}

const NODE = { zh: '市级节点', en: 'the municipal node' };
