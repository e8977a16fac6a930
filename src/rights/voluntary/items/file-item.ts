import { type EnterpriseId, inTransaction, newId, sealField, type Tx, beijingDate } from '#kernel';
import { checkRecord, type Contract, readEnterprise, type RecordDefect } from '#lists';
import { type Caller, recordLeaf } from '#security';
import { type ItemValues, requireForm } from '../forms/forms.ts';
import { requirePledge } from '../pledge/pledges.ts';
import { requireRegistered } from '../registration/register-enterprise.ts';
import { type Entered, lockItems, requireEntrance } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { findOpenConflict, openConflict } from './conflict-store.ts';
import { decideFiling, type FilingFate } from './decide-filing.ts';
import { finishFiling } from './finish-filing.ts';
import {
  type FilingRow,
  insertFiling,
  type ItemRow,
  readFiling,
  readItem,
  readOpenFiling,
} from './item-store.ts';
import { canonicalValues, filingPlace, itemIdOf, takeValues, valuesDigest } from './item-values.ts';
import { renewItem } from './renew-item.ts';

export type ItemFiling = {
  readonly caller: Caller;
  /** Any code of the enterprise; not needed where the caller is it. */
  readonly code?: string | undefined;
  readonly contractId: string;
  readonly values: ItemValues;
};

/** `beside`: another entrance's word stands and the enterprise has to decide. */
export type Filed = {
  readonly itemId: string;
  readonly filingId: string;
  readonly outcome: 'kept' | 'renewed' | 'beside';
  readonly conflictId: string | null;
  readonly receiptId: string;
};

/**
 * Files one item, in named steps: entrance → registered → pledge → the contract's own row check → what stands of it → filing and
 * leaf; then its delivery, by the path of every delivery. What is filed again as it stands is renewed and not doubled.
 * Throws `voluntary.values_wrong` and the refusals of each step.
 */
export async function fileItem(context: VoluntaryContext, filing: ItemFiling): Promise<Filed> {
  const accepted = await inTransaction(context.database, (tx) => acceptFiling(tx, context, filing));
  const { enterpriseId, fate, conflictId, ...filed } = accepted;
  const outcome = fate === 'renew' ? 'renewed' : fate === 'beside' ? 'beside' : 'kept';
  if (outcome === 'kept') await finishFiling(context, { enterpriseId, filingId: filed.filingId });
  return { ...filed, outcome, conflictId };
}

/** What the row check says, before anything is filed; for whoever could file it. */
export async function checkItem(
  context: VoluntaryContext,
  { caller, code, contractId, values }: ItemFiling,
): Promise<RecordDefect[]> {
  const contract = requireForm(context.catalogue.contracts, contractId);
  return await inTransaction(context.database, async (tx) => {
    const { enterpriseId } = await requireEntrance(tx, context, { caller, code });
    return await checkValues(tx, context, { enterpriseId, contract, values: takeValues(contract, values) });
  });
}

type Accepted = Omit<Filed, 'outcome'> & { readonly enterpriseId: EnterpriseId; readonly fate: FilingFate };

async function acceptFiling(tx: Tx, context: VoluntaryContext, filing: ItemFiling): Promise<Accepted> {
  const { caller, code, contractId } = filing;
  const entered = await requireEntrance(tx, context, { caller, code });
  const { enterpriseId } = entered;
  await requireRegistered(tx, enterpriseId);
  const pledgeId = await requirePledge(tx, context, enterpriseId);
  const contract = requireForm(context.catalogue.contracts, contractId);
  const values = takeValues(contract, filing.values);
  const defects = await checkValues(tx, context, { enterpriseId, contract, values });
  requireNoDefect(defects);
  await lockItems(tx, enterpriseId);
  return await place(tx, context, { ...entered, contract, values, pledgeId, filedBy: caller.id });
}

type Placed = Entered & {
  readonly contract: Contract;
  readonly values: ItemValues;
  readonly pledgeId: string;
  readonly filedBy: string;
};

