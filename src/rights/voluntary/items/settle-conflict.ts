import { inTransaction, openField, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import type { ItemValues } from '../forms/forms.ts';
import { lockItems, requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { closeConflict, type ConflictRow, readOpenConflicts } from './conflict-store.ts';
import { finishFiling } from './finish-filing.ts';
import { readFiling, settleFiling } from './item-store.ts';
import { filingPlace } from './item-values.ts';

/** One side of a conflict, as it was filed. */
export type ConflictSide = {
  readonly filingId: string;
  readonly entrance: string;
  readonly partyId: string | null;
  readonly filedAt: Date;
  readonly values: ItemValues;
};

/** `standing` is what holds by precedence until the enterprise decides. */
export type Conflict = {
  readonly conflictId: string;
  readonly itemId: string;
  readonly contractId: string;
  readonly foundAt: Date;
  readonly standing: ConflictSide;
  readonly other: ConflictSide;
};

export async function listConflicts(tx: Tx, context: VoluntaryContext, caller: Caller): Promise<Conflict[]> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  const conflicts: Conflict[] = [];
  for (const row of await readOpenConflicts(tx, enterpriseId)) {
    const standing = await readSide(tx, context, { enterpriseId, filingId: row.standingFiling });
    const other = await readSide(tx, context, { enterpriseId, filingId: row.otherFiling });
    const { conflictId, itemId, foundAt } = row;
    const { contractId } = standing;
    conflicts.push({ conflictId, itemId, contractId, foundAt, standing: standing.side, other: other.side });
  }
  return conflicts;
}

/** The enterprise says which is right; the other is nobody's word any more. Throws `voluntary.conflict_unknown`. */
export async function settleConflict(
  context: VoluntaryContext,
  asked: { caller: Caller; conflictId: string; chosen: string },
): Promise<{ filingId: string }> {
  const { enterpriseId, mustPublish } = await inTransaction(context.database, (tx) =>
    choose(tx, context, asked),
  );
  const filingId = asked.chosen;
  if (mustPublish) await finishFiling(context, { enterpriseId, filingId });
  return { filingId };
}

async function choose(
  tx: Tx,
  context: VoluntaryContext,
  { caller, conflictId, chosen }: { caller: Caller; conflictId: string; chosen: string },
) {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  await lockItems(tx, enterpriseId);
  const conflict = (await readOpenConflicts(tx, enterpriseId)).find((one) => one.conflictId === conflictId);
  if (conflict === undefined || ![conflict.standingFiling, conflict.otherFiling].includes(chosen))
    throw voluntaryRefusal('voluntary.conflict_unknown');
  const at = context.clock.now();
  await closeConflict(tx, { enterpriseId, conflictId, chosen, by: caller.id, at });
  const body = {
    act: 'conflict_settled',
    conflict: conflictId,
    item: conflict.itemId,
    chosen,
    by: caller.id,
  };
  await recordLeaf(tx, context.keys, { kind: 'filing', at, subject: enterpriseId, body });
  const mustPublish = await changeOther(tx, { conflict, chosen, enterpriseId, at });
  return { enterpriseId, mustPublish };
}

/** True where the one that did not stand is the one to be published. */
async function changeOther(
  tx: Tx,
  {
    conflict,
    chosen,
    enterpriseId,
    at,
  }: { conflict: ConflictRow; chosen: string; at: Date } & Pick<
    Parameters<typeof readFiling>[1],
    'enterpriseId'
  >,
): Promise<boolean> {
  const other = await readFiling(tx, { enterpriseId, filingId: conflict.otherFiling });
  const isOther = chosen === conflict.otherFiling;
  if (other === undefined) return false;
  if (isOther) return await settleFiling(tx, other, { state: 'accepted', deliveryId: null, at });
  await settleFiling(tx, other, { state: 'withdrawn', deliveryId: null, at });
  return false;
}

async function readSide(
  tx: Tx,
  { cipher }: VoluntaryContext,
  address: Parameters<typeof readFiling>[1],
): Promise<{ contractId: string; side: ConflictSide }> {
  const filing = await readFiling(tx, address);
  if (filing === undefined) throw voluntaryRefusal('voluntary.conflict_unknown');
  const { contractId, filingId, entrance, partyId, filedAt, valuesSealed } = filing;
  const text =
    valuesSealed === null
      ? '{}'
      : await openField(tx, cipher, filingPlace(filing.enterpriseId), valuesSealed);
  const values = JSON.parse(text) as ItemValues;
  return { contractId, side: { filingId, entrance, partyId, filedAt, values } };
}
