import { createHash } from 'node:crypto';
import type { Tx } from '#kernel';
import type { Permit, PermittedField } from '#security';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';
import { IN_FORCE, type LastDelivery, readStanding, type Standing } from './standing.ts';

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

export type DatasetsWanted = {
  readonly contracts: readonly Contract[];
  /** Records a contract at most, latest first. */
  readonly limit: number;
  /** Beijing dates, both included: only records whose business time lies in it, or that have none. */
  readonly range?: { readonly from: string | null; readonly to: string | null };
};

const EVER = { from: null, to: null } as const;

/**
 * Reads what one enterprise has in these contracts, as the Permit allows: its fields, its instant, its subject.
 * Withheld, repaired and annulled records are simply absent for everyone but the enterprise; disputed ones carry the
 * mark. An as-of read applies the withholdings of today. At most `limit` records a contract, latest first.
 */
export async function readDatasets(
  tx: Tx,
  permit: Permit,
  { contracts, limit, range = EVER }: DatasetsWanted,
): Promise<DatasetAnswer[]> {
  permit.assertUsable(tx);
  const standing = await readStanding(tx, permit);
  const { last } = standing;
  const readable = contracts.filter(
    (contract) => isConnected(contract, last) && permit.fields(contract.id).length > 0,
  );
  const found = await selectRecords(tx, { permit, standing }, { contracts: readable, limit, range });
  return contracts.map((contract) => {
    const fields = permit.fields(contract.id);
    const dataset = found.get(contract.id);
    const records = (dataset?.rows ?? []).map((row) => toVersion(row, fields, standing.marks));
    const answer = {
      contract,
      fields,
      lastDeliveryAt: last.get(contract.id)?.at ?? null,
      cutOff: last.get(contract.id)?.cut_off ?? null,
      records,
      totalRecords: dataset?.total ?? 0,
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
  delivery_no: string;
  delivery_id: string;
  row_no: number;
  known_from: Date;
  values: Record<string, string | null>;
  original: Record<string, string> | null;
};

type Found = { readonly rows: readonly Row[]; readonly total: number };

async function selectRecords(
  tx: Tx,
  { permit, standing }: { permit: Permit; standing: Standing },
  { contracts, limit, range }: Required<DatasetsWanted>,
): Promise<Map<string, Found>> {
  if (contracts.length === 0) return new Map();
  const ids = [permit.subject, ...standing.aliases];
  const inRange = range.from !== null || range.to !== null;
  const read: Read = {
    permit,
    limit,
    withoutWithheld: hasWithheld(permit, standing),
    inRange,
    values: [
      ids.length === 1 ? ids[0] : ids,
      permit.asOf.knownAt,
      ...(inRange ? [range.from, range.to] : []),
    ],
  };
  const { name, text } = statementFor(read, contracts);
  const rows = await tx.hotRows<Row>(name, text, read.values);
  const found = new Map<string, Found>();
  for (const [id, own] of Map.groupBy(rows, (row) => row.contract_id)) {
    const contract = contracts.find((candidate) => candidate.id === id);
    const total =
      own.length > limit && contract !== undefined ? await countRecords(tx, read, contract) : own.length;
    found.set(id, { rows: own.slice(0, limit), total });
  }
  return found;
}

type Read = {
  readonly permit: Permit;
  readonly limit: number;
  readonly withoutWithheld: boolean;
  readonly inRange: boolean;
  readonly values: readonly unknown[];
};

/** The statements of the questions asked so far; there are few, and writing one takes longer than running it. */
const statements = new Map<string, { readonly name: string; readonly text: string }>();
const STATEMENTS_MAX = 200;

function statementFor(
  read: Read,
  contracts: readonly Contract[],
): { readonly name: string; readonly text: string } {
  const asked = contracts.map(({ id, hash }) =>
    [hash, ...read.permit.fields(id).map((field) => field.name)].join(),
  );
  const whose = Array.isArray(read.values[0]);
  const key = [read.limit, read.withoutWithheld, read.inRange, whose, ...asked].join('|');
  const known = statements.get(key);
  if (known !== undefined) return known;
  const branches = contracts.map((contract) => selectOne(read, contract)).join('\nunion all\n');
  const text = `select r.*, ${DELIVERY_ID} as delivery_id from (${branches}) r`;
  const made = {
    name: `lists.records ${createHash('sha256').update(text).digest('hex').slice(0, 40)}`,
    text,
  };
  if (statements.size >= STATEMENTS_MAX) statements.clear();
  statements.set(key, made);
  return made;
}

/** Public id of a record's delivery, looked up outside the branches, which keep their order. */
const DELIVERY_ID =
  'coalesce((select d.delivery_id from lists.deliveries d where d.delivery_no = r.delivery_no), r.delivery_no::text)';

/**
 * One branch. All are one statement, prepared once per connection, since a report reads the same contracts every time;
 * it stays small because its cost is starting fifty branches, not reading rows. One row more than wanted tells that
 * there are more.
 */
function selectOne(read: Read, contract: Contract): string {
  const order = contract.businessTime === undefined ? '' : `r.${contract.businessTime} desc nulls last, `;
  const names = columnsToRead(contract, read.permit.fields(contract.id));
  const pairs = names.map((name) => `'${name}', r.${name}::text`);
  return `(
    select '${contract.id}' as contract_id, r.delivery_no, r.row_no, r.known_from,
      json_build_object(${pairs.join(', ')}) as values, r.original
    ${fromWhere(read, contract)}
    order by ${order}r.known_from desc, r.delivery_no desc, r.row_no
    limit ${read.limit + 1})`;
}

/** One enterprise is asked for by equality: then the plan made once is as good as one made for each value. */
function fromWhere(read: Read, contract: Contract): string {
  const whose = Array.isArray(read.values[0]) ? '= any($1::bigint[])' : '= $1::bigint';
  return `from ${tableName(contract)} r
    where r.enterprise_id ${whose} and r.known_from <= $2 and r.known_to > $2
      ${read.withoutWithheld ? notWithheld('r', contract) : ''}${read.inRange ? inRange(contract) : ''}`;
}

/** Every branch names both bounds, so that the statement has the same parameters whatever contracts it reads. */
function inRange({ businessTime, fields }: Contract): string {
  const bounds = '$3::date is not distinct from $3::date and $4::date is not distinct from $4::date';
  if (businessTime === undefined) return `and ${bounds}`;
  const kind = fields.find(({ name }) => name === businessTime)?.kind;
  const day = DAY_OF[kind ?? 'date']?.(`r.${businessTime}`) ?? `r.${businessTime}::date`;
  return `and (r.${businessTime} is null
        or ($3::date is null or ${day} >= $3::date) and ($4::date is null or ${day} <= $4::date))`;
}

/** A month is kept as its first day and counts by it: a range that begins within a month does not include it. */
const DAY_OF: Readonly<Record<string, (column: string) => string>> = {
  timestamp: (column) => `(${column} at time zone 'Asia/Shanghai')::date`,
  year: (column) => `make_date(${column}::integer, 1, 1)`,
};

async function countRecords(tx: Tx, read: Read, contract: Contract): Promise<number> {
  const [row] = await tx.rows<{ n: number }>(
    `select count(*)::integer as n ${fromWhere(read, contract)}`,
    read.values,
  );
  return row?.n ?? 0;
}

/**
 * Whether anything of this enterprise is to be left out at all, which is rare. The enterprise itself sees what is
 * withheld from others, with its mark.
 */
function hasWithheld(permit: Permit, { marks }: Standing): boolean {
  return permit.purpose !== 'self' && marks.some(({ mark }) => WITHHOLDING.has(mark));
}

/** Marks under which a record is absent for everyone but its enterprise. */
const WITHHOLDING = new Set(['withheld', 'repaired', 'annulled']);

export function notWithheld(record: string, contract: Contract): string {
  return `and not exists (
        select from lists.marks m
        where m.enterprise_id = ${record}.enterprise_id and m.contract_id = '${contract.id}'
          and m.delivery_no = ${record}.delivery_no and m.row_no = ${record}.row_no
          and ${IN_FORCE} and m.mark in ('withheld', 'repaired', 'annulled'))`;
}

/** A money field of any currency stands in two columns; both go together. */
function columnsToRead(contract: Contract, fields: readonly PermittedField[]): string[] {
  return fields.flatMap(({ name }) => {
    const field = contract.fields.find((candidate) => candidate.name === name);
    return field?.kind === 'money' && field.currency === 'any' ? [name, `${name}_currency`] : [name];
  });
}

function toVersion(row: Row, fields: readonly PermittedField[], marks: Standing['marks']): RecordVersion {
  const readable = new Set(fields.filter(({ masked }) => !masked).map(({ name }) => name));
  const original = Object.entries(row.original ?? {}).filter(([name]) => readable.has(name));
  return {
    recordId: `${row.delivery_id}:${row.row_no}`,
    values: row.values,
    original: original.length === 0 ? null : Object.fromEntries(original),
    knownFrom: row.known_from,
    marks: marks.filter((mark) => isOn(mark, row)).map(({ mark }) => mark),
  };
}

function isOn(mark: Standing['marks'][number], row: Row): boolean {
  return (
    mark.contract_id === row.contract_id && mark.delivery_no === row.delivery_no && mark.row_no === row.row_no
  );
}

function isDisputed(record: RecordVersion): boolean {
  return record.marks.includes('disputed');
}

/** What a question begins with: the instant at which it can be asked, and whether the node holds synthetic data. */
export type Moment = { readonly knownAt: Date; readonly isSynthetic: boolean };

/**
 * The instant as of which these contracts can be read so that the same question asked later has the same answer:
 * the start of this transaction, or just before the oldest publication under way (decision 0004).
 */
export async function readKnownAt(tx: Tx, contractIds: readonly string[]): Promise<Date> {
  return (await readMoment(tx, contractIds)).knownAt;
}

/** As `readKnownAt`, and whether any synthetic delivery is in this node, which a report says. */
export async function readMoment(tx: Tx, contractIds: readonly string[]): Promise<Moment> {
  const [row] = await tx.hotRows<Moment>(
    'lists.moment',
    `select date_trunc('milliseconds', least(now(), min(publishing_since) - interval '1 millisecond')) as "knownAt",
       exists (select from lists.deliveries where is_synthetic) as "isSynthetic"
     from lists.deliveries where publishing_since is not null and contract_id = any($1)`,
    [contractIds],
  );
  if (row === undefined) throw new TypeError('an aggregate without a group always has a row');
  return row;
}
