import { canonicalHash } from '#kernel';
import { type Catalogue, type Contract, type Field, readClaim, type RecordVersion } from '#lists';
import type { PermittedField } from '#security';
import type { Ground, ObjectionRules } from '../definition/load-objection-rules.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { FieldClaim, ObjectionItem } from '../definition/objection.ts';
import { mayHoldValue } from '../kept-value.ts';
import { isSameValue } from '../same-value.ts';
import type { ItemAsked } from './application.ts';

/** What the enterprise itself has of one dataset. */
export type OwnDataset = {
  readonly contract: Contract;
  readonly fields: readonly PermittedField[];
  readonly records: readonly RecordVersion[];
};

export type ShapingFacts = {
  readonly rules: ObjectionRules;
  readonly codeTables: Catalogue['codeTables'];
  readonly own: ReadonlyMap<string, OwnDataset>;
  /** Of the time-limit profile in force. */
  readonly whileDisputed: 'mark' | 'suspend';
};

export type ShapedItem = Pick<
  ObjectionItem,
  'itemNo' | 'contractId' | 'provider' | 'recordId' | 'ground' | 'fields' | 'mode'
> & {
  /** Of what is claimed: the same claim again has the same. */
  readonly claimDigest: string;
};

/** One item checked against the enterprise's own record; throws the refusal that names what does not fit. */
export function shapeItem(asked: ItemAsked, itemNo: number, facts: ShapingFacts): ShapedItem {
  const ground = requireGround(facts.rules, asked.ground);
  const dataset = facts.own.get(asked.contract);
  if (dataset === undefined)
    throw objectionRefusal('objections.dataset_unknown', { contract: asked.contract.slice(0, 60) });
  const record = findRecord(asked, itemNo, { ground, dataset });
  const fields = shapeFields(asked, itemNo, { ground, dataset, record, facts });
  const { contract } = dataset;
  return {
    itemNo,
    contractId: contract.id,
    provider: contract.provider,
    recordId: record?.recordId ?? null,
    ground: ground.id,
    fields,
    mode: modeOf(ground, fields, { contract, facts }),
    claimDigest: canonicalHash({
      ground: ground.id,
      fields: fields.map(({ field, claimedValue }) => ({ field, claimedValue })),
    }),
  };
}

/** Throws `objections.ground_unknown`. */
export function requireGround({ grounds }: ObjectionRules, id: string): Ground {
  const ground = grounds.find((one) => one.id === id);
  if (ground !== undefined) return ground;
  throw objectionRefusal('objections.ground_unknown', {
    ground: id.slice(0, 40),
    known: grounds.map((one) => one.id).join(', '),
  });
}

type Found = { readonly ground: Ground; readonly dataset: OwnDataset };

/** What is only at its source has no record here: the objection is then about what the source says. */
function findRecord(
  { record }: ItemAsked,
  itemNo: number,
  { ground, dataset }: Found,
): RecordVersion | undefined {
  if (ground.about === 'dataset') {
    if (record !== undefined) throw objectionRefusal('objections.record_not_meant', { item: itemNo });
    return undefined;
  }
  if (record === undefined) {
    if (!dataset.contract.sharingModes.includes('replicated')) return undefined;
    throw objectionRefusal('objections.record_needed', { item: itemNo });
  }
  const found = dataset.records.find(({ recordId }) => recordId === record);
  if (found === undefined)
    throw objectionRefusal('objections.record_unknown', { record: record.slice(0, 60) });
  return found;
}

type Shaping = Found & { readonly record: RecordVersion | undefined; readonly facts: ShapingFacts };

function shapeFields({ fields = [] }: ItemAsked, itemNo: number, shaping: Shaping): FieldClaim[] {
  const { ground } = shaping;
  if (ground.fields === 'required' && fields.length === 0)
    throw objectionRefusal('objections.fields_needed', { item: itemNo });
  if (ground.fields === 'none' && fields.length > 0)
    throw objectionRefusal('objections.fields_not_meant', { item: itemNo });
  return fields.map((one) => shapeClaim(one, shaping));
}

function shapeClaim(
  { field: name, claimed }: NonNullable<ItemAsked['fields']>[number],
  { ground, dataset, record, facts }: Shaping,
): FieldClaim {
  const { contract, fields } = dataset;
  const field = contract.fields.find((one) => one.name === name);
  const isMasked = !fields.some((one) => one.name === name && !one.masked);
  if (field === undefined || (isMasked && claimed !== null))
    throw objectionRefusal('objections.field_unknown', { contract: contract.id, field: name.slice(0, 60) });
  requireHoldable(contract, field, claimed);
  const isSeen = !isMasked && mayHoldValue(contract, name);
  const oldValue = !isSeen ? null : (record?.values[name] ?? null);
  const claimedValue = claimed === null ? null : requireValue(field, claimed, facts.codeTables);
  const isComparable = record !== undefined && isSeen && ground.fields === 'required';
  if (isComparable && isSameValue(field, oldValue, claimedValue))
    throw objectionRefusal('objections.nothing_claimed', { field: field.businessName });
  return { field: name, oldValue, claimedValue };
}

/** Throws `objections.value_not_kept`. */
export function requireHoldable(
  contract: Contract,
  { name, businessName }: Field,
  value: string | null,
): void {
  if (value !== null && !mayHoldValue(contract, name))
    throw objectionRefusal('objections.value_not_kept', { field: businessName });
}

/** In the form in which records are kept. Throws `objections.value_not_valid`. */
export function requireValue(field: Field, text: string, codeTables: ShapingFacts['codeTables']): string {
  const reading = readClaim(field, codeTables, text);
  if ('value' in reading) return reading.value;
  throw objectionRefusal('objections.value_not_valid', { field: field.businessName, defect: reading.defect });
}

function modeOf(
  { whileOpen }: Ground,
  fields: readonly FieldClaim[],
  { contract, facts }: { contract: Contract; facts: ShapingFacts },
): ObjectionItem['mode'] {
  const { disclosures, grades } = facts.rules.suspendFields;
  const isClosed = contract.fields.some(
    ({ name, disclosure, grade }) =>
      fields.some((one) => one.field === name) &&
      (disclosures.includes(disclosure) || grades.includes(grade)),
  );
  if (isClosed) return 'suspend';
  return whileOpen === 'profile' ? facts.whileDisputed : whileOpen;
}
