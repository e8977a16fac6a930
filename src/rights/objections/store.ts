import type { Updateable } from 'kysely';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { objectionRefusal } from './definition/objection-refusals.ts';
import {
  type Attachment,
  type CorrectedField,
  ITEM_WORDS,
  type ItemState,
  type ObjectionItem,
} from './definition/objection.ts';
import type { ObjectionTables } from './tables.ts';

/** An objection as it stands, held until the transaction ends where it was taken to act on. */
export type StoredObjection = {
  readonly enterpriseId: EnterpriseId;
  readonly objectionId: string;
  readonly appliedBy: string;
  readonly reason: string;
  readonly attachments: readonly Attachment[];
  readonly appliedAt: Date;
  readonly receiptId: string;
  readonly items: readonly ObjectionItem[];
};

const OBJECTION = `select enterprise_id::text as "enterpriseId", objection_id as "objectionId", applied_by as "appliedBy",
    reason, attachments, applied_at as "appliedAt", receipt_id as "receiptId"
  from rights.objections`;

/** Items as `i`; a condition and an order are put behind it. */
export const ITEMS = `select i.enterprise_id::text as "enterpriseId", i.objection_id as "objectionId", i.item_no as "itemNo",
    i.contract_id as "contractId", i.provider, i.first_record_id as "firstRecordId", i.record_id as "recordId", i.ground,
    i.fields, i.mode, i.mark, i.state, i.outcome, i.fault, i.decided_kind as "decidedKind", i.decided_by as "decidedBy",
    i.decided_at as "decidedAt", i.decision, i.corrected_fields as "correctedFields",
    i.review_asked_at as "reviewAskedAt", i.review_reason as "reviewReason", i.reviewed_at as "reviewedAt",
    i.corrected_at as "correctedAt", i.statement, i.is_followed as "isFollowed"
  from rights.objection_items i`;

/** Holds the objection: who acts on it at once waits. Throws `objections.unknown`. */
export async function takeObjection(tx: Tx, objectionId: string): Promise<StoredObjection> {
  return await readOne(tx, objectionId, ' for update');
}

/** Throws `objections.unknown`. */
export async function findObjection(tx: Tx, objectionId: string): Promise<StoredObjection> {
  return await readOne(tx, objectionId, '');
}

async function readOne(tx: Tx, objectionId: string, lock: '' | ' for update'): Promise<StoredObjection> {
  const [row] = await tx.rows<Omit<StoredObjection, 'items'>>(`${OBJECTION} where objection_id = $1${lock}`, [
    objectionId,
  ]);
  if (row === undefined)
    throw objectionRefusal('objections.unknown', { objection: objectionId.slice(0, 40) });
  const items = await tx.rows<ObjectionItem>(
    `${ITEMS} where i.enterprise_id = $1 and i.objection_id = $2 order by i.item_no`,
    [row.enterpriseId, objectionId],
  );
  return { ...row, enterpriseId: toEnterpriseId(row.enterpriseId), items };
}

/** Objections of these enterprises, the latest first. */
export async function selectObjections(
  tx: Tx,
  ids: readonly EnterpriseId[],
  limit: number,
): Promise<StoredObjection[]> {
  const rows = await tx.rows<Omit<StoredObjection, 'items'>>(
    `${OBJECTION} where enterprise_id = any($1::bigint[]) order by objection_id desc limit $2`,
    [ids, limit],
  );
  const items = await tx.rows<ObjectionItem>(
    `${ITEMS} where i.enterprise_id = any($1::bigint[]) and i.objection_id = any($2) order by i.item_no`,
    [ids, rows.map(({ objectionId }) => objectionId)],
  );
  const byObjection = Map.groupBy(items, ({ objectionId }) => objectionId);
  return rows.map((row) => ({ ...row, items: byObjection.get(row.objectionId) ?? [] }));
}

/** Throws `objections.item_unknown`. */
export function requireItem({ objectionId, items }: StoredObjection, itemNo: number): ObjectionItem {
  const item = items.find((one) => one.itemNo === itemNo);
  if (item === undefined)
    throw objectionRefusal('objections.item_unknown', { objection: objectionId, item: itemNo });
  return item;
}

/** Throws `objections.not_in_state`. */
export function requireState(item: ObjectionItem, states: readonly ItemState[]): void {
  if (states.includes(item.state)) return;
  const { zh: state, en: stateEn } = ITEM_WORDS[item.state];
  const { objectionId: objection, itemNo } = item;
  throw objectionRefusal('objections.not_in_state', { objection, item: itemNo, state, stateEn });
}

/** Changes where an item stands. What was said and done before is in the steps. */
export async function updateItem(
  tx: Tx,
  { enterpriseId, objectionId, itemNo }: Pick<ObjectionItem, 'enterpriseId' | 'objectionId' | 'itemNo'>,
  changes: Updateable<ObjectionTables['rights.objection_items']>,
): Promise<void> {
  await tx
    .tables<ObjectionTables>()
    .updateTable('rights.objection_items')
    .set(changes)
    .where('enterprise_id', '=', enterpriseId)
    .where('objection_id', '=', objectionId)
    .where('item_no', '=', itemNo)
    .execute();
}

export type NewStep = {
  readonly enterpriseId: EnterpriseId;
  readonly objectionId: string;
  readonly itemNo?: number;
  readonly provider?: string;
  readonly act: string;
  readonly by: { readonly kind: 'enterprise' | 'node' | 'provider' | 'delivery'; readonly id: string };
  readonly at: Date;
  readonly words?: string;
  readonly fields?: readonly CorrectedField[];
  readonly receiptId?: string;
};

/** The next step of an objection that the caller holds. */
export async function addStep(tx: Tx, step: NewStep): Promise<void> {
  await tx.rows(
    `insert into rights.objection_steps (enterprise_id, objection_id, step_no, item_no, provider, act, by_kind, by_id, at,
       words, fields, receipt_id)
     select $1::bigint, $2, coalesce(max(step_no), 0) + 1, $3::integer, $4::text, $5, $6, $7, $8::timestamptz, $9::text,
       $10::jsonb, $11::text
     from rights.objection_steps where enterprise_id = $1::bigint and objection_id = $2`,
    [
      step.enterpriseId,
      step.objectionId,
      step.itemNo ?? null,
      step.provider ?? null,
      step.act,
      step.by.kind,
      step.by.id,
      step.at,
      step.words ?? null,
      step.fields === undefined ? null : JSON.stringify(step.fields),
      step.receiptId ?? null,
    ],
  );
}

/** Whether the node refused the item before anything of it was decided. */
export async function wasNotAccepted(
  tx: Tx,
  { enterpriseId, objectionId, itemNo }: Pick<ObjectionItem, 'enterpriseId' | 'objectionId' | 'itemNo'>,
): Promise<boolean> {
  const rows = await tx.rows(
    `select from rights.objection_steps
     where enterprise_id = $1 and objection_id = $2 and item_no = $3 and act = 'refused'`,
    [enterpriseId, objectionId, itemNo],
  );
  return rows.length > 0;
}
