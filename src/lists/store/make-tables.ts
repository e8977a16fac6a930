import type { Tx } from '#kernel';
import type { Contract } from '../contract/shape.ts';
import { listsRefusal } from '../lists-refusals.ts';
import type { ListsTables } from '../tables.ts';
import {
  type Column,
  compareColumns,
  createStatements,
  liveKey,
  ownColumns,
  tableName,
} from './table-plan.ts';

type Recorded = { columns: Column[]; key: string[]; contract_hash: string };

/**
 * Makes the table of every contract that has none and adds the columns a newer version asks for.
 * Every statement is recorded with the contract's hash. A breaking change is refused: it needs a new major version,
 * which gets a table of its own. Runs under the structure lock.
 */
export async function makeTables(
  tx: Tx,
  contracts: Iterable<Contract>,
  { partitions, at }: { partitions: number; at: Date },
): Promise<number> {
  let statements = 0;
  const recorded = await readRecorded(tx);
  for (const contract of contracts) {
    const existing = recorded.get(`${contract.id} ${contract.major}`);
    if (existing?.contract_hash === contract.hash) continue;
    const planned =
      existing === undefined ? createStatements(contract, partitions) : additions(contract, existing);
    for (const statement of planned) await runRecorded(tx, contract, statement);
    await recordTable(tx, contract, { statements: planned, at });
    statements += planned.length;
  }
  return statements;
}

function additions(contract: Contract, existing: Recorded): string[] {
  const change = compareColumns(contract, existing.columns, existing.key);
  if (change.breaking.length > 0) {
    throw listsRefusal('contract.breaking_change', {
      contract: contract.id,
      reasons: change.breaking.join('; '),
      next: contract.major + 1,
    });
  }
  return change.additions;
}

async function readRecorded(tx: Tx): Promise<Map<string, Recorded>> {
  const rows = await tx.rows<{
    contract_id: string;
    major: number;
    columns: { own: Column[]; key: string[] };
    contract_hash: string;
  }>('select contract_id, major, columns, contract_hash from lists.dataset_tables');
  return new Map(
    rows.map((row) => [
      `${row.contract_id} ${row.major}`,
      { columns: row.columns.own, key: row.columns.key, contract_hash: row.contract_hash },
    ]),
  );
}

async function runRecorded(tx: Tx, contract: Contract, statement: string): Promise<void> {
  await tx.rows(statement);
  await tx.rows(
    'insert into lists.dataset_ddl (contract_id, contract_hash, statement, at) values ($1, $2, $3, now())',
    [contract.id, contract.hash, statement],
  );
}

async function recordTable(
  tx: Tx,
  contract: Contract,
  { statements, at }: { statements: readonly string[]; at: Date },
): Promise<void> {
  await tx
    .tables<ListsTables>()
    .insertInto('lists.dataset_tables')
    .values({
      contract_id: contract.id,
      major: contract.major,
      table_name: tableName(contract),
      columns: JSON.stringify({ own: ownColumns(contract), key: liveKey(contract) }),
      ddl: statements.join(';\n'),
      contract_hash: contract.hash,
      made_at: at,
    })
    .onConflict((conflict) =>
      conflict.columns(['contract_id', 'major']).doUpdateSet((row) => ({
        columns: row.ref('excluded.columns'),
        contract_hash: row.ref('excluded.contract_hash'),
      })),
    )
    .execute();
}
