import { beijingDate, inTransaction, Refusal, type Tx } from '#kernel';
import { addDays, type Contract, putMark } from '#lists';
import { systemCaller } from '#platform';
import { type Grant, recordLeaf, requireAllowed } from '#security';
import { type ItemRow, takeExpired, writeItem } from '../items/item-store.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { VOLUNTARY_LIMITS } from '../voluntary-limits.ts';

export type FollowedItems = { readonly reminded: number; readonly ended: number };

export type ItemNotice = {
  readonly itemId: string;
  readonly contractId: string;
  readonly validTo: string;
  readonly notice: 'reminder' | 'stale';
  readonly toldAt: Date;
};

/**
 * Reminds of what runs out and ends what has: a stale item is withheld from everyone but its enterprise, so that no answer,
 * report or score rests on it, until it is filed again. Page by page; called again after a crash it goes on.
 */
export async function followItems(context: VoluntaryContext): Promise<FollowedItems> {
  const today = beijingDate(context.clock.now());
  const reminded = await inTransaction(context.database, (tx) => remind(tx, context, today));
  let ended = 0;
  for (;;) {
    const page = await inTransaction(context.database, (tx) => endPage(tx, context, today));
    ended += page;
    if (page < VOLUNTARY_LIMITS.followPageRows) return { reminded, ended };
  }
}

/** Newest first, for the pages of the enterprise and its export. */
export async function readItemNotices(tx: Tx, enterpriseId: string): Promise<ItemNotice[]> {
  return await tx.rows<ItemNotice>(
    `select n.item_id as "itemId", i.contract_id as "contractId", n.valid_to::text as "validTo", n.notice,
       n.told_at as "toldAt"
     from rights.item_notices n
     join rights.items i on i.enterprise_id = n.enterprise_id and i.item_id = n.item_id and i.known_to = 'infinity'
     where n.enterprise_id = $1 order by n.told_at desc, n.item_id limit 200`,
    [enterpriseId],
  );
}

/** One statement: a reminder for each day that ends an item is said once. */
async function remind(tx: Tx, { clock, voluntary }: VoluntaryContext, today: string): Promise<number> {
  const rows = await tx.rows(
    `insert into rights.item_notices (enterprise_id, item_id, valid_to, notice, told_at)
     select enterprise_id, item_id, valid_to, 'reminder', $3 from rights.items
     where known_to = 'infinity' and state = 'current' and valid_to >= $1 and valid_to <= $2
     on conflict do nothing returning item_id`,
    [today, addDays(today, voluntary.terms.remindDays), clock.now()],
  );
  return rows.length;
}

async function endPage(tx: Tx, context: VoluntaryContext, today: string): Promise<number> {
  const items = await takeExpired(tx, today, VOLUNTARY_LIMITS.followPageRows);
  for (const item of items) await endItem(tx, context, item);
  return items.length;
}

async function endItem(tx: Tx, context: VoluntaryContext, item: ItemRow): Promise<void> {
  const { enterpriseId, itemId, contractId, recordId, filingId, validTo } = item;
  const caller = systemCaller('follow_items');
  const grant = requireAllowed(context.policies, caller, 'follow_items', { enterprise: enterpriseId });
  const at = context.clock.now();
  const contract = context.catalogue.contracts.get(contractId);
  if (recordId !== null && contract !== undefined) await withhold(tx, grant, { contract, recordId });
  await writeItem(tx, { ...item, state: 'stale' }, at);
  await tx.rows(
    `insert into rights.item_notices (enterprise_id, item_id, valid_to, notice, told_at)
     values ($1, $2, $3, 'stale', $4) on conflict do nothing`,
    [enterpriseId, itemId, validTo, at],
  );
  const body = { act: 'ran_out', filing: filingId, item: itemId, contract: contractId, validTo };
  await recordLeaf(tx, context.keys, { kind: 'filing', at, subject: enterpriseId, body });
}

/** A record that is gone or withheld already needs nothing: one item must not hold back those after it. */
async function withhold(
  tx: Tx,
  grant: Grant,
  { contract, recordId }: { contract: Contract; recordId: string },
): Promise<void> {
  try {
    await putMark(tx, grant, { contract, recordId, mark: 'withheld', ground: 'voluntary.stale' });
  } catch (error) {
    const isSettled = error instanceof Refusal && SETTLED.has(error.code);
    if (!isSettled) throw error;
  }
}

const SETTLED: ReadonlySet<string> = new Set(['marks.record_unknown', 'marks.marked_already']);
