import { beijingDate, inTransaction, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { ALERT_LIMITS } from '../alerts/alert-limits.ts';
import { LIVE_ALERT, type LiveRow, type NextVersion, toLiveAlert } from '../alerts/alert-sql.ts';
import { type LiveAlert, MONITORING } from '../alerts/alert-tables.ts';
import { readGoingOn } from '../alerts/going-on.ts';
import { changeAlert, moveAlerts, takeAlerts } from '../alerts/move-alerts.ts';
import { messageOf } from '../alerts/tell-institutions.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import { queueMessages } from '../push/queue-messages.ts';
import { readLiveWatches } from '../watch/watches.ts';
import { decideOverdue } from './decide-overdue.ts';

export type FollowedUp = {
  readonly woken: number;
  readonly reopened: number;
  readonly escalated: number;
  readonly lapsed: number;
};

/**
 * What time does to alerts, for a job that runs every hour: snoozed ones wake, forgotten acknowledgements are open again,
 * what is past its day goes to the head of risk and then to the node's list. Alerts of a loan that ended lapse instead, so
 * that nobody is reminded of it. In steps of their own; each alert is looked at once, and a second run finds nothing to do.
 */
export async function followOverdue(context: MonitoringContext): Promise<FollowedUp> {
  const total = { woken: 0, reopened: 0, escalated: 0, lapsed: 0 };
  let after: LiveAlert | undefined;
  do {
    const step = await inTransaction(context.database, (tx) => followStep(tx, context, after));
    for (const cause of CAUSES) total[cause] += step.moved.filter((next) => next.cause === cause).length;
    after = step.last;
  } while (after !== undefined);
  return total;
}

const CAUSES = ['woken', 'reopened', 'escalated', 'lapsed'] as const;

async function followStep(
  tx: Tx,
  context: MonitoringContext,
  after: LiveAlert | undefined,
): Promise<{ moved: readonly NextVersion[]; last: LiveAlert | undefined }> {
  const at = context.clock.now();
  const today = beijingDate(at);
  const due = await readDue(tx, today, after);
  const isWatched = await watchedNow(tx, context, due);
  const alerts = await takeAlerts(tx, due);
  const moved = alerts.flatMap((alert): NextVersion[] => {
    if (!isWatched(alert)) return isDue(alert, today) ? [lapse(alert)] : [];
    const overdue = decideOverdue(alert, { terms: context.handling, today });
    return overdue === undefined ? [] : [changeAlert(alert, { ...overdue, saidBy: MONITORING })];
  });
  await recordMoves(tx, context, { moved, at });
  const last = due.length < ALERT_LIMITS.overduePerStep ? undefined : due.at(-1);
  return { moved, last };
}

function isDue({ dueOn }: LiveAlert, today: string): boolean {
  return dueOn !== null && dueOn <= today;
}

function lapse(alert: LiveAlert): NextVersion {
  const ended = { state: 'lapsed', dueOn: null, isDueCertain: true, snoozedUntil: null } as const;
  return changeAlert(alert, { ...ended, cause: 'lapsed', saidBy: MONITORING });
}

async function recordMoves(
  tx: Tx,
  context: MonitoringContext,
  { moved, at }: { readonly moved: readonly NextVersion[]; readonly at: Date },
): Promise<void> {
  if (moved.length === 0) return;
  const counts = Object.fromEntries(
    CAUSES.map((cause) => [cause, moved.filter((next) => next.cause === cause).length]),
  );
  const body = { act: 'alerts_followed_up', ...counts, by: MONITORING };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
  await moveAlerts(
    tx,
    moved.map((next) => ({ ...next, receiptId })),
    { at, outcome: 'lapsed' },
  );
  const late = moved.filter(({ cause }) => cause === 'reopened' || cause === 'escalated');
  await queueMessages(
    tx,
    late.map((next) =>
      messageOf(next, {
        type: 'cn.xinqiao.alert.overdue',
        more: { cause: next.cause, escalation: next.escalation },
      }),
    ),
    at,
  );
}

/** Not locked yet, in the order in which they are taken. What stands on the node's list stays there until a person acts. */
async function readDue(tx: Tx, today: string, after: LiveAlert | undefined): Promise<LiveAlert[]> {
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT}
     where (v.due_on < $1 and (v.escalation < 2 or v.state = 'acknowledged')
         or v.state = 'snoozed' and v.snoozed_until <= $1)
       and (a.enterprise_id, a.institution_id, a.alert_id) > ($2, $3, $4)
     order by a.enterprise_id, a.institution_id, a.alert_id limit $5`,
    [
      today,
      after?.enterpriseId ?? '0',
      after?.institutionId ?? '',
      after?.alertId ?? '',
      ALERT_LIMITS.overduePerStep,
    ],
  );
  return rows.map(toLiveAlert);
}

/** Whether the loan of an alert is live, and where it rests on a consent, such a consent. */
async function watchedNow(
  tx: Tx,
  { clock }: MonitoringContext,
  alerts: readonly LiveAlert[],
): Promise<(alert: LiveAlert) => boolean> {
  const ids = [...new Set(alerts.map(({ enterpriseId }) => enterpriseId))];
  const watches = await readLiveWatches(tx, ids, clock);
  const goingOn = await readGoingOn(tx, ids);
  return ({ enterpriseId, institutionId, consentId }) =>
    watches.some(
      (watch) =>
        watch.enterpriseId === goingOn.of(enterpriseId) &&
        watch.institutionId === institutionId &&
        (consentId === null || watch.consentId !== null),
    );
}
