import { createHash } from 'node:crypto';
import { canonicalJson, type Database, inTransaction, type Tx } from '#kernel';
import type { Contract, Field } from '#lists';
import { newDisclosureId, recordDisclosure, recordLeaf } from '#security';
import {
  type DeclinedContext,
  type OwnAsk,
  type OwnRecord,
  type OwnRecords,
  readOwnPositive,
} from './own-records.ts';

/** One record as its enterprise chooses by: what it is, of which day, and whether others read it. */
export type PositiveRecord = {
  /** `<delivery>:<row>`, by which it is declined. */
  readonly record: string;
  readonly contract: string;
  readonly name: string;
  /** Why the dataset is positive. */
  readonly reason: { readonly zh: string; readonly en: string };
  /** The values that tell it from its like, codes by their names. */
  readonly title: string;
  /** When it happened, where the dataset says. */
  readonly at: string | null;
  /** False: it states a revocation or the like, and cannot be declined. */
  readonly isPositive: boolean;
  /** Null: others read it. */
  readonly declinedSince: Date | null;
};

export type PositiveList = {
  readonly disclosureId: string;
  readonly receiptId: string;
  readonly knownAt: Date;
  /** The law that lets an enterprise decline them. */
  readonly basis: string;
  readonly records: readonly PositiveRecord[];
  /** False: a dataset has more records than are listed. */
  readonly isComplete: boolean;
};

/**
 * 本企业的正面信息: the enterprise's own records of the positive datasets, those it has declined among them. One transaction
 * with its leaf and disclosure. Throws the policy's refusal unless it asks for itself.
 */
export async function listPositiveRecords(
  database: Database,
  context: DeclinedContext,
  asked: OwnAsk,
): Promise<PositiveList> {
  return await inTransaction(database, async (tx) => {
    const own = await readOwnPositive(tx, context, asked);
    const content = {
      knownAt: own.permit.asOf.knownAt,
      basis: context.positive.basis,
      records: own.records.map((one) => toListed(one, own, context)),
      isComplete: own.isComplete,
    };
    return { ...content, ...(await record(tx, context, { own, content })) };
  });
}

function toListed(
  { dataset, contract, record, isPositive, declinedSince }: OwnRecord,
  { permit }: OwnRecords,
  { catalogue }: DeclinedContext,
): PositiveRecord {
  const whole = new Set(permit.fields(contract.id).flatMap(({ name, masked }) => (masked ? [] : [name])));
  const shown = shownFields(contract).filter(({ name }) => whole.has(name));
  const isKey = ({ name }: Field): boolean => contract.naturalKey.includes(name);
  const textOf = ({ name, codes }: Field): string[] => {
    const value = record.values[name];
    if (value === null || value === undefined) return [];
    const known = codes === undefined ? undefined : catalogue.codeTables.get(codes)?.values;
    return [known?.find(({ code }) => code === value)?.name ?? value];
  };
  const at = shown.find(({ name }) => name === contract.businessTime);
  return {
    record: record.recordId,
    contract: contract.id,
    name: contract.name,
    reason: dataset.reason,
    title: shown.filter(isKey).flatMap(textOf).join(' · '),
    at: at === undefined ? null : (record.values[at.name] ?? null),
    isPositive,
    declinedSince,
  };
}

/** Enough to know the record again, and no more. */
function shownFields({ fields, naturalKey, businessTime }: Contract): Field[] {
  return fields.filter(({ name }) => naturalKey.includes(name) || name === businessTime);
}

async function record(
  tx: Tx,
  { keys, clock, positive }: DeclinedContext,
  { own, content }: { own: OwnRecords; content: object },
): Promise<{ disclosureId: string; receiptId: string }> {
  const { permit } = own;
  const at = clock.now();
  const id = newDisclosureId(at);
  const text = canonicalJson(JSON.parse(JSON.stringify({ disclosureId: id, ...content })));
  const contracts = own.contracts.map((contract) => contract.id);
  const { id: receiptId } = await recordLeaf(tx, keys, {
    kind: 'export',
    at,
    subject: permit.subject,
    body: {
      disclosure: id,
      what: 'positive_records',
      definition: positive.version,
      caller: permit.caller.id,
      purpose: permit.purpose,
      contracts,
      policyHash: permit.policyHash,
      knownAt: permit.asOf.knownAt.toISOString(),
    },
  });
  await recordDisclosure(tx, {
    id,
    permit,
    kind: 'export',
    contracts,
    fields: Object.fromEntries(
      own.contracts.map((contract) => [contract.id, shownFields(contract).map(({ name }) => name)]),
    ),
    contentDigest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    receiptId,
    at,
  });
  return { disclosureId: id, receiptId };
}
