import { createHash } from 'node:crypto';
import type { Tx } from '#kernel';
import type { Permit, PermittedField } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

/** How a dataset answered; one enum everywhere. `denied` does not say whether data exist. */
export type Outcome =
  | 'ok'
  | 'denied'
  | 'no_data'
  | 'not_covered'
  | 'not_connected'
  | 'source_down'
  | 'stale'
  | 'under_objection';

/** One version of one record, as canonical text: dates `YYYY-MM-DD`, money in integer minor units, codes as codes. */
export type RecordVersion = {
  /** `<delivery>:<row>`, the lineage and the identity of the version. */
  readonly recordId: string;
  readonly values: Readonly<Record<string, string | null>>;
  readonly original: Readonly<Record<string, string>> | null;
  readonly knownFrom: Date;
  readonly marks: readonly string[];
};

export type DatasetAnswer = {
  readonly contract: Contract;
  readonly outcome: Outcome;
  readonly records: readonly RecordVersion[];
  /** Records there are, when more than those given. */
  readonly totalRecords: number;
  readonly fields: readonly PermittedField[];
  readonly lastDeliveryAt: Date | null;
  /** Latest business date among all records of the dataset, city-wide: what the data can know of at most. */
  readonly cutOff: string | null;
};

/**
 * Reads what one enterprise has in these contracts, as the Permit allows: its fields, its instant, its subject.
 * Withheld, repaired and annulled records are simply absent for everyone but the enterprise; disputed ones carry the
 * mark. An as-of read applies the withholdings of today. At most `limit` records a contract, latest first.
 */
export async function readDatasets(
  tx: Tx,
  permit: Permit,
  { contracts, limit }: { contracts: readonly Contract[]; limit: number },
): Promise<DatasetAnswer[]> {
  permit.assertUsable(tx);
  const last = await readLastDeliveries(tx, permit.asOf.knownAt);
  const readable = contracts.filter((contract) => isConnected(contract, last) && permit.fields(contract.id).length > 0);
  const found = await selectRecords(tx, permit, { contracts: readable, limit });
  return contracts.map((contract) => {
    const fields = permit.fields(contract.id);
    const rows = found.get(contract.id) ?? [];
    const records = rows.map((row) => toVersion(row, fields));
    const answer = {
      contract,
      fields,
      lastDeliveryAt: last.get(contract.id)?.at ?? null,
      cutOff: last.get(contract.id)?.cut_off ?? null,
      records,
      totalRecords: rows[0]?.total ?? 0,
    };
    if (fields.length === 0) return { ...answer, outcome: 'denied' };
    if (!isConnected(contract, last)) return { ...answer, outcome: 'not_connected' };
    if (records.length === 0) return { ...answer, outcome: 'no_data' };
    return { ...answer, outcome: records.every(isDisputed) ? 'under_objection' : 'ok' };
  });
}

/** A dataset the node holds and some department has delivered; the others are asked at their source, later. */
function isConnected(contract: Contract, last: ReadonlyMap<string, LastDelivery>): boolean {
  return last.has(contract.id);
}

type Row = {
  contract_id: string;
  record_id: string;
  known_from: Date;
  values: Record<string, string | null>;
  original: Record<string, string> | null;
  marks: string[];
  total: number;
};

async function selectRecords(
  tx: Tx,
  permit: Permit,
  { contracts, limit }: { contracts: readonly Contract[]; limit: number },
): Promise<Map<string, Row[]>> {
  const found = new Map<string, Row[]>();
  if (contracts.length === 0) return found;
  const text = contracts.map((contract) => selectOne(permit, contract)).join('\nunion all\n');
  const ids = await readAliases(tx, permit);
  const rows = await tx.client.query<Row>({
    name: `lists.records ${createHash('sha256').update(text).digest('hex').slice(0, 40)}`,
    text,
    values: [ids, permit.asOf.knownAt, limit],
  });
  for (const row of rows.rows) found.set(row.contract_id, [...(found.get(row.contract_id) ?? []), row]);
  return found;
}

