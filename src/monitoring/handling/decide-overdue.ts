import type { Cause, Escalation, LiveAlert } from '../alerts/alert-tables.ts';
import { dueOfState } from '../alerts/due-of-state.ts';
import { dueAfter, type HandlingTerms } from './terms.ts';

/** What time alone does to an alert; undefined: nothing is due. */
export type Overdue = Pick<LiveAlert, 'state' | 'dueOn' | 'isDueCertain' | 'snoozedUntil' | 'escalation'> & {
  readonly cause: Extract<Cause, 'woken' | 'reopened' | 'escalated'>;
};

/**
 * On its day a snoozed alert wakes. An acknowledgement that led to nothing by its day is forgotten: the alert is open
 * again, one step higher. Whatever else is past its day goes one step higher: to the institution's head of risk, then to the
 * node's list, where it stays. Looked at twice on one day it changes once. `today` is a Beijing day.
 */
export function decideOverdue(
  alert: LiveAlert,
  { terms, today }: { readonly terms: HandlingTerms; readonly today: string },
): Overdue | undefined {
  const { state, level, dueOn, snoozedUntil } = alert;
  if (state === 'snoozed' && snoozedUntil !== null && snoozedUntil <= today) {
    const due = dueOfState(terms, { state: 'acknowledged', level, from: today });
    return {
      cause: 'woken',
      state: 'acknowledged',
      ...due,
      snoozedUntil: null,
      escalation: alert.escalation,
    };
  }
  if (state === 'snoozed' || dueOn === null || dueOn >= today) return undefined;
  const escalation = higher(alert.escalation);
  if (state === 'acknowledged') {
    const due = dueOfState(terms, { state: 'raised', level, from: today });
    return { cause: 'reopened', state: 'raised', ...due, snoozedUntil: null, escalation };
  }
  if (escalation === alert.escalation) return undefined;
  const due = dueAfter(terms.calendar, today, terms.levels[level].escalate);
  return { cause: 'escalated', state, ...due, snoozedUntil: null, escalation };
}

function higher(escalation: Escalation): Escalation {
  return escalation === 0 ? 1 : 2;
}
