import { beijingDate, type EnterpriseId, newId, type Tx } from '#kernel';
import { type Caller, type LeafFacts, recordLeaves, requireAllowed } from '#security';
import { LIVE_ALERT, type LiveRow, type NextVersion, toLiveAlert } from '../alerts/alert-sql.ts';
import type { LiveAlert, RecallReason } from '../alerts/alert-tables.ts';
import { changeAlert, moveAlerts, takeAlerts } from '../alerts/move-alerts.ts';
import { messageOf } from '../alerts/tell-institutions.ts';
import { dueAfter } from '../handling/terms.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import { queueMessages } from '../push/queue-messages.ts';

/** What recalling works with; whoever recalls for another duty need not have the rest of monitoring. */
export type RecallContext = Pick<MonitoringContext, 'policies' | 'keys' | 'clock' | 'handling'>;

/** A record as deliveries name it, whichever of its versions. */
export type RecalledRecord = { readonly deliveryNo: string; readonly rowNo: number };

export type RecallRequest = {
  readonly caller: Caller;
  readonly enterpriseId: EnterpriseId;
  readonly contract: string;
  readonly record: RecalledRecord;
  readonly reason: RecallReason;
};

export type Recalled = {
  /** Alerts that were recalled, each to the one institution that had it. */
  readonly recalls: number;
  readonly institutions: number;
  readonly casesClosed: number;
};

/**
 * Recalls every alert that rests on this record, in the caller's transaction: its version says so, its case closes when
 * nothing is left in it, and whoever had it is told by when to confirm. Alerts that were handled are recalled too, since
 * what they said may still be in use; an alert is recalled once. Throws the policy's refusal.
 */
export async function recallAlerts(
  tx: Tx,
  context: RecallContext,
  { caller, enterpriseId, contract, record, reason }: RecallRequest,
): Promise<Recalled> {
  requireAllowed(context.policies, caller, 'recall_alert');
  const evidence = JSON.stringify([{ contract, ...record }]);
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT} where a.enterprise_id = $1 and v.state <> 'recalled' and v.evidence @> $2::jsonb
     order by a.enterprise_id, a.institution_id, a.alert_id`,
    [enterpriseId, evidence],
  );
  const named = rows.map(toLiveAlert).map((alert): Recall => ({ alert, contract, record, reason }));
  return await recallThese(tx, context, { caller, recalls: named });
}

/** One alert that is to be recalled, and the record on which it rests no more. */
export type Recall = {
  readonly alert: LiveAlert;
  readonly contract: string;
  readonly record: RecalledRecord;
  readonly reason: RecallReason;
};

/** Recalls these alerts unless they were recalled meanwhile. The caller of this has the right to. */
export async function recallThese(
  tx: Tx,
  context: RecallContext,
  { caller, recalls }: { readonly caller: Caller; readonly recalls: readonly Recall[] },
): Promise<Recalled> {
  const taken = new Map(
    (
      await takeAlerts(
        tx,
        recalls.map(({ alert }) => alert),
      )
    ).map((alert) => [alert.alertId, alert]),
  );
  const standing = recalls.flatMap((recall): Recall[] => {
    const alert = taken.get(recall.alert.alertId);
    const isSame = alert?.signalId === recall.alert.signalId && alert.state !== 'recalled';
    return alert !== undefined && isSame ? [{ ...recall, alert }] : [];
  });
  if (standing.length === 0) return { recalls: 0, institutions: 0, casesClosed: 0 };
  const at = context.clock.now();
  const notices = await recordNotices(tx, context, { caller, recalls: standing, at });
  const casesClosed = await moveAlerts(
    tx,
    notices.map(({ version }) => version),
    { at, outcome: 'recalled' },
  );
  await insertNotices(tx, notices, { by: caller.id, at });
  await tell(tx, notices, at);
  const institutions = new Set(standing.map(({ alert }) => alert.institutionId)).size;
  return { recalls: notices.length, institutions, casesClosed };
}

type Notice = Recall & {
  readonly recallId: string;
  readonly version: NextVersion;
  readonly dueOn: string;
  readonly isDueCertain: boolean;
};

/** A leaf about the enterprise for each: it can show that it was put right, and to whom. */
async function recordNotices(
  tx: Tx,
  { keys, handling }: RecallContext,
  {
    caller,
    recalls,
    at,
  }: { readonly caller: Caller; readonly recalls: readonly Recall[]; readonly at: Date },
): Promise<Notice[]> {
  const due = dueAfter(handling.calendar, beijingDate(at), handling.recallAcknowledge);
  const named = recalls.map((recall) => ({ ...recall, recallId: newId('rcl', at) }));
  const leaves = named.map(({ alert, recallId, contract, reason }): LeafFacts => {
    const { alertId: id, institutionId: institution, enterpriseId: subject } = alert;
    const body = {
      act: 'alert_recalled',
      recall: recallId,
      alert: id,
      institution,
      contract,
      reason,
      by: caller.id,
    };
    return { kind: 'correction', at, subject, body };
  });
  const receipts = await recordLeaves(tx, keys, leaves);
  return named.map((recall, n) => {
    const receiptId = receipts[n]?.id ?? '';
    return { ...recall, ...due, version: recalledVersion(recall.alert, { caller, receiptId }) };
  });
}

/** What was judged and done stays: a later version says that it no longer holds. */
function recalledVersion(
  alert: LiveAlert,
  { caller, receiptId }: { readonly caller: Caller; readonly receiptId: string },
): NextVersion {
  const ended = {
    state: 'recalled',
    dueOn: null,
    isDueCertain: true,
    snoozedUntil: null,
    escalation: 0,
  } as const;
  return changeAlert(alert, { ...ended, cause: 'recalled', saidBy: caller.id, receiptId });
}

async function insertNotices(
  tx: Tx,
  notices: readonly Notice[],
  { by, at }: { readonly by: string; readonly at: Date },
): Promise<void> {
  const rows = notices.map(({ alert, version, record, ...notice }) => {
    const { enterpriseId, alertId, institutionId, platformId } = alert;
    const { versionNo, receiptId } = version;
    return { ...notice, ...record, enterpriseId, alertId, institutionId, platformId, versionNo, receiptId };
  });
  await tx.rows(
    `insert into monitoring.alert_recalls (enterprise_id, recall_id, alert_id, version_no, institution_id, platform_id,
       reason, contract, delivery_no, row_no, due_on, due_is_certain, recalled_by, recalled_at, receipt_id)
     select "enterpriseId", "recallId", "alertId", "versionNo", "institutionId", "platformId", reason, contract,
       "deliveryNo", "rowNo", "dueOn", "isDueCertain", $2, $3, "receiptId"
     from json_to_recordset($1::json) as notice ("enterpriseId" bigint, "recallId" text, "alertId" text,
       "versionNo" integer, "institutionId" text, "platformId" text, reason text, contract text, "deliveryNo" bigint,
       "rowNo" integer, "dueOn" date, "isDueCertain" boolean, "receiptId" text)
     order by 1, 2`,
    [JSON.stringify(rows), by, at],
  );
}

async function tell(tx: Tx, notices: readonly Notice[], at: Date): Promise<void> {
  const messages = notices.map(({ version, recallId, reason, dueOn }) =>
    messageOf(version, { type: 'cn.xinqiao.alert.recalled', more: { recallId, reason, dueOn } }),
  );
  await queueMessages(tx, messages, at);
}
