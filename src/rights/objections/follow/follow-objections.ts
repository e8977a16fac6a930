import { inTransaction, toEnterpriseId, type Tx } from '#kernel';
import {
  type Contract,
  findFates,
  readDatasets,
  readKnownAt,
  type RecordFate,
  type RecordVersion,
} from '#lists';
import { systemCaller } from '#platform';
import { decide, type Grant, requireAllowed } from '#security';
import { awaitsCorrection, type CorrectedField, type ObjectionItem } from '../definition/objection.ts';
import { stepOf } from '../handle/check-items.ts';
import { correctionOf, settleItem, type Settlement } from '../handle/settle-item.ts';
import { tellRecipients } from '../handle/tell-recipients.ts';
import { contractOf, markWhenUpheld, markWhileOpen, putItemMark } from '../item-marks.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { mayHoldValue } from '../kept-value.ts';
import { isSameValue } from '../same-value.ts';
import { sealValues, valuesPlace } from '../sealed-values.ts';
import { addStep, type ItemRow, ITEMS, takeObjection, updateItem } from '../store.ts';
import { endMetTerms } from '../terms.ts';
import { sealOlderValues } from './seal-older.ts';

const FOLLOW_LIMITS = Object.freeze({
  /** Items whose fate one statement asks for. */
  itemsPerStep: 500,
  /** Far more records than one enterprise has of one dataset. */
  recordsPerDatasetMax: 10_000,
});

export type FollowedObjections = {
  /** Looked at, and moved on because their record had. */
  readonly looked: number;
  readonly moved: number;
};

/**
 * What deliveries have done to records that objections are about: a corrected one settles the objection, a withdrawn one too, a
 * new version in which nothing changed of what is disputed carries the mark on. After each delivery and every hour; calling it
 * again finds nothing left.
 */
export async function followObjections(
  context: ObjectionContext,
  { contracts }: { readonly contracts?: readonly string[] } = {},
): Promise<FollowedObjections> {
  await sealOlderValues(context);
  const done = { looked: 0, moved: 0 };
  let after: Cursor = { enterpriseId: '0', objectionId: '', itemNo: 0 };
  for (;;) {
    const items = await inTransaction(context.database, (tx) => selectFollowed(tx, contracts ?? null, after));
    const last = items.at(-1);
    if (last === undefined) return done;
    after = last;
    done.looked += items.length;
    for (const item of await inTransaction(context.database, (tx) => selectMoved(tx, context, items)))
      if (await inTransaction(context.database, (tx) => followOne(tx, context, item))) done.moved += 1;
  }
}

/** Values are opened once the objection is held. */
type FollowedItem = Pick<ItemRow, 'enterpriseId' | 'objectionId' | 'itemNo' | 'contractId' | 'recordId'>;

type Cursor = { readonly enterpriseId: string; readonly objectionId: string; readonly itemNo: number };

async function selectFollowed(
  tx: Tx,
  contracts: readonly string[] | null,
  after: Cursor,
): Promise<FollowedItem[]> {
  const rows = await tx.rows<ItemRow>(
    `${ITEMS} where i.is_followed and ($1::text[] is null or i.contract_id = any($1))
       and (i.enterprise_id, i.objection_id, i.item_no) > ($2::bigint, $3, $4)
     order by i.enterprise_id, i.objection_id, i.item_no limit $5`,
    [contracts, after.enterpriseId, after.objectionId, after.itemNo, FOLLOW_LIMITS.itemsPerStep],
  );
  return rows.map((row) => ({ ...row, enterpriseId: toEnterpriseId(row.enterpriseId) }));
}

/** Those whose record is no longer the live version, and those that wait for a record which was missing. */
async function selectMoved(
  tx: Tx,
  context: ObjectionContext,
  items: readonly FollowedItem[],
): Promise<FollowedItem[]> {
  const moved: FollowedItem[] = [];
  for (const [contractId, own] of Map.groupBy(items, (item) => item.contractId)) {
    const fates = await fatesOf(tx, context, contractOf(context, { contractId }), own);
    moved.push(...own.filter(({ recordId }) => recordId === null || fates.get(recordId)?.state !== 'live'));
  }
  return moved;
}

