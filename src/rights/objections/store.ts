import type { Updateable } from 'kysely';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { objectionRefusal } from './definition/objection-refusals.ts';
import {
  type Attachment,
  type CorrectedField,
  type FieldClaim,
  ITEM_WORDS,
  type ItemState,
  type KeptAttachment,
  type ObjectionItem,
} from './definition/objection.ts';
import type { ObjectionContext } from './objection-context.ts';
import { namePlace, openValues, valuesPlace } from './sealed-values.ts';
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

/** Items as `i`, to be opened by `openItem`; a condition and an order are put behind it. */
export const ITEMS = `select i.enterprise_id::text as "enterpriseId", i.objection_id as "objectionId", i.item_no as "itemNo",
    i.contract_id as "contractId", i.provider, i.first_record_id as "firstRecordId", i.record_id as "recordId", i.ground,
    i.fields, i.mode, i.mark, i.state, i.outcome, i.fault, i.decided_kind as "decidedKind", i.decided_by as "decidedBy",
    i.decided_at as "decidedAt", i.decision, i.corrected_fields as "correctedFields",
    i.fields_sealed as "fieldsSealed", i.corrected_fields_sealed as "correctedFieldsSealed",
    i.review_asked_at as "reviewAskedAt", i.review_reason as "reviewReason", i.reviewed_at as "reviewedAt",
    i.corrected_at as "correctedAt", i.statement, i.is_followed as "isFollowed"
  from rights.objection_items i`;

export type Opening = Pick<ObjectionContext, 'cipher'>;

/** An item as it stands in its table: values sealed, or in clear where nobody has sealed them yet. */
export type ItemRow = Omit<ObjectionItem, 'fields' | 'correctedFields'> & {
  readonly fields: readonly FieldClaim[] | null;
  readonly fieldsSealed: string | null;
  readonly correctedFields: readonly CorrectedField[] | null;
  readonly correctedFieldsSealed: string | null;
};

type ObjectionRow = Omit<StoredObjection, 'items' | 'attachments'> & {
  readonly attachments: readonly KeptAttachment[];
};

/** What a file was called; empty where the enterprise's key was destroyed. */
async function openNames(
  tx: Tx,
  { cipher }: Opening,
  { enterpriseId, objectionId, attachments }: ObjectionRow,
): Promise<Attachment[]> {
  const opened: Attachment[] = [];
  for (const { sha256, bytes, name, nameSealed = null } of attachments) {
    const place = namePlace({ enterpriseId, objectionId }, sha256);
    const [known] = (await openValues<string>(tx, cipher, place, nameSealed)) ?? [];
    opened.push({ name: name ?? known ?? '', sha256, bytes });
  }
  return opened;
}

export async function openItems(
  tx: Tx,
  context: Opening,
  rows: readonly ItemRow[],
): Promise<ObjectionItem[]> {
  const items: ObjectionItem[] = [];
  for (const row of rows) items.push(await openItem(tx, context, row));
  return items;
}

async function openItem(tx: Tx, { cipher }: Opening, row: ItemRow): Promise<ObjectionItem> {
  const { fields, fieldsSealed, correctedFields, correctedFieldsSealed, ...item } = row;
  const placeOf = (column: 'fields' | 'corrected_fields') =>
    valuesPlace('rights.objection_items', row, column);
  const claims = fields ?? (await openValues<FieldClaim>(tx, cipher, placeOf('fields'), fieldsSealed));
  const corrected =
    correctedFields ??
    (await openValues<CorrectedField>(tx, cipher, placeOf('corrected_fields'), correctedFieldsSealed));
  return { ...item, fields: claims ?? [], correctedFields: corrected };
}

/** Holds the objection: who acts on it at once waits. Throws `objections.unknown`. */
export async function takeObjection(tx: Tx, context: Opening, objectionId: string): Promise<StoredObjection> {
  return await readOne(tx, context, { objectionId, lock: ' for update' });
}

/** Throws `objections.unknown`. */
export async function findObjection(tx: Tx, context: Opening, objectionId: string): Promise<StoredObjection> {
  return await readOne(tx, context, { objectionId, lock: '' });
}

async function readOne(
  tx: Tx,
  context: Opening,
  { objectionId, lock }: { readonly objectionId: string; readonly lock: '' | ' for update' },
): Promise<StoredObjection> {
  const [row] = await tx.rows<ObjectionRow>(`${OBJECTION} where objection_id = $1${lock}`, [objectionId]);
  if (row === undefined)
    throw objectionRefusal('objections.unknown', { objection: objectionId.slice(0, 40) });
  const rows = await tx.rows<ItemRow>(
    `${ITEMS} where i.enterprise_id = $1 and i.objection_id = $2 order by i.item_no`,
    [row.enterpriseId, objectionId],
  );
  const items = await openItems(tx, context, rows);
  const attachments = await openNames(tx, context, row);
  return { ...row, enterpriseId: toEnterpriseId(row.enterpriseId), attachments, items };
}

/** Objections of these enterprises, the latest first. */
export async function selectObjections(
  tx: Tx,
  context: Opening,
  ids: readonly EnterpriseId[],
  limit: number,
): Promise<StoredObjection[]> {
  const rows = await tx.rows<ObjectionRow>(
    `${OBJECTION} where enterprise_id = any($1::bigint[]) order by objection_id desc limit $2`,
    [ids, limit],
  );
  const found = await tx.rows<ItemRow>(
    `${ITEMS} where i.enterprise_id = any($1::bigint[]) and i.objection_id = any($2) order by i.item_no`,
    [ids, rows.map(({ objectionId }) => objectionId)],
  );
  const items = await openItems(tx, context, found);
  const byObjection = Map.groupBy(items, ({ objectionId }) => objectionId);
  const objections: StoredObjection[] = [];
  for (const row of rows) {
    const attachments = await openNames(tx, context, row);
    objections.push({ ...row, attachments, items: byObjection.get(row.objectionId) ?? [] });
  }
  return objections;
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
  readonly fieldsSealed?: string;
  readonly receiptId?: string;
};

/** The next step of an objection that the caller holds. */
export async function addStep(tx: Tx, step: NewStep): Promise<void> {
  await tx.rows(
    `insert into rights.objection_steps (enterprise_id, objection_id, step_no, item_no, provider, act, by_kind, by_id, at,
       words, fields_sealed, receipt_id)
     select $1::bigint, $2, coalesce(max(step_no), 0) + 1, $3::integer, $4::text, $5, $6, $7, $8::timestamptz, $9::text,
       $10::text, $11::text
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
      step.fieldsSealed ?? null,
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
