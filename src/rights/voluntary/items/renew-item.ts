import { beijingDate, type Tx } from '#kernel';
import { addDays, type Contract, endMark } from '#lists';
import { systemCaller } from '#platform';
import { recordLeaf, requireAllowed } from '#security';
import { validDaysOf } from '../forms/forms.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { type ItemRow, writeItem } from './item-store.ts';

type Renewed = {
  readonly item: ItemRow;
  readonly contract: Contract;
  readonly entrance: string;
  readonly by: string;
};

/** The same values again: they count anew from today, and the entrance is noted; the record stays the one it is. */
export async function renewItem(
  tx: Tx,
  context: VoluntaryContext,
  { item, contract, entrance, by }: Renewed,
): Promise<string> {
  const at = context.clock.now();
  if (item.state === 'stale' && item.recordId !== null) await showAgain(tx, context, { item, contract });
  const validTo = addDays(beijingDate(at), validDaysOf(contract, context.voluntary.terms));
  const entrances = [...new Set([...item.entrances, entrance])];
  await writeItem(tx, { ...item, entrances, validTo, state: 'current' }, at);
  const body = {
    act: 'renewed',
    filing: item.filingId,
    item: item.itemId,
    contract: contract.id,
    entrance,
    validTo,
    by,
  };
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'filing',
    at,
    subject: item.enterpriseId,
    body,
  });
  return receipt.id;
}

/** A stale record is withheld from everyone but its enterprise, so that nothing scores it; that ends. */
async function showAgain(
  tx: Tx,
  { policies }: VoluntaryContext,
  { item, contract }: Pick<Renewed, 'item' | 'contract'>,
): Promise<void> {
  if (item.recordId === null) return;
  const caller = systemCaller('follow_items');
  const grant = requireAllowed(policies, caller, 'follow_items', { enterprise: item.enterpriseId });
  await endMark(tx, grant, { contract, recordId: item.recordId, mark: 'withheld' });
}
