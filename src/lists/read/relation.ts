import assert from 'node:assert';
import type { EnterpriseId, Tx } from '#kernel';
import type { Permit, PopulationPermit } from '#security';
import { hasCurrency } from '../check/columns.ts';
import type { Contract } from '../contract/shape.ts';
import { stillGiven } from '../given/grounds.ts';
import { tableName } from '../store/table-plan.ts';
import type { Apart, Slice } from './apart.ts';
import { heldTable } from './held-answers.ts';
import { WITHHOLDING_SQL } from './mark-kinds.ts';
import { IN_FORCE } from './standing.ts';

/** Names of the columns of an outer relation that say, row by row, whose records are read and as known when. */
export type EachPair = { readonly whose: string; readonly knownAt: string };

/** Where a statement finds the first enterprise number of a slice, and the first behind it. */
export type Bounds = readonly ['$1::bigint', '$2::bigint'];

export type RelationShape = {
  /** Only these fields, a part of what the Permit allows; absent: all of them. */
  readonly fields?: readonly string[];
  /** Only this part of the population. */
  readonly slice?: Slice;
  /** The parameters that hold the slice's bounds, where one prepared statement serves many slices; absent: as literals. */
  readonly bounds?: Bounds | undefined;
  /** Enterprises that are read by themselves, see `readApart`: none of them is in the relation, nor is any mark looked up. */
  readonly apart?: Apart;
  /** The enterprise and the instant come from an outer relation, which is joined laterally. */
  readonly each?: EachPair;
};

/**
 * The instant of a read as SQL, whose records, and which marks count: those in force now, those that were known then, or
 * none, since the enterprises that have any are left out.
 */
type Reading = {
  readonly at: string;
  readonly whose: string;
  readonly marks: 'today' | 'then' | 'none';
  readonly isSelf?: boolean;
  /** Where the records stand when not in the contract's own table. */
  readonly table?: string;
};

/**
 * The only SQL under which a population's records may be read: a parenthesised select with the permitted fields,
 * the Permit's instant, its population and today's withholdings, which the planner inlines. By `each` the instant is
 * that of each pair, never later than the Permit's own.
 * Columns: enterprise_id, delivery_no, row_no, known_from, is_disputed, then the permitted fields; money of any currency
 * has its `<name>_currency` beside it.
 */
export function relation(
  tx: Tx,
  permit: PopulationPermit,
  contract: Contract,
  shape: RelationShape = {},
): string {
  permit.assertUsable(tx);
  const latest = instant(permit.asOf.knownAt);
  const { apart, each } = shape;
  const at = each === undefined ? latest : column(each.knownAt);
  const names = fieldsOf(permit, contract, shape.fields);
  const whose =
    each === undefined
      ? inPopulation(permit, 'r') + inSlice('r', shape)
      : ` and r.enterprise_id = ${column(each.whose)} and ${at} <= ${latest}`;
  if (apart === undefined) return select(contract, names, { at, whose, marks: 'today' });
  apart.assertCovers(permit, contract, shape.slice);
  return select(contract, names, { at, whose: whose + apart.without('r'), marks: 'none' });
}

/**
 * As `relation`, of the one enterprise of a Permit; only `selectOwn` runs it, which gives $1 and $2. The enterprise itself
 * is answered with the marks that were known at the instant, anyone else without what is withheld today. What its source answered
 * (`holdAnswers`) takes the place of the contract's own table, and bears no marks.
 */
export function ownRelation(tx: Tx, permit: Permit, contract: Contract, fields: readonly string[]): string {
  permit.assertUsable(tx);
  const isSelf = permit.purpose === 'self';
  const table = heldTable(permit, contract);
  const marks = table !== undefined ? 'none' : isSelf ? 'then' : 'today';
  return select(contract, fieldsOf(asComputed(permit), contract, fields), {
    at: '$2::timestamptz',
    marks,
    isSelf,
    whose: ' and r.enterprise_id = any($1::bigint[])',
    ...(table !== undefined && { table }),
  });
}

/**
 * The enterprises of the population that the register knew at the instant, without those merged into others.
 * Columns: enterprise_id, kind, and as they are now standing and size_class.
 */
