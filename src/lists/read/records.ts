import { createHash } from 'node:crypto';
import { distinct, startAll, type Tx } from '#kernel';
import type { Permit, PermittedField } from '#security';
import type { Contract } from '../contract/shape.ts';
import { stillGiven } from '../given/grounds.ts';
import { tableName } from '../store/table-plan.ts';
import { WITHHOLDING_SQL } from './mark-kinds.ts';
import { columnsToRead, type RecordRow, type RecordVersion, toVersions } from './record-version.ts';
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
 * Withheld, repaired, annulled and declined records are simply absent for everyone but the enterprise; disputed ones carry the
 * mark. An as-of read applies the withholdings of today. At most `limit` records a contract, latest first.
 */
export async function readDatasets(
  tx: Tx,
  permit: Permit,
  { contracts, limit, range = EVER }: DatasetsWanted,
): Promise<DatasetAnswer[]> {
  permit.assertUsable(tx);
  const permitted = contracts.filter(({ id }) => permit.fields(id).length > 0);
  const [looking, reading] = startAll(
    readStanding(tx, permit, contracts),
    readAhead(tx, permit, { contracts: permitted, limit, range }),
  );
  const standing = await looking;
  const { last } = standing;
  const ahead = standing.aliases.length === 0 ? await reading : undefined;
  const connected = permitted.filter((contract) => isConnected(contract, last));
  const found =
    ahead ??
    (await selectRecords(tx, { permit, aliases: standing.aliases }, { contracts: connected, limit, range }));
  return contracts.map((contract) => {
    const fields = permit.fields(contract.id);
    const dataset = found.get(contract.id);
    const records = toVersions(dataset?.rows ?? [], { contract, fields, marks: standing.marks });
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

/**
 * Nearly every enterprise has nothing merged into it. Where the connection need not wait it is read as if that were so, and
 * again when it is not. Undefined on an ordinary connection, where that wins nothing.
 */
async function readAhead(
  tx: Tx,
  permit: Permit,
  wanted: Required<DatasetsWanted>,
): Promise<Map<string, Found> | undefined> {
  return tx.isPipelined ? await selectRecords(tx, { permit, aliases: [] }, wanted) : undefined;
}

type Found = { readonly rows: readonly RecordRow[]; readonly total: number };

async function selectRecords(
  tx: Tx,
  { permit, aliases }: Pick<Read, 'permit'> & Pick<Standing, 'aliases'>,
  { contracts, limit, range }: Required<DatasetsWanted>,
): Promise<Map<string, Found>> {
  if (contracts.length === 0) return new Map();
  const read: Read = {
    permit,
    contracts,
    limit,
    ids: [permit.subject, ...aliases],
    range,
  };
  const rows = await tx.together(selectMany, read);
  const found = new Map<string, Found>();
  for (const [id, own] of Map.groupBy(rows, (row) => row.contract_id)) {
    const contract = contracts.find((candidate) => candidate.id === id);
    const hasMore = own.length > limit && contract !== undefined;
    found.set(id, hasMore ? await selectLatest(tx, read, contract) : { rows: own, total: own.length });
  }
  return found;
}

type Read = {
  readonly permit: Permit;
  readonly contracts: readonly Contract[];
  readonly limit: number;
  /** The subject, and whoever was merged into it. */
  readonly ids: readonly string[];
  readonly range: Required<DatasetsWanted>['range'];
};

/** Reads that come to the same statement are one statement. */
async function selectMany(tx: Tx, reads: readonly Read[]): Promise<RecordRow[][]> {
  const asked = reads.map((read) => ({ read, statement: statementFor(read) }));
  const found = new Map<Read, RecordRow[]>();
  for (const [{ name, text }, alike] of Map.groupBy(asked, ({ statement }) => statement)) {
    const own = alike.map(({ read }) => read);
    const rows = await tx.hotRows<RecordRow>(name, text, valuesOf(own));
    for (const [n, ofOne] of Map.groupBy(rows, (row) => row.n - 1)) {
      const read = own[n];
      if (read !== undefined) found.set(read, ofOne);
    }
  }
  return reads.map((read) => found.get(read) ?? []);
}

function valuesOf(reads: readonly Read[]): readonly unknown[] {
  return [
    reads.map(({ ids }) => (ids.length === 1 ? ids[0] : `{${ids.join()}}`)),
    reads.map(({ permit }) => permit.asOf.knownAt),
    reads.map(({ range }) => range.from),
    reads.map(({ range }) => range.to),
  ];
}

/**
 * Whose records, known when, of which days; one row for each who asks. The inner selects hide from the planner how many
 * that is: a plan made for the number at hand always looks cheaper than the one kept, and would be made every time.
 */
function askedRows({ ids }: Read): string {
  const type = ids.length === 1 ? 'bigint' : 'text';
  return `unnest((select $1::${type}[]), (select $2::timestamptz[]), (select $3::date[]), (select $4::date[]))
    with ordinality as asked (whose, known_at, data_from, data_to, n)`;
}

/** The statements of the questions asked so far; there are few, and writing one takes longer than running it. */
const statements = new Map<string, { readonly name: string; readonly text: string }>();
const STATEMENTS_MAX = 200;

function statementFor(read: Read): { readonly name: string; readonly text: string } {
  const asked = read.contracts.map(({ id, hash }) => `${hash},${namesOf(read.permit.fields(id))}`);
  const kind = [read.limit, isSelf(read), isInRange(read), read.ids.length === 1];
  const key = [...kind, ...asked].join('|');
  const known = statements.get(key);
  if (known !== undefined) return known;
  const branches = read.contracts.map((contract) => selectSome(read, contract)).join('\nunion all\n');
  const text = `select asked.n::integer as n, r.*, ${DELIVERY_ID} as delivery_id
    from ${askedRows(read)} cross join lateral (${branches}) r
    order by r.at collate "C" desc nulls last, r.known_from desc, r.delivery_no desc, r.row_no`;
  const made = {
    name: `lists.records ${createHash('sha256').update(text).digest('hex').slice(0, 40)}`,
    text,
  };
  if (statements.size >= STATEMENTS_MAX) statements.clear();
  statements.set(key, made);
  return made;
}

/** The decision remembers its fields, so their names are put together once. */
const names = new WeakMap<readonly PermittedField[], string>();

function namesOf(fields: readonly PermittedField[]): string {
  const known = names.get(fields) ?? fields.map(({ name }) => name).join();
  names.set(fields, known);
  return known;
}

/** The enterprise itself sees what is withheld from others, with its mark, and what was given back of it, allowed today or not. */
function isSelf({ permit }: Read): boolean {
  return permit.purpose === 'self';
}

function isInRange({ range }: Read): boolean {
  return range.from !== null || range.to !== null;
}

/** Public id of a record's delivery, looked up outside the branches. */
const DELIVERY_ID =
  'coalesce((select d.delivery_id from lists.deliveries d where d.delivery_no = r.delivery_no), r.delivery_no::text)';

/**
 * One branch. All are one statement, prepared once per connection, since a report reads the same contracts every time;
 * it stays small because its cost is starting fifty branches, not reading rows. Hence it takes any records, which one
 * sort of all puts in order: as long as a contract has no more than wanted, which they are is no question. One row more
 * than wanted tells that there are more. Business times of one contract sort as their text does.
 */
function selectSome(read: Read, contract: Contract): string {
  const at = contract.businessTime === undefined ? 'null' : `r.${contract.businessTime}`;
  return `(
    select ${recordColumns(read, contract)}, ${at}::text as at
    ${fromWhere(read, contract)}
    limit ${read.limit + 1})`;
}

/** Values without their names: a name is known here, and would travel with every record. */
function recordColumns({ permit }: Read, contract: Contract): string {
  const values = columnsToRead(contract, permit.fields(contract.id)).map((name) => `r.${name}::text`);
  return `'${contract.id}'::text as contract_id, r.delivery_no, r.row_no, r.known_from,
      json_build_array(${values.join(', ')}) as values, r.original`;
}

/** The latest records of a contract that has more of them than wanted, and how many there are. */
async function selectLatest(tx: Tx, read: Read, contract: Contract): Promise<Found> {
  const order = contract.businessTime === undefined ? '' : `r.${contract.businessTime} desc nulls last, `;
  const rows = await tx.rows<RecordRow & { total: number }>(
    `select asked.n::integer as n, r.*, ${DELIVERY_ID} as delivery_id
    from ${askedRows(read)} cross join lateral (
      select ${recordColumns(read, contract)}, (count(*) over ())::integer as total
      ${fromWhere(read, contract)}
      order by ${order}r.known_from desc, r.delivery_no desc, r.row_no
      limit ${read.limit}) r`,
    valuesOf([read]),
  );
  return { rows, total: rows[0]?.total ?? 0 };
}

/** One enterprise is asked for by equality: then the plan made once is as good as one made for each value. */
function fromWhere(read: Read, contract: Contract): string {
  const whose = read.ids.length === 1 ? '= asked.whose' : '= any(asked.whose::bigint[])';
  return `from ${tableName(contract)} r
    where r.enterprise_id ${whose} and r.known_from <= asked.known_at and r.known_to > asked.known_at
      ${isSelf(read) ? '' : `${notWithheld('r', contract)}${stillGiven('r', contract)}`}${isInRange(read) ? inRange(contract) : ''}`;
}

/** What has no business time is of no period, and in range. */
function inRange(contract: Contract): string {
  const { businessTime } = contract;
  if (businessTime === undefined) return '';
  const day = businessDay(contract);
  return `and (r.${businessTime} is null
        or (asked.data_from is null or ${day} >= asked.data_from) and (asked.data_to is null or ${day} <= asked.data_to))`;
}

/** The Beijing day of a record `r` by its business time, as SQL; null where the contract or the record has none. */
export function businessDay({ businessTime, fields }: Pick<Contract, 'businessTime' | 'fields'>): string {
  if (businessTime === undefined) return 'null::date';
  const kind = fields.find(({ name }) => name === businessTime)?.kind;
  return DAY_OF[kind ?? 'date']?.(`r.${businessTime}`) ?? `r.${businessTime}::date`;
}

/** A month is kept as its first day and counts by it: a range that begins within a month does not include it. */
const DAY_OF: Readonly<Record<string, (column: string) => string>> = {
  timestamp: (column) => `(${column} at time zone 'Asia/Shanghai')::date`,
  year: (column) => `make_date(${column}::integer, 1, 1)`,
};

/**
 * Asked of every record whether its enterprise has anything withheld or not: by another statement, or by a second one, an answer
 * would take another time where there is something to hide.
 */
export function notWithheld(record: string, contract: Contract): string {
  return `and not exists (
        select from lists.marks m
        where m.enterprise_id = ${record}.enterprise_id and m.contract_id = '${contract.id}'
          and m.delivery_no = ${record}.delivery_no and m.row_no = ${record}.row_no
          and ${IN_FORCE} and m.mark in (${WITHHOLDING_SQL}))`;
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
  return await tx.together(readMoments, contractIds);
}

/** Of the city, not of an enterprise: who asks about the same contracts together asks once. */
async function readMoments(tx: Tx, asked: readonly (readonly string[])[]): Promise<Moment[]> {
  const { unique, at } = distinct(asked, (ids) => ids.join());
  const moments: Moment[] = [];
  for (const contractIds of unique) {
    const rows = await tx.hotRows<Moment>(
      'lists.moment',
      `select date_trunc('milliseconds', least(now(), min(publishing_since) - interval '1 millisecond')) as "knownAt",
         exists (select from lists.deliveries where is_synthetic) as "isSynthetic"
       from lists.deliveries where publishing_since is not null and contract_id = any($1)`,
      [contractIds],
    );
    moments.push(...rows);
  }
  return at.map((place) => {
    const moment = moments[place];
    if (moment === undefined) throw new TypeError('an aggregate without a group always has a row');
    return moment;
  });
}
