import type { Tx } from '#kernel';
import type { CheckSummary } from '../check/check-task.ts';
import { listsRefusal } from '../lists-refusals.ts';
import type { DeliveryState, ListsTables } from '../tables.ts';
import type { Counts } from './publish.ts';

/** A delivery as its steps need it. */
export type Delivery = {
  readonly deliveryNo: string;
  readonly deliveryId: string;
  readonly contractId: string;
  /** The department, or the institution that gives back. */
  readonly provider: string;
  /** The version it came under; it is checked by that one even if a newer is in force by now. */
  readonly contractHash: string;
  readonly kind: 'records' | 'withdrawal';
  readonly mapping: string;
  readonly digest: string;
  readonly state: DeliveryState;
};

export async function readDelivery(tx: Tx, deliveryNo: string): Promise<Delivery> {
  const row = await tx
    .tables<ListsTables>()
    .selectFrom('lists.deliveries')
    .select([
      'delivery_no',
      'delivery_id',
      'contract_id',
      'provider',
      'contract_hash',
      'kind',
      'mapping',
      'digest',
      'state',
    ])
    .where('delivery_no', '=', deliveryNo)
    .executeTakeFirst();
  if (row === undefined) throw listsRefusal('delivery.unknown', { delivery: deliveryNo });
  return {
    deliveryNo: row.delivery_no,
    deliveryId: row.delivery_id,
    contractId: row.contract_id,
    provider: row.provider,
    contractHash: row.contract_hash,
    kind: row.kind,
    mapping: row.mapping,
    digest: row.digest,
    state: row.state,
  };
}

type Finished = {
  readonly delivery: Delivery;
  readonly summary: CheckSummary;
  readonly counts: Counts;
  readonly knownFrom: Date;
  readonly at: Date;
};

/** Writes the counts and the evidence; the table itself refuses counts that do not add up. */
export async function finishDelivery(
  tx: Tx,
  { delivery, summary, counts, knownFrom, at }: Finished,
): Promise<void> {
  const isWhole = counts.quarantined === 0 && counts.held === 0;
  await tx
    .tables<ListsTables>()
    .updateTable('lists.deliveries')
    .set({
      state: isWhole ? 'published' : 'partly_published',
      known_from: knownFrom,
      finished_at: at,
      publishing_since: null,
      rows: summary.rows,
      new_rows: counts.new,
      changed_rows: counts.changed,
      unchanged_rows: counts.unchanged,
      held_rows: counts.held,
      quarantined_rows: counts.quarantined,
      duplicate_rows: counts.duplicateInFile,
      withdrawn_rows: counts.withdrawn,
      merkle_root: summary.merkleRoot,
      business_time_max: summary.businessTimeMax,
      summary: JSON.stringify(summary),
    })
    .where('delivery_no', '=', delivery.deliveryNo)
    .execute();
  await recordEvidence(tx, delivery, summary);
}

/** A returned delivery publishes nothing; its defects and evidence stay for the department and for the score. */
export async function returnDelivery(
  tx: Tx,
  { delivery, summary, at }: { delivery: Delivery; summary: CheckSummary; at: Date },
): Promise<void> {
  await tx.rows(
    `update lists.deliveries
     set state = 'returned', finished_at = $2, publishing_since = null, rows = $3, quarantined_rows = $4,
       merkle_root = $5, summary = $6, return_due_on = ($2::timestamptz at time zone 'Asia/Shanghai')::date + $7::integer
     where delivery_no = $1`,
    [
      delivery.deliveryNo,
      at,
      summary.rows,
      summary.quarantined,
      summary.merkleRoot,
      JSON.stringify(summary),
      RETURN_DAYS,
    ],
  );
  await recordEvidence(tx, delivery, summary);
}

/** 5 working days at the provider are at most 7 days without a holiday; the calendar of issue 6 replaces this bound. */
const RETURN_DAYS = 7;

async function recordEvidence(tx: Tx, delivery: Delivery, summary: CheckSummary): Promise<void> {
  await tx.rows(
    `insert into lists.quality_evidence (delivery_no, rule, dimension, severity, checked, failed)
     select $1, rule, dimension, severity, checked, failed
     from jsonb_to_recordset($2::jsonb) as c(rule text, dimension text, severity text, checked integer, failed integer)
     on conflict (delivery_no, rule) do nothing`,
    [delivery.deliveryNo, JSON.stringify(summary.checks)],
  );
}
