import type { Tx } from '#kernel';
import { type Admission, type Caller, recordLeaf } from '#security';
import { alertRefusal } from '../alerts/alert-refusals.ts';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import { changeAlert, findAlert, moveAlerts, takeAlerts } from '../alerts/move-alerts.ts';
import { requireAlertRight } from '../alerts/require-alert-right.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import { decideStep, type HandlingStep } from './decide-step.ts';

export type Handling = {
  readonly caller: Caller;
  readonly admission: Admission;
  readonly alertId: string;
  readonly step: HandlingStep;
};

export type Handled = {
  readonly alert: LiveAlert;
  readonly isCaseClosed: boolean;
  readonly receiptId: string;
};

/**
 * A risk officer or clerk of the institution takes a step with one of its alerts. The case closes with its last alert.
 * Throws `alerts.role_without`, the policy's refusal, `alerts.unknown`, or what `decideStep` refuses.
 */
export async function handleAlert(
  tx: Tx,
  context: MonitoringContext,
  { caller, admission, alertId, step }: Handling,
): Promise<Handled> {
  const { clock, handling: terms, keys } = context;
  requireAlertRight(context, { caller, admission, act: 'handle_alert' });
  const found = await findAlert(tx, alertId);
  if (found === undefined || found.institutionId !== admission.institutionId)
    throw alertRefusal('alerts.unknown');
  const [alert] = await takeAlerts(tx, [found]);
  if (alert === undefined) throw alertRefusal('alerts.unknown');
  const changes = decideStep(alert, step, { terms, clock, snoozes: await countSnoozes(tx, alert) });
  const at = clock.now();
  const { id: receiptId } = await recordLeaf(tx, keys, {
    kind: step.step === 'acknowledge' ? 'push_receipt' : 'administrative_act',
    at,
    subject: alert.enterpriseId,
    body: { act: 'alert_handled', ...bodyOf(alert, step), operator: admission.operator, by: caller.id },
  });
  const next = changeAlert(alert, { ...changes, cause: 'handled', saidBy: caller.id, receiptId });
  const closed = await moveAlerts(tx, [next], { at, outcome: 'handled' });
  return { alert: next, isCaseClosed: closed > 0, receiptId };
}

function bodyOf({ alertId, caseId, versionNo, institutionId }: LiveAlert, step: HandlingStep) {
  return { alert: alertId, case: caseId, version: versionNo + 1, institution: institutionId, ...step };
}

async function countSnoozes(tx: Tx, { enterpriseId, alertId }: LiveAlert): Promise<number> {
  const [row] = await tx.rows<{ n: number }>(
    `select count(*)::integer as n from monitoring.alert_versions
     where enterprise_id = $1 and alert_id = $2 and state = 'snoozed' and cause = 'handled'`,
    [enterpriseId, alertId],
  );
  return row?.n ?? 0;
}
