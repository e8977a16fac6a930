import assert from 'node:assert';
import { createHash } from 'node:crypto';
import type { Tx } from '#kernel';
import type { Permit } from '#security';
import { columnsOf, hasCurrency } from '../check/columns.ts';
import type { Claim } from '../check/read-claim.ts';
import type { Contract, Field } from '../contract/shape.ts';
import { stillGiven } from '../given/grounds.ts';
import { tableName } from '../store/table-plan.ts';
import { notWithheld } from './records.ts';
import { IN_FORCE, readAliases } from './standing.ts';

/**
 * Reading without showing: whether a field's value is the one claimed, or in which band it lies. The value itself
 * stays in the database; what comes back is one of a few words.
 */

/** A record by the values of its whole natural key, or the one of the latest business time. */
export type RecordSelector = 'latest' | Readonly<Record<string, Claim>>;

/** `cannot_verify`: no record, no value, or a disputed record; which of them is not said. */
export type Comparison = 'match' | 'mismatch' | 'cannot_verify';

type Place = { enterpriseId: string; deliveryNo: string; rowNo: number; knownFrom: Date };

export type LocatedRecord = {
  /** Digest of the natural key: the same record has the same, whichever way it was asked for, found or not. */
  readonly recordKey: string;
  /** Undefined: there is none that can be compared, or it is disputed; which of both is not said. */
  readonly place: Place | undefined;
};

export type Located = {
  readonly contract: Contract;
  readonly record: RecordSelector;
  /** Records whose business time lies in this range, first and last day included. */
  readonly range: { readonly from: string | null; readonly to: string | null };
};

/** The node holds this dataset: some department has delivered it. */
export async function isDelivered(tx: Tx, permit: Permit, contractId: string): Promise<boolean> {
  const rows = await tx.hotRows(
    'lists.is_delivered',
    `select from lists.deliveries
     where contract_id = $1 and state in ('published', 'partly_published') and known_from <= $2 limit 1`,
    [contractId, permit.asOf.knownAt],
  );
  return rows.length > 0;
}

/**
 * Finds the one record that is meant, live at the Permit's instant and not withheld. Its natural key must be
 * comparable under the Permit, since whether it is found tells something of it.
 */
export async function locateRecord(tx: Tx, permit: Permit, wanted: Located): Promise<LocatedRecord> {
  permit.assertUsable(tx);
  const { contract, record, range } = wanted;
  const aliases = await readAliases(tx, permit);
  const values: unknown[] = [aliases, permit.asOf.knownAt, range.from, range.to];
  if (record !== 'latest') values.push(...keyValues(permit, contract, record));
  const { name, text } = locateStatement(contract, record !== 'latest');
  const [row] = await tx.hotRows<LocatedRow>(name, text, values);
  assert(row !== undefined, 'what was asked for always has its row');
  const { enterprise_id: enterpriseId, delivery_no: deliveryNo, row_no: rowNo, known_from: knownFrom } = row;
  const isComparable = enterpriseId !== null && !row.is_disputed;
  return {
    recordKey: row.record_key,
    place: isComparable ? { enterpriseId, deliveryNo, rowNo, knownFrom } : undefined,
  };
}

type LocatedRow = {
  record_key: string;
  enterprise_id: string | null;
  delivery_no: string;
  row_no: number;
  known_from: Date;
  is_disputed: boolean;
};

function keyValues(
  permit: Permit,
  contract: Contract,
  key: Readonly<Record<string, Claim>>,
): readonly string[] {
  const verifiable = permit.verifiable(contract.id);
  return contract.naturalKey.map((name) => {
    const claim = key[name];
    assert(claim !== undefined, `the natural key of ${contract.id} includes ${name}`);
    assert(verifiable.includes(name), `${contract.id}.${name} may not be compared`);
    return claim.value;
  });
}

function locateStatement(contract: Contract, byKey: boolean): { name: string; text: string } {
  const types = new Map(columnsOf(contract).map(({ name, type }) => [name, type]));
  const asked = contract.naturalKey.map((name, at) => `$${at + 5}::${types.get(name)}`);
  const isAsked = byKey ? contract.naturalKey.map((name, at) => `and r.${name} = ${asked[at]}`) : [];
  const order = contract.businessTime === undefined ? '' : `r.${contract.businessTime} desc nulls last, `;
  const text = `
    select coalesce(f.record_key, ${byKey ? digestOf(asked) : "'latest'"}) as record_key,
      f.enterprise_id, f.delivery_no, f.row_no, f.known_from, f.is_disputed
    from (values (true)) as one (row)
    left join lateral (
      select ${digestOf(contract.naturalKey.map((name) => `r.${name}`))} as record_key,
        r.enterprise_id, r.delivery_no, r.row_no, r.known_from,
        exists (select from lists.marks m
          where m.enterprise_id = r.enterprise_id and m.contract_id = '${contract.id}'
            and m.delivery_no = r.delivery_no and m.row_no = r.row_no and ${IN_FORCE} and m.mark = 'disputed'
        ) as is_disputed
      from ${tableName(contract)} r
      where r.enterprise_id = any($1::bigint[]) and r.known_from <= $2 and r.known_to > $2
        ${notWithheld('r', contract)}${stillGiven('r', contract)} and ${inRange(contract)} ${isAsked.join(' ')}
      order by ${order}r.known_from desc, r.delivery_no desc, r.row_no
      limit 1
    ) f on true`;
  return { name: nameOf('lists.locate', text), text };
}

