import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import {
  type AlertPage,
  type CaseLine,
  readAlerts,
  readCases,
  readRuleWords,
} from '../alerts/read-alerts.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import { readRecallRates, type RecallRate } from '../recall/recalls.ts';

export type OverseenAlert = LiveAlert & { readonly ruleName: string };

/** Alerts of all institutions for the node's own officers; `escalationMin: 2` is the node's list. */
export async function overseeAlerts(
  tx: Tx,
  { policies }: Pick<MonitoringContext, 'policies'>,
  { caller, ...page }: AlertPage & { readonly caller: Caller },
): Promise<OverseenAlert[]> {
  requireAllowed(policies, caller, 'oversee_alerts');
  const alerts = await readAlerts(tx, page);
  const words = await readRuleWords(tx, alerts);
  return alerts.map((alert) => ({ ...alert, ruleName: words.get(alert.ruleHash)?.name.zh ?? alert.ruleId }));
}

export type OverseenCases = { readonly cases: readonly CaseLine[]; readonly recalls: readonly RecallRate[] };

/** Cases, and how far recalls since an instant are confirmed. */
export async function overseeCases(
  tx: Tx,
  context: Pick<MonitoringContext, 'policies' | 'clock'>,
  {
    caller,
    since,
    ...page
  }: {
    readonly caller: Caller;
    readonly since: Date;
    readonly isOpenOnly: boolean;
    readonly institutionId?: string;
    readonly limit: number;
  },
): Promise<OverseenCases> {
  requireAllowed(context.policies, caller, 'oversee_alerts');
  return { cases: await readCases(tx, page), recalls: await readRecallRates(tx, context, { since }) };
}