/** One branch: prepared once per connection, since a report reads the same contracts every time. */
function selectOne(permit: Permit, contract: Contract): string {
  const order = contract.businessTime === undefined ? '' : `r.${contract.businessTime} desc nulls last, `;
  const names = columnsToRead(contract, permit.fields(contract.id));
  const pairs = names.map((name) => `'${name}', r.${name}::text`);
  return `(
    select '${contract.id}' as contract_id, d.delivery_id || ':' || r.row_no as record_id, r.known_from,
      jsonb_build_object(${pairs.join(', ')}) as values, r.original,
      array(select distinct m.mark from lists.marks m where ${markOf('r', contract)}) as marks,
      (count(*) over ())::integer as total
    from ${tableName(contract)} r
    join lists.deliveries d on d.delivery_no = r.delivery_no
    where r.enterprise_id = any($1::bigint[]) and r.known_from <= $2 and r.known_to > $2
      and ${permit.purpose === 'self' ? 'true' : notWithheld('r', contract)}
    order by ${order}r.known_from desc, r.delivery_no desc, r.row_no
    limit $3)`;
}

/** Enterprises merged into this one: their records never moved, so they are read with it. */
async function readAliases(tx: Tx, permit: Permit): Promise<string[]> {
  const rows = await tx.rows<{ alias_id: string }>(
    `select alias_id from lists.enterprise_aliases
     where enterprise_id = $1 and known_from <= $2 and known_to > $2`,
    [permit.subject, permit.asOf.knownAt],
  );
  return [permit.subject, ...rows.map(({ alias_id }) => alias_id)];
}

/** The enterprise itself sees what is withheld from others, with its mark; everyone else does not. */
function notWithheld(record: string, contract: Contract): string {
  return `not exists (
        select from lists.marks m
        where ${markOf(record, contract)} and m.mark in ('withheld', 'repaired', 'annulled'))`;
}

/** Marks in force now, whatever the as-of of the read. */
function markOf(record: string, contract: Contract): string {
  return `m.enterprise_id = ${record}.enterprise_id and m.contract_id = '${contract.id}'
        and m.delivery_no = ${record}.delivery_no and m.row_no = ${record}.row_no
        and m.known_to = 'infinity' and m.valid_from <= now() and m.valid_to > now()`;
}

/** A money field of any currency stands in two columns; both go together. */
function columnsToRead(contract: Contract, fields: readonly PermittedField[]): string[] {
  return fields.flatMap(({ name }) => {
    const field = contract.fields.find((candidate) => candidate.name === name);
    return field?.kind === 'money' && field.currency === 'any' ? [name, `${name}_currency`] : [name];
  });
}

function toVersion(row: Row, fields: readonly PermittedField[]): RecordVersion {
  const readable = new Set(fields.filter(({ masked }) => !masked).map(({ name }) => name));
  const original = Object.entries(row.original ?? {}).filter(([name]) => readable.has(name));
  return {
    recordId: row.record_id,
    values: row.values,
    original: original.length === 0 ? null : Object.fromEntries(original),
    knownFrom: row.known_from,
    marks: row.marks,
  };
}

function isDisputed(record: RecordVersion): boolean {
  return record.marks.includes('disputed');
}

type LastDelivery = { at: Date; cut_off: string | null };

async function readLastDeliveries(tx: Tx, knownAt: Date): Promise<Map<string, LastDelivery>> {
  const rows = await tx.rows<LastDelivery & { contract_id: string }>(
    `select contract_id, max(known_from) as at, max(business_time_max)::text as cut_off
     from lists.deliveries
     where state in ('published', 'partly_published') and known_from <= $1
     group by contract_id`,
    [knownAt],
  );
  return new Map(rows.map((row) => [row.contract_id, row]));
}

/**
 * The instant as of which these contracts can be read so that the same question asked later has the same answer:
 * the start of this transaction, or just before the oldest publication under way (decision 0004).
 */
export async function readKnownAt(tx: Tx, contractIds: readonly string[]): Promise<Date> {
  const [row] = await tx.rows<{ at: Date }>(
    `select date_trunc('milliseconds', least(now(), min(publishing_since) - interval '1 millisecond')) as at
     from lists.deliveries where publishing_since is not null and contract_id = any($1)`,
    [contractIds],
  );
  if (row === undefined) throw new TypeError('an aggregate without a group always has a row');
  return row.at;
}
