import { beijingDate, type Tx } from '#kernel';
import {
  type Admission,
  type Caller,
  hideFigures,
  recordLeaf,
  type ShownFigures,
  type StatisticsFloor,
} from '#security';
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
  /** Enterprises that they are about, and how many are about the one with the most. */
  readonly subjects: number;
  readonly largest: number;
};

const RATE_FIGURES = ['recalls', 'acknowledged', 'onTime', 'overdue', 'rate'] as const;

/** A line as those see it who oversee recalls; what rests on few is null. */
export type ShownRecallRate = Omit<
  ShownFigures<RecallRate, (typeof RATE_FIGURES)[number]>,
  'subjects' | 'largest'
>;

/** No total is given of the lines. */
export function showRecallRates(rates: readonly RecallRate[], floor: StatisticsFloor): ShownRecallRate[] {
  const shown = hideFigures(rates, RATE_FIGURES, {
    floor,
    baseOf: ({ subjects, largest, recalls: total }) => ({ subjects, largest, total }),
  });
  return shown.map(({ subjects: _subjects, largest: _largest, ...line }) => line);
}

/** By institution, of what was recalled since an instant. */
export async function readRecallRates(
  tx: Tx,
  { clock }: Pick<MonitoringContext, 'clock'>,
  { since }: { readonly since: Date },
): Promise<RecallRate[]> {
  const rows = await tx.rows<Omit<RecallRate, 'rate'>>(
    `select "institutionId", sum(recalls)::integer as recalls, sum(acknowledged)::integer as acknowledged,
       sum("onTime")::integer as "onTime", sum(overdue)::integer as overdue, count(*)::integer as subjects,
       max(recalls)::integer as largest
     from (
       select institution_id as "institutionId", enterprise_id, count(*) as recalls, count(acknowledged_at) as acknowledged,
         count(*) filter (where (acknowledged_at at time zone 'Asia/Shanghai')::date <= due_on) as "onTime",
         count(*) filter (where acknowledged_at is null and due_on < $2) as overdue
       from monitoring.alert_recalls where recalled_at >= $1 group by 1, 2
     ) of_enterprise group by 1 order by 1`,
    [since, beijingDate(clock.now())],
  );
  return rows.map((row) => ({ ...row, rate: row.acknowledged / row.recalls }));
}
