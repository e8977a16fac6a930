import {
  ACTION_WORDS,
  LEVEL_WORDS,
  type LiveAlert,
  type OwnAlert,
  RECALL_WORDS,
  type ReceivedAlert,
  type ReceivedInFull,
  STATE_WORDS,
} from '#monitoring';
import { toWire } from '../schemas.ts';

/** A code of a closed list with what people see for it. */
function coded<Code extends string>(
  code: Code,
  words: Readonly<Record<Code, { readonly zh: string; readonly en: string }>>,
) {
  return { code, ...words[code] };
}

export const stateOf = (state: LiveAlert['state']) => coded(state, STATE_WORDS);

/** An alert as both sides see it. */
function alertOf({ alert, rule, records }: Pick<ReceivedAlert, 'alert' | 'rule' | 'records'>) {
  const { alertId, caseId, state, level, occurredOn, signalKnownAt, isLate, isDisputed } = alert;
  const { dueOn, escalation, judgement, action, disclosureId, consentId } = alert;
  return {
    alertId,
    caseId,
    state: stateOf(state),
    level: coded(level, LEVEL_WORDS),
    rule: rule === null ? null : ruleOf(rule),
    occurredOn,
    knownAt: signalKnownAt.toISOString(),
    isLate,
    isDisputed,
    scope: consentId === null ? ('public' as const) : ('authorised' as const),
    records: [...records],
    dueOn,
    escalation,
    judgement: judgement === null ? null : coded(judgement, STATE_WORDS),
    action: action === null ? null : coded(action, ACTION_WORDS),
    disclosureId,
  };
}

function ruleOf({ ruleId: id, version, name, action, basis }: NonNullable<ReceivedAlert['rule']>) {
  return { id, version, name, action, basis: [...basis] };
}

export function receivedOf(received: ReceivedAlert) {
  const { enterprise, alert } = received;
  const { platformId, snoozedUntil, protectedFen } = alert;
  return { ...alertOf(received), enterprise, platformId, snoozedUntil, protectedFen };
}

function historyOf({ steps, answers, recalls }: Pick<ReceivedInFull, 'steps' | 'answers' | 'recalls'>) {
  return {
    steps: toWire(
      steps.map((step) => ({ ...step, state: stateOf(step.state), level: coded(step.level, LEVEL_WORDS) })),
    ),
    answers: toWire([...answers]),
    recalls: toWire(recalls.map((recall) => ({ ...recall, reason: coded(recall.reason, RECALL_WORDS) }))),
  };
}

export function receivedInFull(received: ReceivedInFull) {
  return { ...receivedOf(received), ...historyOf(received) };
}

export function ownOf(own: OwnAlert) {
  return { ...alertOf(own), institution: own.institution, ...historyOf(own) };
}
