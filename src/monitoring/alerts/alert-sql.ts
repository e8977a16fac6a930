import assert from 'node:assert';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { SignalEvidence } from '../signals/signal.ts';
import type { AlertIdentity, AlertStanding, LiveAlert } from './alert-tables.ts';

/** What a LiveAlert has, of alerts a and versions v. */
const COLUMNS = `
  select a.enterprise_id as "enterpriseId", a.alert_id as "alertId", a.institution_id as "institutionId",
    a.branch_id as "branchId", a.platform_id as "platformId", a.rule_id as "ruleId", a.fact, v.version_no as "versionNo",
    v.case_id as "caseId", v.cause, v.state, v.level, v.signal_id as "signalId", v.rule_hash as "ruleHash",
    v.occurred_on::text as "occurredOn", v.signal_known_at as "signalKnownAt", v.is_late as "isLate",
    v.is_disputed as "isDisputed", v.evidence, v.consent_id as "consentId", v.due_on::text as "dueOn",
    v.due_is_certain as "isDueCertain", v.snoozed_until::text as "snoozedUntil", v.escalation, v.judgement, v.action,
    v.protected_fen::text as "protectedFen", v.said_by as "saidBy", v.receipt_id as "receiptId",
    v.disclosure_id as "disclosureId"`;

const STANDS = `v.enterprise_id = a.enterprise_id and v.alert_id = a.alert_id and v.known_to = 'infinity'`;

/** Alerts with the version that stands, under the names of LiveAlert; complete it by a `where` over a and v. */
export const LIVE_ALERT = `${COLUMNS}
  from monitoring.alerts a join monitoring.alert_versions v on ${STANDS}`;

/**
 * The same for the alerts of thousands of enterprises, `where a.enterprise_id = any(…)`: each version is looked up by its
 * alert. Left free, a planner who knows nothing of alerts just written goes the other way about and compares each of them
 * with the whole list.
 */
export const LIVE_ALERTS_OF_MANY = `${COLUMNS}
  from monitoring.alerts a cross join lateral (
    select * from monitoring.alert_versions v where ${STANDS} offset 0) v`;

type EvidenceRow = Omit<SignalEvidence, 'knownFrom'> & { readonly knownFrom: string };
export type LiveRow = Omit<LiveAlert, 'evidence' | 'enterpriseId'> & {
  readonly enterpriseId: string;
  readonly evidence: readonly EvidenceRow[];
};

export function toLiveAlert<Row extends LiveRow>(row: Row) {
  const evidence = row.evidence.map((one) => ({ ...one, knownFrom: new Date(one.knownFrom) }));
  return { ...row, enterpriseId: toEnterpriseId(row.enterpriseId), evidence };
}

type AlertName = { readonly enterpriseId: EnterpriseId; readonly alertId: string };

