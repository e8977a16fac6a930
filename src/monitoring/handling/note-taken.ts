import type { Tx } from '#kernel';
import type { Caller } from '#security';
import type { MonitoringContext } from '../monitoring-context.ts';
import { LIVE_ALERT, type LiveRow, toLiveAlert } from '../alerts/alert-sql.ts';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import type { TakenAlert } from '../push/push-context.ts';
import { notePushed } from './receive-alerts.ts';

/**
 * Marks alerts of one institution as pushed whose message arrived: those that stand as they were told in it and that nobody
 * has looked at. A message that arrives after its alert was handled, recalled or raised anew says nothing of how it stands.
 * In the caller's transaction, which holds no alert of another institution; said again, it changes nothing. Returns how many
 * were marked.
 */
export async function noteAlertsTaken(
  tx: Tx,
  context: Pick<MonitoringContext, 'clock' | 'keys'>,
  { caller, taken }: { readonly caller: Caller; readonly taken: readonly TakenAlert[] },
): Promise<number> {
  const alerts = await readStillRaised(tx, taken);
  const noted = await notePushed(tx, context, { caller, alerts });
  return noted.filter(({ state }) => state === 'pushed').length;
}

/** `raised` since the version that the message told. */
async function readStillRaised(tx: Tx, taken: readonly TakenAlert[]): Promise<LiveAlert[]> {
  if (taken.length === 0) return [];
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT}
     join unnest($1::bigint[], $2::text[], $3::integer[]) as taken (enterprise_id, alert_id, version_no)
       on taken.enterprise_id = a.enterprise_id and taken.alert_id = a.alert_id
     where v.state = 'raised' and taken.version_no <= v.version_no and not exists (
       select from monitoring.alert_versions later
       where later.enterprise_id = a.enterprise_id and later.alert_id = a.alert_id
         and later.version_no >= taken.version_no and later.state <> 'raised')
     order by a.enterprise_id, a.alert_id`,
    [
      taken.map(({ enterpriseId }) => enterpriseId),
      taken.map(({ alertId }) => alertId),
      taken.map(({ versionNo }) => versionNo),
    ],
  );
  return [...new Map(rows.map((row) => [row.alertId, toLiveAlert(row)])).values()];
}
