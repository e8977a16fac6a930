import { nameRecords } from '#lists';
import type { EnterpriseId, Tx } from '#kernel';
import { type Admission, type Caller, recordLeaf } from '#security';
import { alertRefusal } from '../alerts/alert-refusals.ts';
import type { NextVersion } from '../alerts/alert-sql.ts';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import { changeAlert, findAlert, moveAlerts, takeAlerts } from '../alerts/move-alerts.ts';
import {
  type AlertAnswer,
  type AlertPage,
  type AlertRecall,
  type AlertStep,
  readAlerts,
  readAnswers,
  readNames,
  readRecallsOf,
  readRuleWords,
  readSteps,
  type RuleSaid,
} from '../alerts/read-alerts.ts';
import { requireAlertRight } from '../alerts/require-alert-right.ts';
import type { MonitoringContext } from '../monitoring-context.ts';

export type Receiving = { readonly caller: Caller; readonly admission: Admission };

/** An alert as its institution is given it. */
export type ReceivedAlert = {
  readonly alert: LiveAlert;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly rule: RuleSaid | null;
  /** `<contract>`, and the record as `<delivery>:<row>`. */
  readonly records: readonly AlertRecord[];
};
export type AlertRecord = { readonly contract: string; readonly record: string };

/**
 * The inbox of an institution, newest first. What is looked at for the first time is pushed by that, with one leaf for all
 * of it. Throws `alerts.role_without` or the policy's refusal.
 */
export async function receiveAlerts(
  tx: Tx,
  context: MonitoringContext,
  { caller, admission, ...page }: Receiving & Omit<AlertPage, 'institutionId' | 'platformId'>,
): Promise<ReceivedAlert[]> {
  requireAlertRight(context, { caller, admission, act: 'receive_alert' });
  const { institutionId, platformId } = admission;
  const through = platformId === null ? {} : { platformId };
  const alerts = await readAlerts(tx, { ...page, institutionId, ...through });
  return await describe(tx, await notePushed(tx, context, { caller, alerts }));
}

export type ReceivedInFull = ReceivedAlert & {
  readonly steps: readonly AlertStep[];
  readonly answers: readonly AlertAnswer[];
  readonly recalls: readonly AlertRecall[];
};

/** One alert with how it stood, what the enterprise answered and whether it was recalled. Throws `alerts.unknown` too. */
export async function receiveAlert(
  tx: Tx,
  context: MonitoringContext,
  { caller, admission, alertId }: Receiving & { readonly alertId: string },
): Promise<ReceivedInFull> {
  requireAlertRight(context, { caller, admission, act: 'receive_alert' });
  const found = await findAlert(tx, alertId);
  if (found === undefined || !isRecipient(found, admission)) throw alertRefusal('alerts.unknown');
  const alerts = await notePushed(tx, context, { caller, alerts: [found] });
  const [received] = await describe(tx, alerts);
  if (received === undefined) throw alertRefusal('alerts.unknown');
  const [steps, answers, recalls] = [
    await readSteps(tx, alerts),
    await readAnswers(tx, alerts),
    await readRecallsOf(tx, alerts),
  ];
  const of = <Part>(parts: ReadonlyMap<string, readonly Part[]>): readonly Part[] => parts.get(alertId) ?? [];
  return { ...received, steps: of(steps), answers: of(answers), recalls: of(recalls) };
}

/** The institution itself, or the platform through which it was told. */
function isRecipient(alert: LiveAlert, { institutionId, platformId }: Admission): boolean {
  return alert.institutionId === institutionId && (platformId === null || platformId === alert.platformId);
}

type AlertName = {
  readonly enterpriseId: EnterpriseId;
  readonly alertId: string;
  readonly institutionId: string;
};

/**
 * Marks alerts as pushed that were only raised: by the institution's first look, or by whoever delivered the message and
 * has its receipt. Returns all of them as they stand now. In the caller's transaction; said again, it changes nothing.
 */
export async function notePushed<Alert extends AlertName & { readonly state: LiveAlert['state'] }>(
  tx: Tx,
  { clock, keys }: Pick<MonitoringContext, 'clock' | 'keys'>,
  { caller, alerts }: { readonly caller: Caller; readonly alerts: readonly Alert[] },
): Promise<(Alert | NextVersion)[]> {
  const unseen = alerts.filter(({ state }) => state === 'raised');
  if (unseen.length === 0) return [...alerts];
  const at = clock.now();
  const taken = (await takeAlerts(tx, unseen)).filter(({ state }) => state === 'raised');
  if (taken.length === 0) return [...alerts];
  const body = { act: 'alerts_pushed', alerts: taken.map(({ alertId }) => alertId), by: caller.id };
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'push_receipt', at, body });
  const pushed = taken.map((alert) =>
    changeAlert(alert, { state: 'pushed', cause: 'pushed', saidBy: caller.id, receiptId }),
  );
  await moveAlerts(tx, pushed, { at, outcome: 'handled' });
  const now = new Map(pushed.map((alert) => [alert.alertId, alert]));
  return alerts.map((alert) => now.get(alert.alertId) ?? alert);
}

async function describe(tx: Tx, alerts: readonly LiveAlert[]): Promise<ReceivedAlert[]> {
  const [words, names, records] = [
    await readRuleWords(tx, alerts),
    await readNames(tx, alerts),
    await recordsOf(tx, alerts),
  ];
  return alerts.map((alert) => ({
    alert,
    enterprise: names.get(alert.enterpriseId) ?? { code: null, name: '' },
    rule: words.get(alert.ruleHash) ?? null,
    records: records(alert),
  }));
}

/** Records behind alerts under the names that people know: delivery and row. */
export async function recordsOf(
  tx: Tx,
  alerts: readonly Pick<LiveAlert, 'evidence'>[],
): Promise<(alert: Pick<LiveAlert, 'evidence'>) => AlertRecord[]> {
  const places = alerts.flatMap(({ evidence }) => evidence.map(placeOf));
  const names = await nameRecords(tx, places);
  return ({ evidence }) =>
    evidence.map((one) => ({ contract: one.contract, record: names.get(placeOf(one)) ?? placeOf(one) }));
}

function placeOf({ deliveryNo, rowNo }: { readonly deliveryNo: string; readonly rowNo: number }): string {
  return `${deliveryNo}:${rowNo}`;
}