/** Under the lock of the enterprise's items: what stands now stands until this commits. */
async function place(tx: Tx, context: VoluntaryContext, asked: Placed): Promise<Accepted> {
  const { enterpriseId, contract, values, entrance } = asked;
  const canonical = canonicalValues(contract, context.catalogue.codeTables, values);
  const itemId = itemIdOf(enterpriseId, contract, canonical);
  const address = { enterpriseId, itemId };
  const digest = valuesDigest(itemId, enterpriseId, canonical);
  if ((await readOpenFiling(tx, address)) !== undefined) throw voluntaryRefusal('voluntary.under_way');
  if ((await findOpenConflict(tx, address)) !== undefined) throw voluntaryRefusal('voluntary.in_conflict');
  const item = await readItem(tx, address);
  const standing = await standingOf(tx, item);
  const order = context.voluntary.terms.entrances.map(({ id }) => id);
  const fate = decideFiling({ valuesDigest: digest, entrance }, standing, order);
  if (fate === 'renew' && item !== undefined) {
    const receiptId = await renewItem(tx, context, { item, contract, entrance, by: asked.filedBy });
    return { enterpriseId, itemId, filingId: item.filingId, fate, conflictId: null, receiptId };
  }
  const filing = await insert(tx, context, { ...asked, itemId, digest, fate });
  const { filingId, receiptId } = filing;
  const conflictId = await conflictOf(tx, context, { filing, item, fate });
  return { enterpriseId, itemId, filingId, fate, conflictId, receiptId };
}

async function standingOf(tx: Tx, item: ItemRow | undefined) {
  if (item === undefined) return undefined;
  const { enterpriseId, filingId, state } = item;
  const filing = await readFiling(tx, { enterpriseId, filingId });
  return filing === undefined ? undefined : { ...filing, state };
}

async function insert(
  tx: Tx,
  context: VoluntaryContext,
  asked: Placed & { itemId: string; digest: string; fate: FilingFate },
): Promise<FilingRow> {
  const { enterpriseId, contract, values, entrance, partyId, pledgeId, filedBy, itemId, digest, fate } =
    asked;
  const filedAt = context.clock.now();
  const filingId = newId('fil', filedAt);
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'filing',
    at: filedAt,
    subject: enterpriseId,
    body: {
      act: 'filed',
      filing: filingId,
      item: itemId,
      contract: contract.id,
      contractHash: contract.hash,
      valuesDigest: digest,
      entrance,
      party: partyId,
      pledge: pledgeId,
      by: filedBy,
    },
  });
  const filing: FilingRow = {
    enterpriseId,
    filingId,
    itemId,
    contractId: contract.id,
    valuesDigest: digest,
    valuesSealed: await sealField(tx, context.cipher, filingPlace(enterpriseId), JSON.stringify(values)),
    entrance,
    partyId,
    filedBy,
    filedAt,
    pledgeId,
    state: fate === 'beside' ? 'beside' : 'accepted',
    receiptId: receipt.id,
    settledAt: null,
  };
  await insertFiling(tx, filing);
  return filing;
}

/** Of `replace` and `beside` the enterprise has to say which is right. */
async function conflictOf(
  tx: Tx,
  { clock }: VoluntaryContext,
  { filing, item, fate }: { filing: FilingRow; item: ItemRow | undefined; fate: FilingFate },
): Promise<string | null> {
  if (item === undefined || (fate !== 'replace' && fate !== 'beside')) return null;
  const [standingFiling, otherFiling] =
    fate === 'replace' ? [filing.filingId, item.filingId] : [item.filingId, filing.filingId];
  const { enterpriseId, itemId } = filing;
  return await openConflict(tx, { enterpriseId, itemId, standingFiling, otherFiling, at: clock.now() });
}

async function checkValues(
  tx: Tx,
  { catalogue, clock }: VoluntaryContext,
  { enterpriseId, contract, values }: { enterpriseId: EnterpriseId; contract: Contract; values: ItemValues },
): Promise<RecordDefect[]> {
  const { code, name } = await readEnterprise(tx, enterpriseId);
  const record = { code: code ?? '', name, values, today: beijingDate(clock.now()) };
  return checkRecord(contract, catalogue.codeTables, record);
}

const DEFECTS_SAID_MAX = 10;

function requireNoDefect(defects: readonly RecordDefect[]): void {
  const blocking = defects.filter(({ isBlocking }) => isBlocking).slice(0, DEFECTS_SAID_MAX);
  if (blocking.length === 0) return;
  throw voluntaryRefusal('voluntary.values_wrong', {
    reasons: blocking.map(({ zh }) => zh).join(''),
    reasonsEn: blocking.map(({ en }) => en).join(' '),
  });
}
