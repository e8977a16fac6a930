import { addDays, computeOne, isWithinRange } from '#evaluation';
import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import type { SourceAnswer } from '#lists';
import { systemCaller } from '#platform';
import { type Consent, type Permit, requireAllowed } from '#security';
import { LIVE_ALERT, type LiveRow, toLiveAlert } from '../alerts/alert-sql.ts';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import { readGoingOn } from '../alerts/going-on.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import { type Recall, recallThese } from '../recall/recall-alerts.ts';
import type { Rule } from '../rules/rule.ts';
import { detectOwnSignals, isLookable } from '../signals/detect-own-signals.ts';
import { episodeKey, isRaised, testOf, usable, type ValueRule } from '../signals/episodes.ts';
import { compileRules } from '../signals/population-values.ts';
import { FOR_ALL, readEpisodes } from '../signals/read-episodes.ts';

export type UnsaidRequest = {
  readonly permit: Permit;
  readonly enterpriseId: EnterpriseId;
  /** Under whose consent was asked; null: of public records, and alerts of every institution are judged. */
  readonly consent: Pick<Consent, 'consentId' | 'institutionId' | 'dataFrom' | 'dataTo'> | null;
  /** All of whose datasets were answered, and stand in this transaction for what the node holds. */
  readonly rules: readonly Rule[];
  readonly answers: readonly SourceAnswer[];
};

/** What was told longer ago is not asked again: sources answer about so far back, and some about no more. */
const JUDGED_DAYS = 366;

/**
 * After an answer: alerts that rest on what the source had said before, under this consent or on public records. Those are
 * recalled as `corrected` that the rule would not have raised on its day by what the source says now. A fact that merely grew
 * old, or an episode that ended, is not corrected. What the answer does not reach back to is not judged. Returns how many were
 * recalled.
 */
export async function recallUnsaid(
  tx: Tx,
  context: MonitoringContext,
  request: UnsaidRequest,
): Promise<number> {
  const caller = systemCaller('monitoring');
  requireAllowed(context.policies, caller, 'recall_alert');
  const recalls: Recall[] = [];
  for (const { alert, rule } of await readJudged(tx, context, request)) {
    if (await stands(tx, request, { alert, rule, today: beijingDate(context.clock.now()) })) continue;
    recalls.push({ alert, contract: rule.contracts[0] ?? '', record: NO_RECORD, reason: 'corrected' });
  }
  return recalls.length === 0 ? 0 : (await recallThese(tx, context, { caller, recalls })).recalls;
}

/** Rows of an answer have delivery 0, and none of them is kept. */
const NO_RECORD = { deliveryNo: '0', rowNo: 0 } as const;

type Judged = { readonly alert: LiveAlert; readonly rule: Rule };

/** Alerts under this consent, on nothing that the node keeps, by the rules as they were when they were told. */
async function readJudged(
  tx: Tx,
  { clock }: MonitoringContext,
  { enterpriseId, consent, rules }: UnsaidRequest,
): Promise<Judged[]> {
  const { members } = await readGoingOn(tx, [enterpriseId]);
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT} where a.enterprise_id = any($1::bigint[]) and ($2::text is null or a.institution_id = $2)
       and v.consent_id is not distinct from $3
       and a.rule_id = any($4) and v.evidence = '[]' and v.state not in ('recalled', 'lapsed')
     order by a.enterprise_id, a.alert_id`,
    [members, consent?.institutionId ?? null, consent?.consentId ?? null, rules.map(({ id }) => id)],
  );
  const earliest = addDays(beijingDate(clock.now()), -JUDGED_DAYS);
  return rows.map(toLiveAlert).flatMap((alert) => {
    const rule = rules.find(({ id, hash }) => id === alert.ruleId && hash === alert.ruleHash);
    return rule === undefined || dayOf(alert) < earliest ? [] : [{ alert, rule }];
  });
}

/** The day on which the rule found it. */
function dayOf({ signalKnownAt }: LiveAlert): string {
  return beijingDate(signalKnownAt);
}

type Judging = Judged & { readonly today: string };

async function stands(tx: Tx, request: UnsaidRequest, judging: Judging): Promise<boolean> {
  const { permit, consent } = request;
  const { alert, rule, today } = judging;
  const range = { dataFrom: consent?.dataFrom ?? null, dataTo: consent?.dataTo ?? null };
  const asOf = dayOf(alert) < today ? dayOf(alert) : today;
  if (!isLookable(permit, rule, { range, asOf })) return true;
  switch (rule.kind) {
    case 'event': {
      if (alert.occurredOn < reachOf(request.answers, rule.contract.id, rule.contract.businessTime))
        return true;
      const asked = { rules: [rule], asOf, since: null, range };
      const { signals } = await detectOwnSignals(tx, permit, asked);
      return signals.some(({ fact }) => fact === alert.fact);
    }
    case 'threshold':
    case 'silence':
      return (await isUnderWay(tx, request, judging)) || (await wasRaised(tx, request, { rule, asOf }));
    case 'grade_drop':
    case 'whitelist_exit':
      return true;
  }
}

/** Between the two thresholds nothing is found anew, and the episode goes on. */
async function isUnderWay(
  tx: Tx,
  { enterpriseId, consent }: UnsaidRequest,
  { alert, rule }: Judged,
): Promise<boolean> {
  const institutionId = consent?.institutionId ?? FOR_ALL;
  const episodes = await readEpisodes(tx, { rules: [rule], enterpriseIds: [enterpriseId], institutionId });
  const episode = episodes.get(episodeKey({ ruleId: rule.id, enterpriseId }));
  return episode?.clearedOn === null && alert.fact === `${rule.id}/${episode.beganOn}`;
}

/** By what the source says now of that day. A value that is not known now contradicts nothing. */
async function wasRaised(
  tx: Tx,
  { permit, answers }: UnsaidRequest,
  { rule, asOf }: { readonly rule: ValueRule; readonly asOf: string },
): Promise<boolean> {
  const compiled = compileRules([rule]);
  const isReached = compiled.sources.every((source) => {
    const [indicator] = source.indicators;
    const dataFrom = reachOf(answers, source.contract.id, indicator?.indicator.definition.time);
    return isWithinRange({ sources: [source] }, { dataFrom, dataTo: null }, asOf);
  });
  if (!isReached) return true;
  const { values } = await computeOne(tx, permit, compiled, { asOf });
  const reading = values[compiled.ids.indexOf(rule.value)];
  const value = reading === undefined ? null : usable(reading);
  return value === null || isRaised(testOf(rule), value);
}

/** First day of the month of the earliest row; an answer without rows says all that there is to say. */
function reachOf(answers: readonly SourceAnswer[], contractId: string, time: string | undefined): string {
  const rows = answers.find(({ contract }) => contract.id === contractId)?.values ?? [];
  const days = rows.flatMap((row) => row[time ?? ''] ?? []);
  const [first] = days.toSorted();
  return first === undefined ? '0001-01-01' : `${first.slice(0, 7)}-01`;
}
