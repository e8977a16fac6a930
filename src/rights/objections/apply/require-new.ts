import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import { readMergedIds } from '#lists';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import { type Attachment, OPEN_STATES } from '../definition/objection.ts';
import type { ObjectionContext } from '../objection-context.ts';
import type { ShapedItem } from './shape-item.ts';

/** Of two agents who object at once the second waits, and sees what the first has raised. Until the transaction ends. */
export async function lockApplicant(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended('rights.objections', $1::bigint))`, [
    enterpriseId,
  ]);
}

const UNDECIDED = [...OPEN_STATES, 'review_asked'];

/** Throws `objections.too_many_open`, `objections.too_many_today`. */
export async function requireRoom(
  tx: Tx,
  { clock, objectionRules: { bounds } }: Pick<ObjectionContext, 'clock' | 'objectionRules'>,
  { enterpriseId, items }: { readonly enterpriseId: EnterpriseId; readonly items: number },
): Promise<void> {
  const midnight = new Date(`${beijingDate(clock.now())}T00:00:00+08:00`);
  const [counted] = await tx.rows<{ open: number; today: number }>(
    `select (select count(*) from rights.objection_items where enterprise_id = any($1::bigint[]) and state = any($2))::integer as open,
       (select count(*) from rights.objections where enterprise_id = any($1::bigint[]) and applied_at >= $3)::integer as today`,
    [await readMergedIds(tx, enterpriseId), UNDECIDED, midnight],
  );
  const { open = 0, today = 0 } = counted ?? {};
  const { openItemsMax, applicationsPerDayMax } = bounds;
  if (open + items > openItemsMax)
    throw objectionRefusal('objections.too_many_open', { open, max: openItemsMax });
  if (today >= applicationsPerDayMax)
    throw objectionRefusal('objections.too_many_today', { max: applicationsPerDayMax });
}

type Earlier = {
  readonly objection_id: string;
  readonly item_no: number;
  readonly is_open: boolean;
  readonly digests: readonly string[];
};

/**
 * What is open is not raised again, nor what was decided without an attachment that was not handed in then. What was withdrawn
 * was never decided. Throws `objections.open_already`, `objections.same_again`.
 */
export async function requireNew(
  tx: Tx,
  of: {
    readonly enterpriseId: EnterpriseId;
    readonly items: readonly ShapedItem[];
    readonly attachments: readonly Attachment[];
  },
): Promise<void> {
  const ids = await readMergedIds(tx, of.enterpriseId);
  const seen = new Map<string, number>();
  for (const item of of.items) {
    const key = `${item.contractId} ${item.recordId ?? item.claimDigest}`;
    if (seen.has(key))
      throw objectionRefusal('objections.open_already', {
        item: item.itemNo,
        objection: seen.get(key) ?? '',
      });
    seen.set(key, item.itemNo);
    requireOneNew(item, of.attachments, await findEarlier(tx, ids, item));
  }
}

async function findEarlier(tx: Tx, ids: readonly EnterpriseId[], item: ShapedItem): Promise<Earlier[]> {
  return await tx.rows<Earlier>(
    `select i.objection_id, i.item_no, i.state = any($6) as is_open,
       array(select a ->> 'sha256' from jsonb_array_elements(o.attachments) a) as digests
     from rights.objection_items i join rights.objections o using (enterprise_id, objection_id)
     where i.enterprise_id = any($1::bigint[]) and i.contract_id = $2 and i.state <> 'withdrawn'
       and case when $3::text is null then i.record_id is null and i.claim_digest = $4
         else $3 in (i.record_id, i.first_record_id) end
       and (i.state = any($6) or i.ground = $5)
     order by i.objection_id`,
    [ids, item.contractId, item.recordId, item.claimDigest, item.ground, UNDECIDED],
  );
}

function requireOneNew(
  { itemNo: item }: ShapedItem,
  attachments: readonly Attachment[],
  earlier: readonly Earlier[],
): void {
  const open = earlier.find(({ is_open }) => is_open);
  if (open !== undefined)
    throw objectionRefusal('objections.open_already', { item, objection: open.objection_id });
  const last = earlier.at(-1);
  if (last === undefined) return;
  const known = new Set(earlier.flatMap(({ digests }) => digests));
  if (attachments.every(({ sha256 }) => known.has(sha256)))
    throw objectionRefusal('objections.same_again', { item, objection: last.objection_id });
}
