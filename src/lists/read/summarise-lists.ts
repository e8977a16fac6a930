import type { Tx } from '#kernel';
import type { Contract } from '../contract/shape.ts';
import { tableName } from '../store/table-plan.ts';

/** One line of the lists as everyone may see it: what is collected, from whom, how open, how fresh. */
export type ListLine = {
  readonly id: string;
  readonly list: Contract['list'];
  readonly name: string;
  readonly provider: string;
  readonly version: string;
  readonly sharingModes: Contract['sharingModes'];
  readonly disclosures: Contract['disclosures'];
  readonly frequency: Contract['frequency'];
  readonly fields: number;
  readonly lastDeliveryAt: Date | null;
  readonly lastState: string | null;
  /** Live records; estimated by the database where there are more than a hundred thousand. */
  readonly records: number;
};

/** Above this an exact count is not worth its time on a page. */
const COUNTED_EXACTLY = 100_000;

export async function summariseLists(tx: Tx, contracts: Iterable<Contract>): Promise<ListLine[]> {
  const latest = await tx.rows<{ contract_id: string; at: Date; state: string; made: number }>(
    `select distinct on (contract_id) contract_id, received_at as at, state,
       (sum(new_rows + changed_rows) over (partition by contract_id))::float8 as made
     from lists.deliveries order by contract_id, received_at desc, delivery_no desc`,
  );
  const byContract = new Map(latest.map((row) => [row.contract_id, row]));
  const lines: ListLine[] = [];
  for (const contract of contracts) {
    const last = byContract.get(contract.id);
    lines.push({
      id: contract.id,
      list: contract.list,
      name: contract.name,
      provider: contract.provider,
      version: contract.version,
      sharingModes: contract.sharingModes,
      disclosures: contract.disclosures,
      frequency: contract.frequency,
      fields: contract.fields.length,
      lastDeliveryAt: last?.at ?? null,
      lastState: last?.state ?? null,
      records: last === undefined ? 0 : await countLive(tx, contract, last.made),
    });
  }
  return lines;
}

async function countLive(tx: Tx, contract: Contract, made: number): Promise<number> {
  if (made > COUNTED_EXACTLY) return await estimateLive(tx, contract);
  const [row] = await tx.rows<{ n: number }>(
    `select count(*)::integer as n from ${tableName(contract)} where known_to = 'infinity'`,
  );
  return row?.n ?? 0;
}

/** The planner's own estimate over the live index and its partitions. */
async function estimateLive(tx: Tx, contract: Contract): Promise<number> {
  const [row] = await tx.rows<{ n: number }>(
    `select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 as n
     from pg_class c join pg_index i on i.indexrelid = c.oid
     where i.indrelid in (
         select $1::regclass::oid union all select inhrelid from pg_inherits where inhparent = $1::regclass)
       and c.relkind = 'i' and i.indpred is not null`,
    [tableName(contract)],
  );
  return row?.n ?? 0;
}