/** A record without a natural key is the only one of its enterprise. */
function digestOf(values: readonly string[]): string {
  const texts = values.map((value) => `${value}::text`);
  return `encode(sha256(convert_to(json_build_array(${texts.join(', ')})::text, 'UTF8')), 'hex')`;
}

/** A month counts by its first day, which is how it is kept; a year likewise. Without business time: in every range. */
function inRange({ businessTime, fields }: Contract): string {
  const unbounded = '$3::date is not distinct from $3::date and $4::date is not distinct from $4::date';
  if (businessTime === undefined) return unbounded;
  const column = `r.${businessTime}`;
  const kind = fields.find(({ name }) => name === businessTime)?.kind;
  const day = kind === 'year' ? `make_date(${column}, 1, 1)` : `${column}::date`;
  return `(${column} is null or ($3::date is null or ${day} >= $3::date) and ($4::date is null or ${day} <= $4::date))`;
}

export type FieldQuestion = {
  readonly contract: Contract;
  readonly field: Field;
  readonly record: LocatedRecord;
};

/**
 * Compares a claimed value with the record's, in the database. `tolerancePercent`: numbers within this share of the
 * true value are a match; 0: exactly equal. Other currencies never match.
 */
export async function compareField(
  tx: Tx,
  permit: Permit,
  question: FieldQuestion & { readonly claim: Claim; readonly tolerancePercent: number },
): Promise<Comparison> {
  const { contract, field, claim, tolerancePercent } = question;
  assertComparable(tx, permit, question);
  const type = columnsOf(contract).find(({ name }) => name === field.name)?.type;
  const column = `r.${field.name}`;
  const isNear = `abs(${column} - $5::numeric) <= abs(${column}) * $6::numeric / 100`;
  const isSame = tolerancePercent > 0 ? isNear : `${column} = $5::${type}`;
  const currency = hasCurrency(field) ? ` and ${column}_currency = $${tolerancePercent > 0 ? 7 : 6}` : '';
  const expression = `case when ${column} is null then 'cannot_verify'
    when ${isSame}${currency} then 'match' else 'mismatch' end`;
  const values = [
    claim.value,
    ...(tolerancePercent > 0 ? [tolerancePercent] : []),
    ...(hasCurrency(field) ? [claim.currency] : []),
  ];
  return (await askRecord<Comparison>(tx, question, { expression, values })) ?? 'cannot_verify';
}

/**
 * The number of the band in which the value lies, from 0 below the first edge; undefined: there is none. Lower edges
 * are included. Edges of money are in yuan; an amount in another currency lies in no band.
 */
export async function bandOfField(
  tx: Tx,
  permit: Permit,
  question: FieldQuestion & { readonly edges: readonly number[] },
): Promise<number | undefined> {
  const { field, edges } = question;
  assertComparable(tx, permit, question);
  const column = `r.${field.name}`;
  const stored = field.kind === 'money' ? edges.map((edge) => edge * 100) : edges;
  const band = `width_bucket(${column}::numeric, $5::numeric[])`;
  const expression = hasCurrency(field) ? `case when ${column}_currency = 'CNY' then ${band} end` : band;
  return await askRecord<number>(tx, question, { expression, values: [stored] });
}

function assertComparable(tx: Tx, permit: Permit, { contract, field }: FieldQuestion): void {
  permit.assertUsable(tx);
  assert(
    permit.verifiable(contract.id).includes(field.name),
    `${contract.id}.${field.name} may not be compared`,
  );
}

async function askRecord<Word extends string | number>(
  tx: Tx,
  { contract, record }: FieldQuestion,
  { expression, values }: { expression: string; values: readonly unknown[] },
): Promise<Word | undefined> {
  if (record.place === undefined) return undefined;
  const { enterpriseId, deliveryNo, rowNo, knownFrom } = record.place;
  const text = `select ${expression} as answer from ${tableName(contract)} r
    where r.enterprise_id = $1 and r.delivery_no = $2 and r.row_no = $3 and r.known_from = $4`;
  const found = await tx.hotRows<{ answer: Word | null }>(nameOf('lists.compare', text), text, [
    enterpriseId,
    deliveryNo,
    rowNo,
    knownFrom,
    ...values,
  ]);
  return found[0]?.answer ?? undefined;
}

function nameOf(what: string, text: string): string {
  return `${what} ${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}