async function fatesOf(
  tx: Tx,
  { policies }: ObjectionContext,
  contract: Contract,
  items: readonly FollowedItem[],
): Promise<Map<string, RecordFate>> {
  const grant = requireAllowed(policies, systemCaller('follow_objections'), 'check_objection');
  const records = items.flatMap(({ enterpriseId, recordId }) =>
    recordId === null ? [] : [{ enterpriseId, recordId }],
  );
  return await findFates(tx, grant, { contract, records });
}

/** Looks again with the objection held. False: somebody else was first, or nothing is to be done. */
async function followOne(tx: Tx, context: ObjectionContext, seen: FollowedItem): Promise<boolean> {
  const objection = await takeObjection(tx, context, seen.objectionId);
  const item = objection.items.find(({ itemNo }) => itemNo === seen.itemNo);
  if (item === undefined || !item.isFollowed || item.recordId !== seen.recordId) return false;
  const grant = requireAllowed(context.policies, systemCaller('follow_objections'), 'check_objection', {
    enterprise: item.enterpriseId,
  });
  const isMoved = await move(tx, context, { item, grant, at: context.clock.now() });
  if (isMoved) await endMetTerms(tx, context, objection, context.clock.now());
  return isMoved;
}

type Followed = { readonly item: ObjectionItem; readonly grant: Grant; readonly at: Date };

async function move(tx: Tx, context: ObjectionContext, of: Followed): Promise<boolean> {
  const { item } = of;
  if (item.recordId === null) return await lookForMissing(tx, context, of);
  const fates = await fatesOf(tx, context, contractOf(context, item), [item]);
  const fate = fates.get(item.recordId);
  // A record of another major version of the contract has no fate here.
  if (fate === undefined || fate.state === 'live') return false;
  if (fate.state === 'ended') await recordEnded(tx, context, of);
  else await recordReplaced(tx, context, of, fate.by);
  return true;
}

/** 信息遗漏, upheld: it is corrected once a record says what the decision says. */
async function lookForMissing(tx: Tx, context: ObjectionContext, of: Followed): Promise<boolean> {
  const records = await readRecords(tx, context, of.item);
  if (!awaitsCorrection(of.item) || !records.some((record) => hasValues(context, of.item, record)))
    return false;
  await finishCorrection(tx, of);
  return true;
}

async function recordEnded(tx: Tx, context: ObjectionContext, of: Followed): Promise<void> {
  const { item } = of;
  if (item.state === 'upheld') {
    if (awaitsCorrection(item)) await finishCorrection(tx, of);
    else await updateItem(tx, item, { is_followed: false });
    return;
  }
  const words = '提供单位已撤回该记录。The department has withdrawn the record.';
  await settleByDelivery(tx, context, of, { outcome: 'annulled', words, fields: [] });
}

async function recordReplaced(tx: Tx, context: ObjectionContext, of: Followed, by: string): Promise<void> {
  const { item } = of;
  const version = (await readRecords(tx, context, item)).find(({ recordId }) => recordId === by);
  if (awaitsCorrection(item) && version !== undefined && hasValues(context, item, version))
    return await finishCorrection(tx, of);
  const isOpenClaim =
    item.state !== 'upheld' && item.fields.some(({ claimedValue }) => claimedValue !== null);
  if (isOpenClaim && version !== undefined && hasValues(context, item, version)) {
    const words = '提供单位已按申请更正该记录。The department has corrected the record as applied for.';
    const fields = item.fields.map(({ field, oldValue, claimedValue: newValue }) => ({
      field,
      oldValue,
      newValue,
    }));
    return await settleByDelivery(tx, context, of, { outcome: 'corrected', words, fields });
  }
  await carryOn(tx, context, of, { recordId: by, version });
}