/** Locks these alerts and reads how they stand, in the order of their names. The caller holds the cases of their pairs. */
export async function lockAlerts(tx: Tx, names: readonly AlertName[]): Promise<LiveAlert[]> {
  const values = [names.map(({ enterpriseId }) => enterpriseId), names.map(({ alertId }) => alertId)];
  const these = `(a.enterprise_id, a.alert_id) in (select * from unnest($1::bigint[], $2::text[]))`;
  // Apart from reading them: what is read after the lock was given is how they stand, not how they stood when it was asked for.
  await tx.rows(
    `select from monitoring.alerts a where ${these} order by a.enterprise_id, a.alert_id for update`,
    values,
  );
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT} where ${these} order by a.enterprise_id, a.alert_id`,
    values,
  );
  return rows.map(toLiveAlert);
}

/** Writes new alerts; those of a fact that is known already are left out of the answer. */
export async function insertAlerts(
  tx: Tx,
  alerts: readonly AlertIdentity[],
  at: Date,
): Promise<ReadonlySet<string>> {
  const rows = await tx.rows<{ alert_id: string }>(
    `insert into monitoring.alerts (enterprise_id, alert_id, institution_id, branch_id, platform_id, rule_id, fact, raised_at)
     select "enterpriseId", "alertId", "institutionId", "branchId", "platformId", "ruleId", fact, $2
     from json_to_recordset($1::json) as raised ("enterpriseId" bigint, "alertId" text, "institutionId" text,
       "branchId" text, "platformId" text, "ruleId" text, fact text)
     order by 1, 3, 6, 7
     on conflict (enterprise_id, institution_id, rule_id, fact) do nothing returning alert_id`,
    [JSON.stringify(alerts), at],
  );
  return new Set(rows.map(({ alert_id }) => alert_id));
}

/** The next version of an alert that was just locked, or the first one of a new alert. */
export type NextVersion = AlertIdentity & AlertStanding;

/** Ends the versions before and writes these. Nothing else writes versions; the caller holds the alerts. */
export async function writeVersions(tx: Tx, versions: readonly NextVersion[], at: Date): Promise<void> {
  if (versions.length === 0) return;
  const before = versions.filter(({ versionNo }) => versionNo > 1);
  const ended = await tx.rows(END_VERSIONS, [
    before.map(({ enterpriseId }) => enterpriseId),
    before.map(({ alertId }) => alertId),
    before.map(({ versionNo }) => versionNo - 1),
    at,
  ]);
  assert.equal(ended.length, before.length, 'a locked alert has the version that was read');
  const inserted = await tx.rows(INSERT_VERSIONS, [JSON.stringify(versions), at]);
  assert.equal(inserted.length, versions.length, 'each version is written once');
}

const END_VERSIONS = `
  update monitoring.alert_versions v set known_to = greatest($4::timestamptz, v.known_from + interval '1 millisecond')
  from unnest($1::bigint[], $2::text[], $3::integer[]) as ended (enterprise_id, alert_id, version_no)
  where v.enterprise_id = ended.enterprise_id and v.alert_id = ended.alert_id and v.version_no = ended.version_no
    and v.known_to = 'infinity'
  returning v.alert_id`;

/** A version begins where the one before it ended, even where the clock stood still. */
const INSERT_VERSIONS = `
  insert into monitoring.alert_versions (enterprise_id, alert_id, version_no, known_from, institution_id, case_id, cause,
    state, level, signal_id, rule_hash, occurred_on, signal_known_at, is_late, is_disputed, evidence, consent_id, due_on,
    due_is_certain, snoozed_until, escalation, judgement, action, protected_fen, said_by, receipt_id, disclosure_id)
  select n."enterpriseId", n."alertId", n."versionNo", coalesce(p.known_to, $2), n."institutionId", n."caseId", n.cause,
    n.state, n.level, n."signalId", n."ruleHash", n."occurredOn", n."signalKnownAt", n."isLate", n."isDisputed", n.evidence,
    n."consentId", n."dueOn", n."isDueCertain", n."snoozedUntil", n.escalation, n.judgement, n.action, n."protectedFen",
    n."saidBy", n."receiptId", n."disclosureId"
  from json_to_recordset($1::json) as n ("enterpriseId" bigint, "alertId" text, "versionNo" integer, "institutionId" text,
    "caseId" text, cause text, state text, level text, "signalId" text, "ruleHash" text, "occurredOn" date,
    "signalKnownAt" timestamptz, "isLate" boolean, "isDisputed" boolean, evidence jsonb, "consentId" text, "dueOn" date,
    "isDueCertain" boolean, "snoozedUntil" date, escalation smallint, judgement text, action text, "protectedFen" bigint,
    "saidBy" text, "receiptId" text, "disclosureId" text)
  left join monitoring.alert_versions p
    on p.enterprise_id = n."enterpriseId" and p.alert_id = n."alertId" and p.version_no = n."versionNo" - 1
  order by 1, 2
  returning alert_id`;
