import { beijingDate, type Clock } from '#kernel';
import { alertRefusal } from '../alerts/alert-refusals.ts';
import {
  type AlertAction,
  type AlertState,
  type Judgement,
  type LiveAlert,
  STATE_WORDS,
} from '../alerts/alert-tables.ts';
import { dueOfState } from '../alerts/due-of-state.ts';
import { addDays, type HandlingTerms } from './terms.ts';

/** What a person does with an alert. `protectedFen`: decimal text, what acting on it kept safe. */
export type HandlingStep =
  | { readonly step: 'acknowledge' | 'start' | 'confirmed' | 'useful_hint' | 'false_alarm' }
  | { readonly step: 'snooze'; readonly until: string }
  | { readonly step: 'resolve'; readonly action: AlertAction; readonly protectedFen: string | null };

export const STEPS = [
  'acknowledge',
  'start',
  'snooze',
  'confirmed',
  'useful_hint',
  'false_alarm',
  'resolve',
] as const satisfies readonly HandlingStep['step'][];

const UNJUDGED: readonly AlertState[] = ['acknowledged', 'in_progress'];
const JUDGED: readonly AlertState[] = ['confirmed', 'useful_hint', 'false_alarm'];

/** From which states each step leads on. A judgement may be put right until the alert is resolved. */
const FROM: Readonly<Record<HandlingStep['step'], readonly AlertState[]>> = {
  acknowledge: ['raised', 'pushed'],
  start: ['acknowledged', 'snoozed'],
  snooze: UNJUDGED,
  confirmed: [...UNJUDGED, ...JUDGED],
  useful_hint: [...UNJUDGED, ...JUDGED],
  false_alarm: [...UNJUDGED, ...JUDGED],
  resolve: JUDGED,
};

/** What a step changes of how an alert stands. */
export type Changes = Pick<
  LiveAlert,
  'state' | 'dueOn' | 'isDueCertain' | 'snoozedUntil' | 'escalation' | 'judgement' | 'action' | 'protectedFen'
>;

export type Deciding = {
  readonly terms: HandlingTerms;
  readonly clock: Clock;
  /** How often the alert was put off before. */
  readonly snoozes: number;
};

/**
 * How the alert stands after the step. Progress ends an escalation. Throws `alerts.step_wrong`, `alerts.snooze_wrong` or
 * `alerts.protected_wrong`.
 */
export function decideStep(alert: LiveAlert, step: HandlingStep, deciding: Deciding): Changes {
  if (!FROM[step.step].includes(alert.state)) throw wrongStep(alert.state);
  const today = beijingDate(deciding.clock.now());
  if (step.step === 'snooze') return snooze(alert, step.until, { ...deciding, today });
  if (step.step === 'resolve') return resolve(alert, step);
  const state =
    step.step === 'acknowledge' ? 'acknowledged' : step.step === 'start' ? 'in_progress' : step.step;
  const judgement = isJudgement(state) ? state : null;
  // Only the first look begins the time for handling; later steps do not put it off.
  const isNew = step.step === 'acknowledge' || alert.state === 'snoozed';
  const due = isNew ? dueOfState(deciding.terms, { state, level: alert.level, from: today }) : alert;
  return {
    state,
    dueOn: due.dueOn,
    isDueCertain: due.isDueCertain,
    snoozedUntil: null,
    escalation: 0,
    judgement,
    action: null,
    protectedFen: null,
  };
}

function isJudgement(state: AlertState): state is Judgement {
  return JUDGED.includes(state);
}

function snooze(
  alert: LiveAlert,
  until: string,
  { terms, snoozes, today }: Deciding & { readonly today: string },
): Changes {
  const latest = addDays(today, terms.levels[alert.level].snoozeDaysMax);
  if (!(until > today && until <= latest && snoozes < terms.snoozesMax))
    throw alertRefusal('alerts.snooze_wrong', { latest, times: terms.snoozesMax });
  return {
    state: 'snoozed',
    dueOn: until,
    isDueCertain: true,
    snoozedUntil: until,
    escalation: alert.escalation,
    judgement: null,
    action: null,
    protectedFen: null,
  };
}

function resolve(
  { judgement }: LiveAlert,
  { action, protectedFen }: Extract<HandlingStep, { step: 'resolve' }>,
): Changes {
  const hasActed = judgement !== 'false_alarm' && action !== 'none';
  if (protectedFen !== null && !hasActed) throw alertRefusal('alerts.protected_wrong');
  return {
    state: 'resolved',
    dueOn: null,
    isDueCertain: true,
    snoozedUntil: null,
    escalation: 0,
    judgement,
    action,
    protectedFen,
  };
}

function wrongStep(state: AlertState) {
  const { zh, en } = STATE_WORDS[state];
  return alertRefusal('alerts.step_wrong', { stateZh: zh, stateEn: en });
}
