import { assertProof, type Tx } from '#kernel';
import type { Grant } from '#security';
import type { Contract } from '../contract/shape.ts';
import { lockMarksShared } from '../read/mark-lock.ts';
import { tableName } from '../store/table-plan.ts';
import { type ExpiredRecord, isSameRecord } from './find-expired.ts';

/** A version that is there no more. */
export type RemovedVersion = {
  readonly enterpriseId: string;
  readonly deliveryNo: string;
  readonly rowNo: number;
  readonly recordId: string;
  /** The latest version of its record, as it was asked for. */
  readonly ofRecord: string;
};

export type ToRemove = { readonly contract: Contract; readonly records: readonly ExpiredRecord[] };

/**
 * Those of the records that still stand as they were found, each held until the transaction ends: a delivery that would change
 * one waits. What one has changed meanwhile is left for the next time.
 */
export async function holdExpired(
  tx: Tx,
  grant: Grant,
  { contract, records }: ToRemove,
): Promise<ExpiredRecord[]> {
  assertProof(grant, 'Grant');
  const held = await tx.rows<{ recordId: string }>(holdOf(contract), [
    records.map(({ enterpriseId }) => enterpriseId),
    records.map(({ deliveryNo }) => deliveryNo),
    records.map(({ rowNo }) => rowNo),
    records.map(({ knownTo }) => knownTo),
    records.map(({ recordId }) => recordId),
  ]);
  const standing = new Set(held.map(({ recordId }) => recordId));
  return records.filter(({ recordId }) => standing.has(recordId));
}

/**
 * Removes every version of these records with what the lists kept beside them: marks, quarantine, held rows, findings of
 * quality. Counts and the Merkle root of the deliveries stay. The caller holds them, see `holdExpired`. The enterprises are seen
 * as touched by whoever asks what changed.
 */
export async function removeRecords(
  tx: Tx,
  grant: Grant,
  { contract, records }: ToRemove,
): Promise<RemovedVersion[]> {
  assertProof(grant, 'Grant');
  await lockMarksShared(tx);
  const removed = await tx.rows<RemovedVersion>(removalOf(contract), [
    records.map(({ enterpriseId }) => enterpriseId),
    records.map(({ deliveryNo }) => deliveryNo),
    records.map(({ rowNo }) => rowNo),
    records.map(({ recordId }) => recordId),
  ]);
  await removeBeside(tx, contract, removed);
  return removed;
}

/** The latest version as it was found, held until the transaction ends. In one order, always. */
function holdOf(contract: Contract): string {
  return `
    select asked.record as "recordId"
    from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::text[])
      as asked (enterprise_id, delivery_no, row_no, known_to, record)
    join ${tableName(contract)} r on r.enterprise_id = asked.enterprise_id and r.delivery_no = asked.delivery_no
      and r.row_no = asked.row_no and r.known_to = asked.known_to
    order by r.enterprise_id, r.delivery_no, r.row_no
    for update of r`;
}

function removalOf(contract: Contract): string {
  const table = tableName(contract);
  return `
    with gone as (
      select distinct v.enterprise_id, v.delivery_no, v.row_no, v.known_from, asked.record
      from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[]) as asked (enterprise_id, delivery_no, row_no, record)
      join ${table} r on r.enterprise_id = asked.enterprise_id and r.delivery_no = asked.delivery_no and r.row_no = asked.row_no
      join ${table} v on ${isSameRecord(contract, 'v', 'r')}
    ), removed as (
      delete from ${table} t using gone g
      where t.enterprise_id = g.enterprise_id and t.delivery_no = g.delivery_no and t.row_no = g.row_no
        and t.known_from = g.known_from
      returning t.enterprise_id, t.delivery_no, t.row_no, g.record
    )
    select distinct x.enterprise_id::text as "enterpriseId", x.delivery_no::text as "deliveryNo", x.row_no as "rowNo",
      d.delivery_id || ':' || x.row_no as "recordId", x.record as "ofRecord"
    from removed x join lists.deliveries d using (delivery_no)`;
}

async function removeBeside(
  tx: Tx,
  { id }: Pick<Contract, 'id'>,
  removed: readonly RemovedVersion[],
): Promise<void> {
  const places = [
    removed.map(({ enterpriseId }) => enterpriseId),
    removed.map(({ deliveryNo }) => deliveryNo),
    removed.map(({ rowNo }) => rowNo),
  ];
  await tx.rows(REMOVE_MARKS, [...places, id]);
  await tx.rows(REMOVE_FINDINGS, places);
  await tx.rows(REMOVE_HELD, places.slice(1));
  await tx.rows(EMPTY_DEFECTS, places.slice(1));
  await tx.rows(TOUCH, [...places, id]);
}

const REMOVE_MARKS = `
  delete from lists.marks m
  using unnest($1::bigint[], $2::bigint[], $3::integer[]) as gone (enterprise_id, delivery_no, row_no)
  where m.enterprise_id = gone.enterprise_id and m.contract_id = $4 and m.delivery_no = gone.delivery_no
    and m.row_no = gone.row_no`;

const REMOVE_FINDINGS = `
  delete from lists.quality_findings f
  using unnest($1::bigint[], $2::bigint[], $3::integer[]) as gone (enterprise_id, delivery_no, row_no)
  where f.enterprise_id = gone.enterprise_id and f.delivery_no = gone.delivery_no and f.row_no = gone.row_no`;

const REMOVE_HELD = `
  delete from lists.held_rows h
  using unnest($1::bigint[], $2::integer[]) as gone (delivery_no, row_no)
  where h.delivery_no = gone.delivery_no and h.row_no = gone.row_no`;

const EMPTY_DEFECTS = `
  update lists.defects f set raw = null, params = '{}'
  from unnest($1::bigint[], $2::integer[]) as gone (delivery_no, row_no)
  where f.delivery_no = gone.delivery_no and f.row_no = gone.row_no`;

/**
 * A mark that held at no time: nobody is kept from anything by it, and whoever asks which enterprises changed since an instant
 * finds these, of whom no row is left that could say so.
 */
const TOUCH = `
  insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, valid_to, known_from, known_to)
  select distinct gone.enterprise_id, $4, 0, 0, 'withheld', 'retention', now.at, now.at, now.at, now.at
  from unnest($1::bigint[], $2::bigint[], $3::integer[]) as gone (enterprise_id, delivery_no, row_no)
  cross join (select date_trunc('milliseconds', clock_timestamp()) as at) as now`;
