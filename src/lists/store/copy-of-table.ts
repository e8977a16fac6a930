import type pg from 'pg';
import { listsRefusal } from '../lists-refusals.ts';
import type { ListsContext } from '../lists-context.ts';
import { ownColumns, RECORD_COLUMNS, tableName } from './table-plan.ts';

/**
 * For measuring: an equal table (columns, indexes) that holds what the contract's table held before this delivery, and
 * the statement that writes the delivery's rows in file order in COPY text format. The caller drops the table.
 */
export async function copyOfTable(
  client: pg.PoolClient,
  context: ListsContext,
  { contractId, delivery }: { contractId: string; delivery: string },
): Promise<{ table: string; columns: string; exported: string }> {
  const contract = context.catalogue.contracts.get(contractId);
  if (contract === undefined) throw listsRefusal('contract.unknown', { contract: contractId });
  const { rows } = await client.query<{ delivery_no: string }>(
    'select delivery_no from lists.deliveries where delivery_id = $1',
    [delivery],
  );
  const deliveryNo = rows[0]?.delivery_no;
  if (deliveryNo === undefined) throw listsRefusal('delivery.unknown', { delivery });
  const source = tableName(contract);
  const table = `${source}_limit`;
  const columns = [...RECORD_COLUMNS, ...ownColumns(contract), { name: 'original' }]
    .map(({ name }) => name)
    .join(', ');
  await client.query(`create table ${table} (like ${source} including all)`);
  await client.query(`insert into ${table} (${columns}) select ${columns} from ${source} where delivery_no <> ${deliveryNo}
    order by enterprise_id`);
  return {
    table,
    columns,
    exported: `copy (select ${columns} from ${source} where delivery_no = ${deliveryNo} order by row_no) to stdout`,
  };
}
