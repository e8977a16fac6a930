import { createHash } from 'node:crypto';
import type { Words } from '#evaluation';
import { type EnterpriseId, newId, type Tx } from '#kernel';
import { readParticipants } from '#platform';
import { type Caller, type Permit, recordLeaf, requireAllowed } from '#security';
import { ALERT_LIMITS } from '../alerts/alert-limits.ts';
import { alertRefusal } from '../alerts/alert-refusals.ts';
import { LIVE_ALERT, type LiveRow, toLiveAlert } from '../alerts/alert-sql.ts';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import { readGoingOn } from '../alerts/going-on.ts';
import {
  type AlertAnswer,
  type AlertRecall,
  type AlertStep,
  readAnswers,
  readRecallsOf,
  readRuleWords,
  readSteps,
  type RuleSaid,
} from '../alerts/read-alerts.ts';
import { messageOf } from '../alerts/tell-institutions.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import { queueMessages } from '../push/queue-messages.ts';
import { type AlertRecord, recordsOf } from './receive-alerts.ts';

/** What an enterprise sees of one alert about it: what was said, to whom, on what, and what became of it. */
export type OwnAlert = {
  readonly alert: LiveAlert;
  readonly institution: { readonly id: string; readonly name: Words };
  readonly rule: RuleSaid | null;
  readonly records: readonly AlertRecord[];
  readonly steps: readonly AlertStep[];
  readonly answers: readonly AlertAnswer[];
  readonly recalls: readonly AlertRecall[];
};

/** Every alert about the Permit's subject, newest first. Throws `alerts.self_only` unless it asks for itself. */
export async function readOwnAlerts(
  tx: Tx,
  permit: Permit,
  limit: number | 'all' = ALERT_LIMITS.ownMax,
): Promise<OwnAlert[]> {
  permit.assertUsable(tx);
  if (permit.purpose !== 'self' || !permit.mayListAccesses) throw alertRefusal('alerts.self_only');
  const { members } = await readGoingOn(tx, [permit.subject]);
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT} where a.enterprise_id = any($1::bigint[]) order by a.alert_id desc limit $2`,
    [members, limit === 'all' ? null : limit],
  );
  return await describeOwn(tx, rows.map(toLiveAlert));
}

async function describeOwn(tx: Tx, alerts: readonly LiveAlert[]): Promise<OwnAlert[]> {
  const words = await readRuleWords(tx, alerts);
  const records = await recordsOf(tx, alerts);
  const steps = await readSteps(tx, alerts);
  const answers = await readAnswers(tx, alerts);
  const recalls = await readRecallsOf(tx, alerts);
  const institutions = await readParticipants(
    tx,
    alerts.map(({ institutionId }) => institutionId),
  );
  return alerts.map((alert) => {
    const { alertId, institutionId: id } = alert;
    return {
      alert,
      institution: { id, name: institutions.get(id)?.name ?? { zh: id, en: id } },
      rule: words.get(alert.ruleHash) ?? null,
      records: records(alert),
      steps: steps.get(alertId) ?? [],
      answers: answers.get(alertId) ?? [],
      recalls: recalls.get(alertId) ?? [],
    };
  });
}

export type Answering = {
  readonly caller: Caller;
  readonly enterpriseId: EnterpriseId;
  readonly alertId: string;
  readonly answer: string;
};

/**
 * The enterprise answers an alert about it; the answer stays with the alert, and its institution is told that there is one.
 * The leaf has a digest of it. Throws the policy's refusal, `alerts.answer_wrong`, `alerts.own_unknown` or
 * `alerts.answers_full`.
 */
export async function answerAlert(
  tx: Tx,
  { policies, clock, keys }: MonitoringContext,
  { caller, enterpriseId, alertId, answer: given }: Answering,
): Promise<{ answerId: string; receiptId: string }> {
  requireAllowed(policies, caller, 'answer_alert', { enterprise: enterpriseId });
  const answer = given.trim();
  const { answerCharactersMax: charactersMax, answersMax } = ALERT_LIMITS;
  if (answer.length === 0 || [...answer].length > charactersMax)
    throw alertRefusal('alerts.answer_wrong', { charactersMax });
  const alert = await takeOwn(tx, { enterpriseId, alertId });
  const before = (await readAnswers(tx, [alert])).get(alertId) ?? [];
  if (before.length >= answersMax) throw alertRefusal('alerts.answers_full', { answersMax });
  const at = clock.now();
  const answerId = newId('ans', at);
  const digest = `sha256:${createHash('sha256').update(answer).digest('hex')}`;
  const body = { act: 'alert_answered', alert: alertId, answer: answerId, digest, by: caller.id };
  const subject = alert.enterpriseId;
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'administrative_act', at, subject, body });
  await tx.rows(
    `insert into monitoring.alert_answers (enterprise_id, answer_id, alert_id, answer, said_by, said_at, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [subject, answerId, alertId, answer, caller.id, at, receiptId],
  );
  await queueMessages(tx, [messageOf(alert, { type: 'cn.xinqiao.case.answered', more: { answerId } })], at);
  return { answerId, receiptId };
}

/** The alert, locked so that answers are counted one after the other; another enterprise's does not exist. */
async function takeOwn(
  tx: Tx,
  { enterpriseId, alertId }: Pick<Answering, 'enterpriseId' | 'alertId'>,
): Promise<LiveAlert> {
  const { members } = await readGoingOn(tx, [enterpriseId]);
  await tx.rows(
    `select from monitoring.alerts where enterprise_id = any($1::bigint[]) and alert_id = $2 for update`,
    [members, alertId],
  );
  const [row] = await tx.rows<LiveRow>(
    `${LIVE_ALERT} where a.enterprise_id = any($1::bigint[]) and a.alert_id = $2`,
    [members, alertId],
  );
  if (row === undefined) throw alertRefusal('alerts.own_unknown');
  return toLiveAlert(row);
}
