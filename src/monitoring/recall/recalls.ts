import { beijingDate, type Tx } from '#kernel';
import { type Admission, type Caller, recordLeaf } from '#security';
import { alertRefusal } from '../alerts/alert-refusals.ts';
import type { RecallReason } from '../alerts/alert-tables.ts';
import { requireAlertRight } from '../alerts/require-alert-right.ts';
import type { MonitoringContext } from '../monitoring-context.ts';

export type AcknowledgedRecall = {
  readonly recallId: string;
  readonly alertId: string;
  readonly reason: RecallReason;
  readonly acknowledgedAt: Date;
};

type Row = {
  enterprise_id: string;
  alert_id: string;
  institution_id: string;
  platform_id: string | null;
  reason: RecallReason;
  acknowledged_at: Date | null;
};

/**
 * The institution confirms that it no longer uses what was recalled; said again, it stands as it stood. Throws
 * `alerts.recall_unknown`, `alerts.role_without` or the policy's refusal.
 */
export async function acknowledgeRecall(
  tx: Tx,
  context: MonitoringContext,
  {
    caller,
    admission,
    recallId,
  }: { readonly caller: Caller; readonly admission: Admission; readonly recallId: string },
): Promise<AcknowledgedRecall> {
  requireAlertRight(context, { caller, admission, act: 'receive_alert' });
  const [row] = await tx.rows<Row>(
    `select enterprise_id, alert_id, institution_id, platform_id, reason, acknowledged_at
     from monitoring.alert_recalls where recall_id = $1 for update`,
    [recallId],
  );
  if (row === undefined || !isRecipient(row, admission)) throw alertRefusal('alerts.recall_unknown');
  const { enterprise_id: enterpriseId, alert_id: alertId, reason } = row;
  if (row.acknowledged_at !== null) return { recallId, alertId, reason, acknowledgedAt: row.acknowledged_at };
  const acknowledgedAt = context.clock.now();
  const { operator, institutionId: institution } = admission;
  const body = {
    act: 'recall_acknowledged',
    recall: recallId,
    alert: alertId,
    institution,
    operator,
    by: caller.id,
  };
  const { id } = await recordLeaf(tx, context.keys, { kind: 'push_receipt', at: acknowledgedAt, body });
  await tx.rows(
    `update monitoring.alert_recalls set acknowledged_at = $3, acknowledged_by = $4, acknowledged_receipt_id = $5
     where enterprise_id = $1 and recall_id = $2`,
    [enterpriseId, recallId, acknowledgedAt, caller.id, id],
  );
  return { recallId, alertId, reason, acknowledgedAt };
}

/** The institution itself, or the platform through which it was told. */
function isRecipient(row: Row, { institutionId, platformId }: Admission): boolean {
  return row.institution_id === institutionId && (platformId === null || platformId === row.platform_id);
}

/** How far recalls are confirmed. `onTime`: confirmed by its day; `rate`: acknowledged of all recalls. */
export type RecallRate = {
  readonly institutionId: string;
  readonly recalls: number;
  readonly acknowledged: number;
  readonly onTime: number;
  /** Not confirmed, and past their day. */
  readonly overdue: number;
  readonly rate: number;
};

/** By institution, of what was recalled since an instant. */
export async function readRecallRates(
  tx: Tx,
  { clock }: Pick<MonitoringContext, 'clock'>,
  { since }: { readonly since: Date },
): Promise<RecallRate[]> {
  const rows = await tx.rows<Omit<RecallRate, 'rate'>>(
    `select institution_id as "institutionId", count(*)::integer as recalls,
       count(acknowledged_at)::integer as acknowledged,
       count(*) filter (where (acknowledged_at at time zone 'Asia/Shanghai')::date <= due_on)::integer as "onTime",
       count(*) filter (where acknowledged_at is null and due_on < $2)::integer as overdue
     from monitoring.alert_recalls where recalled_at >= $1 group by institution_id order by institution_id`,
    [since, beijingDate(clock.now())],
  );
  return rows.map((row) => ({ ...row, rate: row.acknowledged / row.recalls }));
}
