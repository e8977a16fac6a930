import { inTransaction, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import { endEvidence } from '../evidence/evidence-store.ts';
import { lockItems, requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { closeConflict, findOpenConflict } from './conflict-store.ts';
import { finishFiling } from './finish-filing.ts';
import { readFiling, readItem, readOpenFiling, settleFiling, writeItem } from './item-store.ts';

/**
 * The enterprise takes an item back, at any time and without a reason: its record has ended when this returns, and nobody is
 * answered with it from the next call on. Throws `voluntary.item_unknown`, `voluntary.under_way`.
 */
export async function withdrawItem(
  context: VoluntaryContext,
  { caller, itemId }: { caller: Caller; itemId: string },
): Promise<{ receiptId: string }> {
  const { receiptId, ...address } = await inTransaction(context.database, (tx) =>
    begin(tx, context, { caller, itemId }),
  );
  await finishFiling(context, address);
  return { receiptId };
}

async function begin(
  tx: Tx,
  context: VoluntaryContext,
  { caller, itemId }: { caller: Caller; itemId: string },
) {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  await lockItems(tx, enterpriseId);
  const item = await readItem(tx, { enterpriseId, itemId });
  if (item === undefined || item.state === 'withdrawn') throw voluntaryRefusal('voluntary.item_unknown');
  if ((await readOpenFiling(tx, { enterpriseId, itemId })) !== undefined)
    throw voluntaryRefusal('voluntary.under_way');
  const { filingId } = item;
  const at = context.clock.now();
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'filing',
    at,
    subject: enterpriseId,
    body: { act: 'withdrawn', filing: filingId, item: itemId, contract: item.contractId, by: caller.id },
  });
  await settleFiling(
    tx,
    { enterpriseId, filingId, state: 'kept' },
    { state: 'withdrawing', deliveryId: null, at },
  );
  await writeItem(tx, { ...item, level: 'L0', state: 'withdrawn' }, at);
  await endEvidence(tx, { enterpriseId, filingId, at });
  await endOther(tx, { enterpriseId, itemId, filingId, by: caller.id, at });
  return { enterpriseId, filingId, receiptId: receipt.id };
}

/** What another entrance says of it goes with it. */
async function endOther(
  tx: Tx,
  { by, at, ...of }: { by: string; at: Date; filingId: string } & Parameters<typeof findOpenConflict>[1],
): Promise<void> {
  const { enterpriseId, filingId } = of;
  const conflict = await findOpenConflict(tx, of);
  if (conflict === undefined) return;
  await closeConflict(tx, { enterpriseId, conflictId: conflict.conflictId, chosen: filingId, by, at });
  const other = await readFiling(tx, { enterpriseId, filingId: conflict.otherFiling });
  if (other !== undefined) await settleFiling(tx, other, { state: 'withdrawn', deliveryId: null, at });
}
