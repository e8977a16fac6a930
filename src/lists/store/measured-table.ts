import type pg from 'pg';
import type { Contract } from '../contract/shape.ts';
import { listsRefusal } from '../lists-refusals.ts';
import type { ListsContext } from '../lists-context.ts';
import { ownColumns, RECORD_COLUMNS, tableName } from './table-plan.ts';

/** Which delivery of a benchmark is measured. */
export type MeasuredDelivery = { readonly contractId: string; readonly delivery: string };

/**
 * For measuring alone: the statements under which plain COPY does what the delivery did. `exported` writes its rows in
 * file order, moved to days of their own; `table` is an equal empty table, or the contract's own where `isOwn`.
 */
export async function openCopyLimit(
  client: pg.PoolClient,
  context: ListsContext,
  { isOwn, ...measured }: MeasuredDelivery & { isOwn: boolean },
): Promise<{ table: string; columns: string; exported: string }> {
  const { contract, deliveryNo } = await find(client, context, measured);
  const source = tableName(contract);
  const table = isOwn ? source : `${source}_limit`;
  if (!isOwn) await client.query(`create table ${table} (like ${source} including all)`);
  const rows = `select ${movedColumns(contract, { days: MOVED_DAYS, deliveryNo: `-${deliveryNo}` })}
    from ${source} where delivery_no = ${deliveryNo} order by row_no`;
  return { table, columns: columnNames(contract).join(', '), exported: `copy (${rows}) to stdout` };
}

/** For measuring alone: repeats a delivery's rows on earlier days, in the order in which deliveries write. */
export async function repeatRows(
  client: pg.PoolClient,
  context: ListsContext,
  { times, ...measured }: MeasuredDelivery & { times: number },
): Promise<void> {
  const { contract, deliveryNo } = await find(client, context, measured);
  const table = tableName(contract);
  for (let turn = 1; turn <= times; turn += 1) {
    const moved = movedColumns(contract, { days: -turn * MOVED_DAYS, deliveryNo: `-${turn * 1_000}` });
    await client.query(
      `insert into ${table} (${columnNames(contract).join(', ')})
       select ${moved} from ${table} where delivery_no = ${deliveryNo} order by enterprise_id, ${contract.naturalKey.join(', ')}`,
    );
  }
  await client.query(`analyze ${table}`);
}

/** For measuring alone: the names under which a hand-written statement finds the register and the records of a contract. */
export function measuredNames(context: ListsContext): {
  readonly register: string;
  readonly records: (contractId: string) => string;
} {
  const records = (contractId: string): string => {
    const contract = context.catalogue.contracts.get(contractId);
    if (contract === undefined) throw listsRefusal('contract.unknown', { contract: contractId });
    return tableName(contract);
  };
  return { register: 'lists.enterprises', records };
}

/** Days between the days of one delivery and the next. */
const MOVED_DAYS = 40;

function columnNames(contract: Contract): string[] {
  return [...RECORD_COLUMNS, ...ownColumns(contract), { name: 'original' }].map(({ name }) => name);
}

function movedColumns(contract: Contract, by: { days: number; deliveryNo: string }): string {
  return columnNames(contract)
    .map((name) => {
      if (name === 'delivery_no') return `${by.deliveryNo} as delivery_no`;
      return name === contract.businessTime ? `${name} + ${by.days} as ${name}` : name;
    })
    .join(', ');
}

async function find(
  client: pg.PoolClient,
  context: ListsContext,
  { contractId, delivery }: MeasuredDelivery,
): Promise<{ contract: Contract; deliveryNo: string }> {
  const contract = context.catalogue.contracts.get(contractId);
  if (contract === undefined) throw listsRefusal('contract.unknown', { contract: contractId });
  const { rows } = await client.query<{ delivery_no: string }>(
    'select delivery_no from lists.deliveries where delivery_id = $1',
    [delivery],
  );
  const deliveryNo = rows[0]?.delivery_no;
  if (deliveryNo === undefined) throw listsRefusal('delivery.unknown', { delivery });
  return { contract, deliveryNo };
}
