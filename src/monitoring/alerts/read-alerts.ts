import type { Words } from '#evaluation';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { readEnterprise } from '#lists';
import type { Level } from '../rules/rule.ts';
import { ALERT_LIMITS } from './alert-limits.ts';
import { LIVE_ALERT, type LiveRow, toLiveAlert } from './alert-sql.ts';
import type { AlertState, Cause, LiveAlert } from './alert-tables.ts';

/** What the rule said, in its words, when it was told. */
export type RuleSaid = {
  readonly ruleId: string;
  readonly version: string;
  readonly name: Words;
  readonly action: Words;
  readonly basis: readonly string[];
};

export type AlertFilter = {
  readonly states?: readonly AlertState[];
  readonly levels?: readonly Level[];
  /** Due on this Beijing day at the latest. */
  readonly dueBy?: string;
  /** On the node's list, or with the head of risk. */
  readonly escalationMin?: number;
  readonly institutionId?: string;
  /** Only what was told through it. */
  readonly platformId?: string;
  readonly caseId?: string;
};

export type AlertPage = AlertFilter & {
  /** Continue below this alert. */
  readonly before?: string;
  readonly limit?: number;
};

/** Alerts as they stand, newest first. The callers of this have judged who may see them. */
export async function readAlerts(tx: Tx, page: AlertPage): Promise<LiveAlert[]> {
  const { states, levels, dueBy, escalationMin, institutionId, platformId, caseId, before } = page;
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT}
     where ($1::text is null or v.institution_id = $1) and ($2::text is null or a.platform_id = $2)
       and ($3::text[] is null or v.state = any($3)) and ($4::text[] is null or v.level = any($4))
       and ($5::date is null or v.due_on <= $5) and v.escalation >= $6 and ($7::text is null or v.case_id = $7)
       and ($8::text is null or v.alert_id < $8)
     order by v.alert_id desc limit $9`,
    [
      institutionId ?? null,
      platformId ?? null,
      states ?? null,
      levels ?? null,
      dueBy ?? null,
      escalationMin ?? 0,
      caseId ?? null,
      before ?? null,
      Math.min(page.limit ?? ALERT_LIMITS.pageMax, ALERT_LIMITS.pageMax),
    ],
  );
  return rows.map(toLiveAlert);
}

/** The words of these rules, by hash. */
export async function readRuleWords(
  tx: Tx,
  alerts: readonly Pick<LiveAlert, 'ruleHash'>[],
): Promise<ReadonlyMap<string, RuleSaid>> {
  const rows = await tx.rows<RuleSaid & { rule_hash: string }>(
    `select rule_hash, rule_id as "ruleId", version, name, action, basis from monitoring.rule_words
     where rule_hash = any($1)`,
    [[...new Set(alerts.map(({ ruleHash }) => ruleHash))]],
  );
  return new Map(rows.map(({ rule_hash, ...said }) => [rule_hash, said]));
}

/** Code and name of these enterprises as the register has them. */
export async function readNames(
  tx: Tx,
  alerts: readonly Pick<LiveAlert, 'enterpriseId'>[],
): Promise<ReadonlyMap<EnterpriseId, { readonly code: string | null; readonly name: string }>> {
  const names = new Map<EnterpriseId, { readonly code: string | null; readonly name: string }>();
  for (const { enterpriseId } of alerts) {
    if (names.has(enterpriseId)) continue;
    const { code, name } = await readEnterprise(tx, enterpriseId);
    names.set(enterpriseId, { code, name });
  }
  return names;
}

/** One version of an alert, as it is shown to its parties. */
export type AlertStep = {
  readonly at: Date;
  readonly cause: Cause;
  readonly state: AlertState;
  readonly level: Level;
  readonly dueOn: string | null;
  readonly escalation: number;
  readonly receiptId: string;
};

export type AlertAnswer = { readonly answerId: string; readonly answer: string; readonly at: Date };

type Named = Pick<LiveAlert, 'enterpriseId' | 'alertId'>;

/** How these alerts stood, oldest first, by alert. */
export async function readSteps(
  tx: Tx,
  alerts: readonly Named[],
): Promise<ReadonlyMap<string, readonly AlertStep[]>> {
  const rows = await tx.rows<AlertStep & { alert_id: string }>(
    `select alert_id, known_from as at, cause, state, level, due_on::text as "dueOn", escalation,
       receipt_id as "receiptId"
     from monitoring.alert_versions
     where (enterprise_id, alert_id) in (select * from unnest($1::bigint[], $2::text[])) order by alert_id, version_no`,
    [alerts.map(({ enterpriseId }) => enterpriseId), alerts.map(({ alertId }) => alertId)],
  );
  return groupByAlert(rows);
}

/** What the enterprise answered, oldest first, by alert. */
export async function readAnswers(
  tx: Tx,
  alerts: readonly Named[],
): Promise<ReadonlyMap<string, readonly AlertAnswer[]>> {
  const rows = await tx.rows<AlertAnswer & { alert_id: string }>(
    `select alert_id, answer_id as "answerId", answer, said_at as at from monitoring.alert_answers
     where (enterprise_id, alert_id) in (select * from unnest($1::bigint[], $2::text[])) order by alert_id, answer_id`,
    [alerts.map(({ enterpriseId }) => enterpriseId), alerts.map(({ alertId }) => alertId)],
  );
  return groupByAlert(rows);
}

export type AlertRecall = {
  readonly recallId: string;
  readonly reason: 'corrected' | 'repaired' | 'withdrawn';
  readonly dueOn: string;
  readonly at: Date;
  readonly acknowledgedAt: Date | null;
};

/** Recalls of these alerts, oldest first, by alert. */
export async function readRecallsOf(
  tx: Tx,
  alerts: readonly Named[],
): Promise<ReadonlyMap<string, readonly AlertRecall[]>> {
  const rows = await tx.rows<AlertRecall & { alert_id: string }>(
    `select alert_id, recall_id as "recallId", reason, due_on::text as "dueOn", recalled_at as at,
       acknowledged_at as "acknowledgedAt"
     from monitoring.alert_recalls
     where (enterprise_id, alert_id) in (select * from unnest($1::bigint[], $2::text[])) order by alert_id, version_no`,
    [alerts.map(({ enterpriseId }) => enterpriseId), alerts.map(({ alertId }) => alertId)],
  );
  return groupByAlert(rows);
}

function groupByAlert<Row extends { readonly alert_id: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly Omit<Row, 'alert_id'>[]> {
  const parts = rows.map(({ alert_id, ...row }) => ({ alert_id, row }));
  return new Map(
    [...Map.groupBy(parts, ({ alert_id }) => alert_id)].map(([id, own]) => [id, own.map(({ row }) => row)]),
  );
}

export type CaseLine = {
  readonly caseId: string;
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly outcome: string | null;
  readonly alerts: number;
  /** Earliest day of what is left to do. */
  readonly dueOn: string | null;
  readonly escalation: number;
};

/** Cases with what is in them, newest first. */
export async function readCases(
  tx: Tx,
  { isOpenOnly, institutionId, limit }: { isOpenOnly: boolean; institutionId?: string; limit: number },
): Promise<CaseLine[]> {
  const rows = await tx.rows<Omit<CaseLine, 'enterpriseId'> & { enterpriseId: string }>(
    `select c.case_id as "caseId", c.enterprise_id as "enterpriseId", c.institution_id as "institutionId",
       c.opened_at as "openedAt", c.closed_at as "closedAt", c.outcome, count(v.alert_id)::integer as alerts,
       min(v.due_on)::text as "dueOn", coalesce(max(v.escalation), 0)::integer as escalation
     from monitoring.cases c
     left join monitoring.alert_versions v
       on v.enterprise_id = c.enterprise_id and v.case_id = c.case_id and v.known_to = 'infinity'
     where (not $1::boolean or c.closed_at is null) and ($2::text is null or c.institution_id = $2)
     group by c.enterprise_id, c.case_id order by c.case_id desc limit $3`,
    [isOpenOnly, institutionId ?? null, limit],
  );
  return rows.map((row) => ({ ...row, enterpriseId: toEnterpriseId(row.enterpriseId) }));
}
