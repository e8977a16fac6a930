import { createHash } from 'node:crypto';
import { canonicalHash, type Tx } from '#kernel';
import { type Grant, type LeafBody, recordLeaf } from '#security';
import type { ObjectionOutcome } from '../definition/load-objection-rules.ts';
import type { Correction, CorrectedField, ObjectionItem } from '../definition/objection.ts';
import { contractOf, liftItemMark, markWhenUpheld, putItemMark } from '../item-marks.ts';
import { mayHoldValue } from '../kept-value.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { sealValues, valuesPlace } from '../sealed-values.ts';
import { addStep, updateItem } from '../store.ts';
import { responsibleFor, startUnlessRunning } from '../terms.ts';
import { tellRecipients } from './tell-recipients.ts';

/** What becomes of an item, with its written reasons. */
export type Settlement = {
  readonly state: 'upheld' | 'rejected' | 'refused' | 'checking';
  readonly outcome: ObjectionOutcome | null;
  readonly fault: ObjectionItem['fault'];
  readonly words: string;
  readonly fields: readonly CorrectedField[];
  readonly by: { readonly kind: 'node' | 'provider' | 'delivery'; readonly id: string };
  readonly act: 'decided' | 'refused' | 'reviewed' | 'settled_by_delivery';
  readonly at: Date;
};

/**
 * Settles an item in one transaction: the mark that was open ends, that of the outcome begins, whoever received the record is
 * recalled, a leaf says what was decided and by whom. Nothing of the record is overwritten. The caller holds the objection and
 * has asked the policy.
 */
export async function settleItem(
  tx: Tx,
  context: ObjectionContext,
  {
    grant,
    item,
    settlement,
  }: { readonly grant: Grant; readonly item: ObjectionItem; readonly settlement: Settlement },
): Promise<void> {
  const { state, outcome, by, at, words, act } = settlement;
  const receiptId = await recordDecision(tx, context, { grant, item, settlement });
  const mark = await moveMark(tx, context, { grant, item, settlement });
  const sealed = (table: 'rights.objection_items' | 'rights.objection_steps') =>
    sealCorrected(tx, context, { table, item, fields: settlement.fields });
  await updateItem(tx, item, {
    state,
    outcome,
    mark,
    fault: settlement.fault,
    decided_kind: by.kind,
    decided_by: by.id,
    decided_at: at,
    decision: words,
    corrected_fields_sealed: outcome === null ? null : await sealed('rights.objection_items'),
    corrected_at: isFinished(context, item, settlement) ? at : null,
    is_followed: isFollowed(context, item, settlement),
    ...(act === 'reviewed' && { reviewed_at: at }),
  });
  const { enterpriseId, objectionId, itemNo, provider } = item;
  const said = { enterpriseId, objectionId, itemNo, provider, by, at, words, receiptId };
  await addStep(tx, {
    ...said,
    act,
    ...(outcome !== null && { fieldsSealed: await sealed('rights.objection_steps') }),
  });
  if (state === 'upheld') await bringAbout(tx, context, { item, settlement });
}

async function sealCorrected(
  tx: Tx,
  { cipher }: ObjectionContext,
  of: {
    readonly table: 'rights.objection_items' | 'rights.objection_steps';
    readonly item: ObjectionItem;
    readonly fields: readonly CorrectedField[];
  },
): Promise<string> {
  const column = of.table === 'rights.objection_items' ? 'corrected_fields' : 'fields';
  return await sealValues(tx, cipher, valuesPlace(of.table, of.item, column), of.fields);
}

/** A delivery has brought the correction, or none that the node could see will: then the department's decision is the end. */
function isFinished(context: ObjectionContext, item: ObjectionItem, settlement: Settlement): boolean {
  const { outcome, by, fields } = settlement;
  return outcome === 'corrected' && (by.kind === 'delivery' || !canShowCorrection(context, item, fields));
}

/**
 * Whether a delivery can show that what was missing is there: the dataset is delivered here, and the decision names a value
 * that an objection may hold. A record that is here shows it by being replaced.
 */
function canShowCorrection(
  context: ObjectionContext,
  item: ObjectionItem,
  fields: readonly CorrectedField[],
): boolean {
  if (item.recordId !== null) return true;
  const contract = contractOf(context, item);
  const isDelivered = contract.sharingModes.includes('replicated');
  return isDelivered && fields.some(({ field }) => mayHoldValue(contract, field));
}

/** What a delivery has settled needs no mark any more; what is out of use stays out, whatever is delivered again. */
function isFollowed(context: ObjectionContext, item: ObjectionItem, settlement: Settlement): boolean {
  const { recordId } = item;
  const { state, outcome, by } = settlement;
  if (state === 'checking') return recordId !== null;
  if (state !== 'upheld' || by.kind === 'delivery') return false;
  return recordId !== null || (outcome === 'corrected' && !isFinished(context, item, settlement));
}

async function moveMark(
  tx: Tx,
  context: ObjectionContext,
  { grant, item, settlement }: { grant: Grant; item: ObjectionItem; settlement: Settlement },
): Promise<ObjectionItem['mark']> {
  const { state, outcome, by } = settlement;
  if (state === 'checking') return item.mark;
  await liftItemMark(tx, context, grant, item);
  if (outcome === null || by.kind === 'delivery') return null;
  return await putItemMark(tx, context, grant, { item, mark: markWhenUpheld(outcome) });
}

async function bringAbout(
  tx: Tx,
  context: ObjectionContext,
  { item, settlement }: { item: ObjectionItem; settlement: Settlement },
): Promise<void> {
  const { outcome, by, at } = settlement;
  const correction = correctionOf(item, settlement);
  if (correction !== null) await tellRecipients(tx, context, correction);
  if (outcome === 'corrected' && !isFinished(context, item, settlement)) {
    const responsible = responsibleFor({ ...item, decidedKind: by.kind });
    await startUnlessRunning(tx, context, { of: item, term: 'provider_correction', responsible, at });
  }
}

/** Null: no record was wrong, one was missing. */
export function correctionOf(
  item: ObjectionItem,
  { outcome, at, fields }: Pick<Settlement, 'outcome' | 'at' | 'fields'>,
): Correction | null {
  const { enterpriseId, contractId: contract, recordId, firstRecordId, objectionId } = item;
  const wrong = recordId ?? firstRecordId;
  if (wrong === null || outcome === null) return null;
  return { enterpriseId, contract, recordId: wrong, reason: outcome, decidedAt: at, objectionId, fields };
}

/** The decision as a leaf, and what it changes as another: words and values stay out, their digests go in. */
async function recordDecision(
  tx: Tx,
  { keys }: ObjectionContext,
  { grant, item, settlement }: { grant: Grant; item: ObjectionItem; settlement: Settlement },
): Promise<string> {
  const { state, outcome, by, at, words, act, fields, fault } = settlement;
  const about: LeafBody = {
    objection: item.objectionId,
    item: item.itemNo,
    contract: item.contractId,
    record: item.recordId,
    by: by.id,
    policyHash: grant.policyHash,
  };
  const facts = { at, subject: item.enterpriseId };
  const decision = { act, state, outcome, fault, words: createHash('sha256').update(words).digest('hex') };
  const { id } = await recordLeaf(tx, keys, {
    ...facts,
    kind: 'objection_decision',
    body: { ...about, ...decision },
  });
  if (outcome !== null) {
    const changed = { act: 'record_corrected', reason: outcome, decision: id, fields: canonicalHash(fields) };
    await recordLeaf(tx, keys, { ...facts, kind: 'correction', body: { ...about, ...changed } });
  }
  return id;
}
