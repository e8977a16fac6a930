import { canonicalHash, type Tx } from '#kernel';
import { readEnterprise } from '#lists';
import { readParticipants, systemCaller } from '#platform';
import {
  type Caller,
  PURPOSE_WORDS,
  recordLeaf,
  requireAllowed,
  type TracedDisclosure,
  traceDisclosures,
} from '#security';
import { monthsBefore } from '../../recall/months-before.ts';
import { requirePerson } from '../identity/require-person.ts';
import type { Person } from '../identity/person-store.ts';
import type { PersonsContext } from '../persons-context.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';
import { definitionOf, type LiveMention, readLiveMentions, selectMentions } from './read-mentions.ts';

type Words = { readonly zh: string; readonly en: string };

/** One record about the person: which fields, from where, since when. */
export type OwnRecord = {
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly contract: { readonly id: string; readonly version: string; readonly name: string };
  readonly record: string;
  readonly as: Words;
  readonly source: string;
  readonly duty: { readonly name: string; readonly basis: string };
  readonly kept: { readonly value: number; readonly unit: string; readonly from: string };
  readonly knownFrom: Date;
  readonly fields: readonly {
    readonly field: string;
    readonly name: string;
    readonly disclosure: string;
    readonly value: string | null;
    /** Its middle is not kept by the node at all. */
    readonly masked: boolean;
  }[];
};

export type OwnData = {
  readonly records: readonly OwnRecord[];
  /** There are more than are shown. */
  readonly isCut: boolean;
  /** Of the log: that this was given, with its digest. */
  readonly receiptId: string;
  readonly digest: string;
  readonly at: Date;
};

/**
 * 查阅、复制 (article 45): all fields about the person across contracts and enterprises, machine-readable, with source, duty and
 * retention. Leaves a leaf with the digest of what was given, of no enterprise: none sees that the person asked. Throws
 * `policy.…`, `persons.not_proved`.
 */
export async function readOwnData(
  tx: Tx,
  context: PersonsContext,
  { caller }: { readonly caller: Caller },
): Promise<OwnData> {
  const { person } = await requirePerson(tx, context, caller);
  const addresses = await selectMentions(tx, person, PERSONS_LIMITS.recordsMax + 1);
  const live = await readLiveMentions(tx, context, addresses.slice(0, PERSONS_LIMITS.recordsMax));
  const records: OwnRecord[] = [];
  for (const one of live) records.push(await toOwnRecord(tx, one));
  const at = context.clock.now();
  const digest = canonicalHash(
    records.map(({ record, contract, fields }) => ({ record, contract: contract.id, fields })),
  );
  const body = { act: 'person_data_given', person: person.personId, records: records.length, digest };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'export', at, body });
  return { records, isCut: addresses.length > PERSONS_LIMITS.recordsMax, receiptId, digest, at };
}

async function toOwnRecord(tx: Tx, live: LiveMention): Promise<OwnRecord> {
  const { contractInForce: contract, definition, version, fields } = live;
  const { code, name } = await readEnterprise(tx, live.enterpriseId);
  const masked = new Set(fields.filter((one) => one.masked).map((one) => one.name));
  return {
    enterprise: { code, name },
    contract: { id: contract.id, version: contract.version, name: contract.name },
    record: live.record,
    as: definition.words,
    source: contract.provider,
    duty: contract.duty,
    kept: contract.retention,
    knownFrom: version.knownFrom,
    fields: contract.fields
      .filter((field) => definition.fields.includes(field.name))
      .map(({ name: field, businessName, disclosure }) => ({
        field,
        name: businessName,
        disclosure,
        value: version.values[field] ?? null,
        masked: masked.has(field),
      })),
  };
}

/** Who received a record with data about the person, or something made from it. */
export type PersonAccess = {
  readonly disclosureId: string;
  readonly at: Date;
  readonly kind: string;
  readonly contract: string;
  readonly purpose: { readonly code: string; readonly zh: string; readonly en: string };
  readonly institution: { readonly id: string; readonly name: Words } | null;
  readonly receiptId: string;
};

/** 谁读过: newest first, within the months that the definition says. */
export async function listPersonAccesses(
  tx: Tx,
  context: PersonsContext,
  { caller }: { readonly caller: Caller },
): Promise<PersonAccess[]> {
  const { person } = await requirePerson(tx, context, caller);
  const traced = await traceAbout(tx, context, person);
  const latest = traced
    .toSorted((one, other) => other.at.getTime() - one.at.getTime())
    .slice(0, PERSONS_LIMITS.accessesMax);
  const names = await readParticipants(
    tx,
    latest.flatMap(({ institution }) => institution ?? []),
  );
  return latest.map((one) => ({
    disclosureId: one.disclosureId,
    at: one.at,
    kind: one.kind,
    contract: one.contract,
    purpose: { code: one.purpose, ...wordsOf(one.purpose) },
    institution:
      one.institution === null
        ? null
        : {
            id: one.institution,
            name: names.get(one.institution)?.name ?? { zh: one.institution, en: one.institution },
          },
    receiptId: one.receiptId,
  }));
}

function wordsOf(purpose: string): Words {
  return new Map<string, Words>(Object.entries(PURPOSE_WORDS)).get(purpose) ?? { zh: purpose, en: purpose };
}

export type TracedAbout = TracedDisclosure & { readonly contract: string };

/** What left of records while the person stood in them: the field itself, or something computed with the record. */
export async function traceAbout(tx: Tx, context: PersonsContext, person: Person): Promise<TracedAbout[]> {
  const grant = requireAllowed(context.policies, systemCaller('person_requests'), 'follow_persons');
  const since = monthsBefore(context.clock.now(), context.persons.bounds.accessMonths);
  const mentions = await tx.rows<{
    record: string;
    enterpriseId: LiveMention['enterpriseId'];
    contract: string;
    role: string;
    from: string;
  }>(
    `select record_id as record, enterprise_id::text as "enterpriseId", contract_id as contract, role,
       known_from::text as from
     from rights.person_mentions where link_digest = $1
     order by known_from desc, enterprise_id, contract_id, record_id, role limit $2`,
    [person.linkDigest, PERSONS_LIMITS.recordsMax],
  );
  const traced: TracedAbout[] = [];
  for (const [contract, own] of Map.groupBy(mentions, (one) => one.contract)) {
    const windows = earliestOfEach(own);
    const fields = new Set(own.flatMap(({ role }) => definitionOf(context, { contract, role }).fields));
    const found = await traceDisclosures(tx, grant, { contract, windows, since });
    const about = found.filter(
      (one) =>
        one.fields === null || one.fields.length === 0 || one.fields.some((field) => fields.has(field)),
    );
    traced.push(...about.map((one) => ({ ...one, contract })));
  }
  return traced;
}

type Window = {
  readonly record: string;
  readonly enterpriseId: LiveMention['enterpriseId'];
  readonly from: string;
};

/** From the first record on that named the person; versions that follow are of the same matter. */
function earliestOfEach(own: readonly Window[]) {
  return [...Map.groupBy(own, ({ enterpriseId }) => enterpriseId).values()].flatMap((windows) => {
    const first = windows.at(-1);
    return first === undefined ? [] : [{ ...first, to: 'infinity' }];
  });
}
