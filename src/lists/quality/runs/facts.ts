import type { Tx } from '#kernel';
import { qualityRefusal } from '../quality-refusals.ts';
import { type Period, startOfBeijingDate } from '../period.ts';
import { defectChecks, DEFECTS_WITH_CHECK } from './evidence-rules.ts';

/** What the stored evidence says of one delivery; the counts that the formulas take. */
export type DeliveryFacts = {
  readonly deliveryNo: string;
  readonly deliveryId: string;
  readonly contractId: string;
  readonly provider: string;
  readonly checks: number;
  readonly rows: number;
  readonly failingRows: number;
  readonly cells: number;
  readonly emptyCells: number;
  /** A returned delivery has landed nothing and was not compared with itself: the next four are 0. */
  readonly timedRows: number;
  readonly rowsOnTime: number;
  readonly comparedRows: number;
  readonly repeatedRows: number;
};

/** Latest business date among what a dataset had landed by the end of a period. */
export type LatestFact = { readonly contractId: string; readonly provider: string; readonly latest: string };

/** The deliveries of a period: received in it, with a result the node knew at `knownAt`. Withdrawals bring no records. */
export async function listDeliveriesOf(tx: Tx, period: Period, knownAt: Date): Promise<string[]> {
  const rows = await tx.rows<{ delivery_no: string }>(
    `select delivery_no from lists.deliveries
     where received_at >= $1 and received_at < $2 and finished_at <= $3 and kind = 'records' and rows > 0
       and state in ('published', 'partly_published', 'returned')
     order by delivery_no`,
    [startOfBeijingDate(period.from), startOfBeijingDate(period.to), knownAt],
  );
  return rows.map((row) => row.delivery_no);
}

/** Reads the facts anew from deliveries, quality_evidence and defects; in order of the delivery number. */
export async function readFacts(tx: Tx, deliveryNos: readonly string[]): Promise<DeliveryFacts[]> {
  const { codes, checks, dimensions } = defectChecks();
  const rows = await tx.rows<DeliveryFacts>(FACTS, [deliveryNos, codes, checks, dimensions]);
  for (const { checks: made, deliveryId } of rows) {
    if (made === 0) throw qualityRefusal('quality.no_checks', { what: deliveryId });
  }
  return rows;
}

const FACTS = `
  with with_check as (${DEFECTS_WITH_CHECK}),
  failing as (
    select delivery_no, count(distinct row_no) as failing_rows from with_check
    where dimension in ('accuracy', 'conformity', 'consistency') group by delivery_no
  ), contradicting as (
    select delivery_no, count(distinct row_no) as contradicting_rows from lists.defects
    where delivery_no = any($1::bigint[]) and code = 'key_conflict' group by delivery_no
  ), evidence as (
    select delivery_no, sum(checked) as checks,
      sum(checked) filter (where dimension = 'completeness') as cells,
      sum(failed) filter (where dimension = 'completeness') as empty_cells
    from lists.quality_evidence where delivery_no = any($1::bigint[]) group by delivery_no
  )
  select d.delivery_no as "deliveryNo", d.delivery_id as "deliveryId", d.contract_id as "contractId", d.provider,
    coalesce(e.checks, 0)::float8 as checks, d.rows,
    coalesce(f.failing_rows, 0)::float8 as "failingRows",
    coalesce(e.cells, 0)::float8 as cells, coalesce(e.empty_cells, 0)::float8 as "emptyCells",
    case when d.state = 'returned' then 0 else coalesce((d.summary ->> 'latencyChecked')::float8, 0) end as "timedRows",
    case when d.state = 'returned' then 0 else coalesce((d.summary ->> 'latencyWithin')::float8, 0) end as "rowsOnTime",
    case when d.state = 'returned' then 0 else d.rows end as "comparedRows",
    case when d.state = 'returned' then 0
      else (coalesce(d.duplicate_rows, 0) + coalesce(c.contradicting_rows, 0))::float8 end as "repeatedRows"
  from lists.deliveries d
  left join evidence e on e.delivery_no = d.delivery_no
  left join failing f on f.delivery_no = d.delivery_no
  left join contradicting c on c.delivery_no = d.delivery_no
  where d.delivery_no = any($1::bigint[])
  order by d.delivery_no`;

/** Freshness looks at all that had landed before the period ended, not only at what came in it. */
export async function readLatest(tx: Tx, period: Pick<Period, 'to'>, knownAt: Date): Promise<LatestFact[]> {
  return await tx.rows<LatestFact>(
    `select contract_id as "contractId", provider, max(business_time_max)::text as latest
     from lists.deliveries
     where received_at < $1 and known_from <= $2 and kind = 'records' and business_time_max is not null
     group by contract_id, provider order by contract_id, provider`,
    [startOfBeijingDate(period.to), knownAt],
  );
}