/** Whether the record now says what was decided, or, undecided, what was claimed. */
function hasValues(context: ObjectionContext, item: ObjectionItem, { values }: RecordVersion): boolean {
  const contract = contractOf(context, item);
  const named =
    item.correctedFields?.map(({ field, newValue }) => ({ field, value: newValue })) ??
    item.fields.map(({ field, claimedValue }) => ({ field, value: claimedValue }));
  const wanted = named.filter(({ field }) => mayHoldValue(contract, field));
  // Nothing to compare: a version that followed is the correction, and a missing record is not told from others.
  if (wanted.length === 0) return item.recordId !== null;
  return wanted.every(({ field: name, value }) => {
    const field = contract.fields.find((one) => one.name === name);
    return field !== undefined && isSameValue(field, values[name] ?? null, value);
  });
}

/**
 * The mark goes over to the version that followed, with the values as that has them. It stays on the version before, which can
 * still be asked for as of an earlier day.
 */
async function carryOn(
  tx: Tx,
  context: ObjectionContext,
  { item, grant, at }: Followed,
  { recordId, version }: { readonly recordId: string; readonly version: RecordVersion | undefined },
): Promise<void> {
  const on = { ...item, recordId };
  const kind = item.outcome === null ? markWhileOpen(item) : markWhenUpheld(item.outcome);
  const mark = await putItemMark(tx, context, grant, { item: on, mark: kind });
  const fields = item.fields.map((one) => ({
    ...one,
    oldValue: mayHoldValue(contractOf(context, item), one.field)
      ? (version?.values[one.field] ?? one.oldValue)
      : null,
  }));
  const place = valuesPlace('rights.objection_items', item);
  const sealed = await sealValues(tx, context.cipher, place, fields);
  await updateItem(tx, item, { record_id: recordId, mark, fields: null, fields_sealed: sealed });
  await addStep(tx, { ...stepOf(item), act: 'record_replaced', by: BY_DELIVERY, at });
  // Between its publication and now the new version was read without the mark.
  const correction =
    item.outcome === null
      ? null
      : correctionOf(on, { ...item, outcome: item.outcome, at, fields: item.correctedFields ?? [] });
  if (correction !== null) await tellRecipients(tx, context, correction);
}

const BY_DELIVERY = { kind: 'delivery', id: 'system:follow_objections' } as const;

async function finishCorrection(tx: Tx, { item, at }: Followed): Promise<void> {
  await updateItem(tx, item, { corrected_at: at, is_followed: false });
  await addStep(tx, { ...stepOf(item), act: 'corrected', by: BY_DELIVERY, at });
}

/** The delivery has said what a decision would have said. */
async function settleByDelivery(
  tx: Tx,
  context: ObjectionContext,
  { item, grant, at }: Followed,
  said: Pick<Settlement, 'outcome' | 'words'> & { readonly fields: readonly CorrectedField[] },
): Promise<void> {
  const settlement = {
    ...said,
    state: 'upheld',
    fault: null,
    by: BY_DELIVERY,
    act: 'settled_by_delivery',
    at,
  } as const;
  await settleItem(tx, context, { grant, item, settlement });
}

/** The enterprise's records of the dataset as the node itself reads them, without what is withheld. */
async function readRecords(
  tx: Tx,
  context: ObjectionContext,
  item: ObjectionItem,
): Promise<readonly RecordVersion[]> {
  const contracts = [contractOf(context, item)];
  const permit = decide(tx, context.policies, {
    caller: systemCaller('follow_objections'),
    purpose: 'operate',
    subject: item.enterpriseId,
    contracts,
    asOf: { knownAt: await readKnownAt(tx, [item.contractId]) },
  });
  const [answer] = await readDatasets(tx, permit, { contracts, limit: FOLLOW_LIMITS.recordsPerDatasetMax });
  return answer?.records ?? [];
}
