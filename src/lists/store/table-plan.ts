import { columnsOf } from '../check/columns.ts';
import type { Contract } from '../contract/shape.ts';

export type Column = { readonly name: string; readonly type: string };

/** Columns every record carries before its own: whose it is, which delivery's which row, when the node knew it. */
export const RECORD_COLUMNS: readonly Column[] = [
  { name: 'enterprise_id', type: 'bigint not null' },
  { name: 'delivery_no', type: 'bigint not null' },
  { name: 'known_from', type: 'timestamptz not null' },
  { name: 'known_to', type: "timestamptz not null default 'infinity'" },
  { name: 'row_no', type: 'integer not null' },
];

/** Tables expected to grow beyond this are partitioned by enterprise. */
const PARTITION_ROWS = 10_000_000;

export function tableName(contract: Pick<Contract, 'id' | 'major'>): string {
  return `lists.${contract.id}_v${contract.major}`;
}

/** The contract's own columns, without the trailing `original`. */
export function ownColumns(contract: Contract): Column[] {
  return columnsOf(contract).map(({ name, type }) => ({ name, type }));
}

/**
 * The statements that make a contract's table from nothing, in order. The instant is part of the key because one row
 * of a delivery can be known more than once: matched by a person, undone, matched again.
 */
export function createStatements(contract: Contract, partitions: number): string[] {
  const table = tableName(contract);
  const split = partitions > 1 && contract.expectedRows > PARTITION_ROWS;
  const columns = [...RECORD_COLUMNS, ...ownColumns(contract), { name: 'original', type: 'jsonb' }];
  const body = columns.map(({ name, type }) => `  ${name} ${type}`).join(',\n');
  const create = `create table ${table} (\n${body},\n  primary key (enterprise_id, delivery_no, row_no, known_from)\n)`;
  return [
    split ? `${create} partition by hash (enterprise_id)` : create,
    ...(split ? partitionStatements(table, partitions) : []),
    `create unique index ${contract.id}_v${contract.major}_live on ${table} (${liveKey(contract).join(', ')}) where known_to = 'infinity'`,
    // What became known since an instant, which stands together at the end of the table; costs a delivery nothing.
    `create index ${contract.id}_v${contract.major}_known on ${table} using brin (known_from) with (autosummarize = on)`,
  ];
}

/** One record is live per enterprise and natural key. */
export function liveKey(contract: Contract): string[] {
  return ['enterprise_id', ...contract.naturalKey];
}

function partitionStatements(table: string, partitions: number): string[] {
  return Array.from(
    { length: partitions },
    (_, i) =>
      `create table ${table}_p${i} partition of ${table} for values with (modulus ${partitions}, remainder ${i})`,
  );
}

export type TableChange = { additions: string[]; breaking: string[] };

/**
 * Compares the columns a table has with those its contract now asks for.
 * New columns are additions; anything that would lose or reinterpret a value is breaking.
 */
export function compareColumns(
  contract: Contract,
  existing: readonly Column[],
  key: readonly string[],
): TableChange {
  const wanted = ownColumns(contract);
  const has = new Map(existing.map(({ name, type }) => [name, type]));
  const wants = new Set(wanted.map(({ name }) => name));
  const breaking = [
    ...existing.filter(({ name }) => !wants.has(name)).map(({ name }) => `column ${name} would be dropped`),
    ...wanted
      .filter(({ name, type }) => has.has(name) && has.get(name) !== type)
      .map(({ name, type }) => `column ${name} would change from ${has.get(name)} to ${type}`),
  ];
  if (key.join() !== liveKey(contract).join()) {
    breaking.push(`natural key would change from (${key.join(', ')}) to (${liveKey(contract).join(', ')})`);
  }
  const additions = wanted
    .filter(({ name }) => !has.has(name))
    .map(({ name, type }) => `alter table ${tableName(contract)} add column ${name} ${type}`);
  return { additions, breaking };
}
