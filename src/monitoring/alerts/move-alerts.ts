import type { Tx } from '#kernel';
import {
  type LiveRow,
  LIVE_ALERT,
  lockAlerts,
  type NextVersion,
  toLiveAlert,
  writeVersions,
} from './alert-sql.ts';
import type { AlertStanding, LiveAlert } from './alert-tables.ts';
import { type CaseOutcome, closeDoneCases, lockCases } from './lock-cases.ts';

type AlertName = Pick<LiveAlert, 'enterpriseId' | 'alertId' | 'institutionId'>;

/** Takes the cases of these alerts and then the alerts themselves; how they stand from here on nobody else changes. */
export async function takeAlerts(tx: Tx, names: readonly AlertName[]): Promise<LiveAlert[]> {
  if (names.length === 0) return [];
  await lockCases(tx, names);
  return await lockAlerts(tx, names);
}

/** An alert of this id; undefined: there is none. Not locked. */
export async function findAlert(tx: Tx, alertId: string): Promise<LiveAlert | undefined> {
  const [row] = await tx.rows<LiveRow>(`${LIVE_ALERT} where a.alert_id = $1`, [alertId]);
  return row === undefined ? undefined : toLiveAlert(row);
}

/** The version after this one, with what changes. */
export function changeAlert(alert: LiveAlert, changes: Partial<AlertStanding>): NextVersion {
  return { ...alert, ...changes, versionNo: alert.versionNo + 1 };
}

/** Writes the versions of taken alerts and closes their cases where nothing is left in them. Returns how many it closed. */
export async function moveAlerts(
  tx: Tx,
  versions: readonly NextVersion[],
  { at, outcome }: { readonly at: Date; readonly outcome: CaseOutcome },
): Promise<number> {
  await writeVersions(tx, versions, at);
  return await closeDoneCases(tx, versions, { at, outcome });
}
