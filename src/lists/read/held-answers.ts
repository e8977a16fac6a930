import assert from 'node:assert';
import type { Tx } from '#kernel';
import type { Permit } from '#security';
import type { Contract } from '../contract/shape.ts';
import { ownColumns, RECORD_COLUMNS } from '../store/table-plan.ts';
import type { RecordValues } from '../source/check-answer.ts';

/** What the source of one contract answered about a Permit's subject, as `askSources` gives it. */
export type HeldAnswer = { readonly contract: Contract; readonly values: readonly RecordValues[] };

/** Under a Permit that holds answers, where its subject's records of a contract stand. */
const held = new WeakMap<Permit, ReadonlyMap<string, string>>();

/**
 * Until the end of the transaction, `selectOwn` under this Permit reads these answers in place of what the node holds of
 * their contracts: the same statements then look at what a source just said, and nothing of it is kept. The answers are of the
 * Permit's subject; their rows have delivery 0, are known as of the Permit's instant and bear no marks. Once a transaction.
 */
export async function holdAnswers(tx: Tx, permit: Permit, answers: readonly HeldAnswer[]): Promise<void> {
  permit.assertUsable(tx);
  assert(!held.has(permit), 'a Permit holds answers once');
  const tables = new Map<string, string>();
  for (const { contract, values } of answers) {
    const name = `answered_${contract.id}_v${contract.major}`;
    const columns = [...RECORD_COLUMNS, ...ownColumns(contract)];
    const nullable = columns.map((column) => `${column.name} ${column.type.replace(/ not null.*$/, '')}`);
    await tx.rows(`create temporary table ${name} (${nullable.join(', ')}) on commit drop`);
    const names = columns.map((column) => column.name).join(', ');
    await tx.rows(
      `insert into pg_temp.${name} (${names})
       select ${names} from json_populate_recordset(null::pg_temp.${name}, $1::json)`,
      [JSON.stringify(values.map((row, rowNo) => ({ ...row, ...recordColumns(permit), row_no: rowNo })))],
    );
    tables.set(contract.id, `pg_temp.${name}`);
  }
  held.set(permit, tables);
}

/** The table that stands for the contract's own under this Permit; undefined: its own does. */
export function heldTable(permit: Permit, { id }: Pick<Contract, 'id'>): string | undefined {
  return held.get(permit)?.get(id);
}

function recordColumns({ subject, asOf: { knownAt } }: Permit) {
  return {
    enterprise_id: subject,
    delivery_no: 0,
    known_from: knownAt.toISOString(),
    known_to: 'infinity',
  };
}
