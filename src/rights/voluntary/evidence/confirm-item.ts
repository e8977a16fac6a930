import { openField, type Tx } from '#kernel';
import type { EvidenceLevel } from '#information';
import type { Contract } from '#lists';
import type { Caller } from '#security';
import { type ItemValues, requireForm } from '../forms/forms.ts';
import { readFiling, readItem } from '../items/item-store.ts';
import { canonicalValues, filingPlace, itemIdOf, takeValues } from '../items/item-values.ts';
import { lockItems, type Opening, requireOpening, requireParty } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { VOLUNTARY_LIMITS } from '../voluntary-limits.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { addEvidence } from './evidence-store.ts';

export type Confirmation = {
  readonly caller: Caller;
  readonly code: string;
  readonly contractId: string;
  /** What the third party knows itself: the whole key of the item and something beside it. */
  readonly values: ItemValues;
};

/**
 * A third party, an auditor or the e-invoice service, says what it knows of an item; nothing of the item is shown to it. `match`
 * raises the item to L2; anything else says no more than that it cannot be confirmed, and a few of those close the way.
 * Throws `voluntary.not_opened`, `voluntary.confirmation_thin`, `voluntary.too_many_misses`.
 */
export async function confirmItem(
  tx: Tx,
  context: VoluntaryContext,
  { caller, code, contractId, values }: Confirmation,
): Promise<{ result: 'match' | 'cannot_confirm'; level: EvidenceLevel | null }> {
  const partyId = requireParty(context, caller, 'confirm_item');
  const contract = requireForm(context.catalogue.contracts, contractId);
  const opening = await requireOpening(tx, context, { kind: 'confirm', partyId, code });
  if (opening.misses >= VOLUNTARY_LIMITS.missesMax) throw voluntaryRefusal('voluntary.too_many_misses');
  await lockItems(tx, opening.enterpriseId);
  const claimed = canonicalValues(contract, context.catalogue.codeTables, takeValues(contract, values));
  requireWeight(contract, claimed);
  const item = await findMatch(tx, context, { opening, contract, claimed });
  if (item === undefined) {
    await countMiss(tx, opening);
    return { result: 'cannot_confirm', level: null };
  }
  const proof = { item, contract, kind: 'third_party' as const, reference: partyId, by: caller.id };
  return { result: 'match', level: await addEvidence(tx, context, proof) };
}

function requireWeight({ naturalKey }: Contract, claimed: ItemValues): void {
  const names = Object.keys(claimed);
  const isWhole =
    naturalKey.every((name) => names.includes(name)) && names.some((name) => !naturalKey.includes(name));
  if (!isWhole) throw voluntaryRefusal('voluntary.confirmation_thin');
}

async function findMatch(
  tx: Tx,
  context: VoluntaryContext,
  { opening, contract, claimed }: { opening: Opening; contract: Contract; claimed: ItemValues },
) {
  const { enterpriseId } = opening;
  const item = await readItem(tx, { enterpriseId, itemId: itemIdOf(enterpriseId, contract, claimed) });
  if (item?.state !== 'current') return undefined;
  const filed = await readCanonical(tx, context, { item, contract });
  return Object.entries(claimed).every(([name, value]) => filed[name] === value) ? item : undefined;
}

/** What the item says, as records keep it. */
export async function readCanonical(
  tx: Tx,
  { cipher, catalogue }: VoluntaryContext,
  { item, contract }: { item: Parameters<typeof readFiling>[1]; contract: Contract },
): Promise<ItemValues> {
  const filing = await readFiling(tx, item);
  if (filing?.valuesSealed == null) return {};
  const text = await openField(tx, cipher, filingPlace(filing.enterpriseId), filing.valuesSealed);
  return canonicalValues(contract, catalogue.codeTables, JSON.parse(text) as ItemValues);
}

async function countMiss(tx: Tx, { enterpriseId, openingId }: Opening): Promise<void> {
  await tx.rows(
    'update rights.voluntary_openings set misses = misses + 1 where enterprise_id = $1 and opening_id = $2',
    [enterpriseId, openingId],
  );
}
