import { beijingDate, newId } from '#kernel';
import type { HandlingTerms } from '../handling/terms.ts';
import { graver } from '../rules/rule.ts';
import type { LiveAlert } from './alert-tables.ts';
import type { NextVersion } from './alert-sql.ts';
import { type Fate, type Pairing, stateAfterUpgrade } from './decide-fate.ts';
import { dueOfState, earlierDue } from './due-of-state.ts';

/** One alert that is about to be told: which version, and why. */
export type Telling = {
  readonly pairing: Pairing;
  readonly fate: Exclude<Fate, 'known'>;
  /** How the alert stood; undefined: there was none. */
  readonly before: LiveAlert | undefined;
  readonly caseId: string;
};

export type Told = { readonly receiptId: string; readonly disclosureId: string };

const CAUSE = { raise: 'raised', raise_again: 'raised_again', upgrade: 'upgraded' } as const;

/** The version that a telling makes; the instant of the node gives its day and its ids. */
export function nextVersion(
  telling: Telling,
  told: Told,
  { terms, at, by }: { readonly terms: HandlingTerms; readonly at: Date; readonly by: string },
): NextVersion {
  const { pairing, fate, before, caseId } = telling;
  const { signal, watch, consentId } = pairing;
  const state = fate === 'upgrade' && before !== undefined ? stateAfterUpgrade(before.state) : 'raised';
  const level =
    fate === 'upgrade' && before !== undefined ? graver(before.level, signal.level) : signal.level;
  const isGoingOn = state !== 'raised';
  const due = dueOfState(terms, { state, level, from: beijingDate(at) });
  return {
    enterpriseId: signal.enterpriseId,
    alertId: before?.alertId ?? newId('alr', at),
    institutionId: watch.institutionId,
    branchId: watch.branchId,
    platformId: watch.platformId,
    ruleId: signal.ruleId,
    fact: signal.fact,
    versionNo: (before?.versionNo ?? 0) + 1,
    caseId: before !== undefined && isGoingOn ? before.caseId : caseId,
    cause: CAUSE[fate],
    state,
    level,
    signalId: signal.signalId,
    ruleHash: signal.ruleHash,
    occurredOn: signal.occurredOn,
    signalKnownAt: signal.knownAt,
    isLate: signal.isLate,
    isDisputed: signal.isDisputed,
    evidence: signal.evidence,
    consentId,
    ...(isGoingOn ? earlierDue(due, before?.dueOn ?? null) : due),
    snoozedUntil: null,
    escalation: isGoingOn ? (before?.escalation ?? 0) : 0,
    judgement: isGoingOn ? (before?.judgement ?? null) : null,
    action: null,
    protectedFen: null,
    saidBy: by,
    ...told,
  };
}
