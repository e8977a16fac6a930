import type { Tx } from '#kernel';
import { eraseLeafBody } from '#security';

/**
 * Takes what a record said out of the objections to it: values, and the words about them. State, day and outcome stay. The leaves
 * of these steps held digests of values that can be guessed, so their bodies go with their salts and the commitments open no
 * more. An objection all of whose records are gone loses its reason and names of attachments too. Needs the removals of the
 * records to be written.
 */
export async function redactObjections(
  tx: Tx,
  { contract, records }: { readonly contract: string; readonly records: readonly string[] },
): Promise<number> {
  const items = await tx.rows<ItemRow>(REDACT_ITEMS, [contract, records, GONE]);
  if (items.length === 0) return 0;
  const places = [
    items.map(({ enterpriseId }) => enterpriseId),
    items.map(({ objectionId }) => objectionId),
    items.map(({ itemNo }) => itemNo),
  ];
  const steps = await tx.rows<Leaf>(REDACT_STEPS, places);
  const whole = await tx.rows<Leaf>(REDACT_WHOLE, [...places.slice(0, 2), GONE]);
  const common = await tx.rows<Leaf>(REDACT_COMMON_STEPS, [whole.map(({ objectionId }) => objectionId)]);
  for (const { receiptId } of [...steps, ...whole, ...common]) {
    if (receiptId !== null) await eraseLeafBody(tx, receiptId);
  }
  return items.length;
}

const GONE = '（保存期满，已删除）';

type ItemRow = { readonly enterpriseId: string; readonly objectionId: string; readonly itemNo: number };
type Leaf = { readonly objectionId: string; readonly receiptId: string | null };

/** The digest of the claim can be guessed as the values can; of a decided item nobody asks for it. */
const REDACT_ITEMS = `
  update rights.objection_items i set
    fields = null, fields_sealed = null, corrected_fields = null, corrected_fields_sealed = null,
    claim_digest = repeat('0', 64), decision = case when i.decision is not null then $3 end,
    review_reason = case when i.review_reason is not null then $3 end, statement = null, is_followed = false
  where i.contract_id = $1 and (i.record_id = any($2) or i.first_record_id = any($2))
  returning i.enterprise_id::text as "enterpriseId", i.objection_id as "objectionId", i.item_no as "itemNo"`;

const REDACT_STEPS = `
  update rights.objection_steps s set words = null, fields = null, fields_sealed = null
  from unnest($1::bigint[], $2::text[], $3::integer[]) as gone (enterprise_id, objection_id, item_no)
  where s.enterprise_id = gone.enterprise_id and s.objection_id = gone.objection_id and s.item_no = gone.item_no
  returning s.objection_id as "objectionId", s.receipt_id as "receiptId"`;

const REDACT_WHOLE = `
  update rights.objections o set reason = $3, attachments = '[]'
  from (select distinct enterprise_id, objection_id from unnest($1::bigint[], $2::text[]) as asked (enterprise_id, objection_id)) gone
  where o.enterprise_id = gone.enterprise_id and o.objection_id = gone.objection_id
    and not exists (
      select from rights.objection_items i
      where i.enterprise_id = o.enterprise_id and i.objection_id = o.objection_id
        and not exists (
          select from rights.removals r
          where r.enterprise_id = i.enterprise_id and r.versions && array[i.record_id, i.first_record_id]))
  returning o.objection_id as "objectionId", o.receipt_id as "receiptId"`;

/** Steps about all items at once. */
const REDACT_COMMON_STEPS = `
  update rights.objection_steps s set words = null, fields = null, fields_sealed = null
  where s.objection_id = any($1) and s.item_no is null
  returning s.objection_id as "objectionId", s.receipt_id as "receiptId"`;
