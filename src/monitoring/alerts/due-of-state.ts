import { dueAfter, type DueDay, type HandlingTerms } from '../handling/terms.ts';
import type { Level } from '../rules/rule.ts';
import { type AlertState, isEnded } from './alert-tables.ts';

/** By when the next step is due of an alert that comes into this state on a Beijing day; null: nothing is. */
export function dueOfState(
  { levels, calendar }: HandlingTerms,
  { state, level, from }: { readonly state: AlertState; readonly level: Level; readonly from: string },
): { readonly dueOn: string | null; readonly isDueCertain: boolean } {
  if (isEnded(state)) return { dueOn: null, isDueCertain: true };
  const isUnseen = state === 'raised' || state === 'pushed';
  return dueAfter(calendar, from, isUnseen ? levels[level].acknowledge : levels[level].resolve);
}

/** The earlier of two days: what becomes graver is never due later. */
export function earlierDue(
  one: { readonly dueOn: string | null; readonly isDueCertain: boolean },
  other: DueDay['dueOn'] | null,
): { readonly dueOn: string | null; readonly isDueCertain: boolean } {
  return other !== null && one.dueOn !== null && other < one.dueOn ? { ...one, dueOn: other } : one;
}