export function populationRelation(
  tx: Tx,
  permit: PopulationPermit,
  { slice, bounds, apart, each }: Omit<RelationShape, 'fields'> = {},
): string {
  permit.assertUsable(tx);
  const at = each === undefined ? instant(permit.asOf.knownAt) : column(each.knownAt);
  const whose =
    each === undefined
      ? inPopulation(permit, 'e') + inSlice('e', { slice, bounds })
      : ` and e.enterprise_id = ${column(each.whose)}`;
  const merged = `and not exists (select from lists.enterprise_aliases a
        where a.alias_id = e.enterprise_id and a.known_from <= ${at} and a.known_to > ${at})`;
  return `(
    select e.enterprise_id, e.kind, e.standing, e.size_class from lists.enterprises e
    where e.made_at <= ${at}${whose} ${apart === undefined ? merged : apart.without('e')})`;
}

/** Whether the population of this Permit includes the enterprise by its number. */
export function isInPopulation({ population }: PopulationPermit, id: EnterpriseId): boolean {
  return population.kind !== 'list' || population.ids.includes(id);
}

function select(contract: Contract, names: readonly string[], reading: Reading): string {
  const columns = names.map((name) => `, r.${name}`).join('');
  const hasMark = (marks: string): string =>
    `exists (select ${marksOf(contract, reading)} and m.mark in (${marks}))`;
  const given = reading.isSelf === true ? '' : stillGiven('r', contract);
  const isApart = reading.marks === 'none';
  const disputed = isApart ? 'false' : hasMark("'disputed'");
  const unwithheld = isApart ? '' : `\n      and not ${hasMark(WITHHOLDING_SQL)}`;
  return `(
    select r.enterprise_id, r.delivery_no, r.row_no, r.known_from, ${disputed} as is_disputed${columns}
    from ${reading.table ?? tableName(contract)} r
    where r.known_from <= ${reading.at} and r.known_to > ${reading.at}${reading.whose}${given}${unwithheld})`;
}

function marksOf(contract: Contract, { at, marks }: Reading): string {
  const then = `m.known_from <= ${at} and m.known_to > ${at} and m.valid_from <= ${at} and m.valid_to > ${at}`;
  return `from lists.marks m
      where m.enterprise_id = r.enterprise_id and m.contract_id = '${contract.id}'
        and m.delivery_no = r.delivery_no and m.row_no = r.row_no and ${marks === 'then' ? then : IN_FORCE}`;
}

/** A statement over one enterprise may compute with what the Permit does not show. */
function asComputed(permit: Permit): Pick<Permit, 'fields'> {
  const computable = (id: string) => permit.computable(id).map((name) => ({ name, masked: false }));
  return { fields: (id) => [...permit.fields(id).filter(({ masked }) => !masked), ...computable(id)] };
}

/** Fields that are only readable masked are left out: half a value is none. */
function fieldsOf(
  permit: Pick<Permit, 'fields'>,
  contract: Contract,
  wanted: readonly string[] | undefined,
): string[] {
  const whole = permit.fields(contract.id).filter(({ masked }) => !masked);
  const permitted = new Set(whole.map(({ name }) => name));
  for (const name of wanted ?? []) assert(permitted.has(name), `${contract.id}.${name} is not permitted`);
  return (wanted ?? [...permitted]).flatMap((name) => {
    const field = contract.fields.find((candidate) => candidate.name === name);
    return field !== undefined && hasCurrency(field) ? [name, `${name}_currency`] : [name];
  });
}

/** The Permit's enterprises as a condition on `<alias>.enterprise_id`; empty where they are all. */
export function inPopulation({ population }: PopulationPermit, alias: string): string {
  return population.kind === 'list'
    ? ` and ${alias}.enterprise_id = any('{${population.ids.map((id) => String(BigInt(id))).join(',')}}'::bigint[])`
    : '';
}

function inSlice(
  alias: string,
  { slice, bounds }: { slice?: Slice | undefined; bounds?: Bounds | undefined },
): string {
  if (slice === undefined) return '';
  const [from, until] = bounds ?? [slice.from, slice.until];
  return ` and ${alias}.enterprise_id >= ${from} and ${alias}.enterprise_id < ${until}`;
}

function instant(at: Date): string {
  return `timestamptz '${at.toISOString()}'`;
}

/** A column of a relation by its alias, and nothing else. */
function column(name: string): string {
  assert(/^[a-z]\.[a-z_]+$/.test(name), `not a column: ${name}`);
  return name;
}
