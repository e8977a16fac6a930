import assert from 'node:assert';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { addWorkingDays, loadCalendar, type WorkingCalendar } from '#lists';
import { alertRefusal } from '../alerts/alert-refusals.ts';
import type { Level } from '../rules/rule.ts';
import { readTerms, TERMS_WORDS } from '../terms-file.ts';

const strict = { additionalProperties: false } as const;
const Term = Type.Object(
  {
    count: Type.Integer({ minimum: 1, maximum: 366 }),
    unit: Type.Union([Type.Literal('working_day'), Type.Literal('day')]),
  },
  strict,
);
const OfLevel = Type.Object(
  {
    acknowledge: Term,
    resolve: Term,
    escalate: Term,
    snoozeDaysMax: Type.Integer({ minimum: 1, maximum: 366 }),
  },
  strict,
);
const HandlingFile = Type.Object(
  {
    id: Type.Literal('alert-handling'),
    version: Type.String(),
    name: TERMS_WORDS,
    source: Type.String(),
    levels: Type.Object({ red: OfLevel, orange: OfLevel, yellow: OfLevel, blue: OfLevel }, strict),
    snoozesMax: Type.Integer({ minimum: 0, maximum: 10 }),
    recall: Type.Object({ acknowledge: Term }, strict),
  },
  strict,
);

/** A time in working days of the State Council's calendar, or in days. */
export type Term = Static<typeof Term>;

/** 处置期限: by when what is due, by level. */
export type HandlingTerms = {
  readonly version: string;
  readonly levels: Readonly<Record<Level, Static<typeof OfLevel>>>;
  readonly snoozesMax: number;
  readonly recallAcknowledge: Term;
  readonly calendar: WorkingCalendar;
};

/** A day by which something is due; uncertain when a year on the way has no announced calendar. */
export type DueDay = { readonly dueOn: string; readonly isDueCertain: boolean };

/**
 * Reads `monitoring/handling.yaml` of the last folder that has one, so that a city's own replaces the package's, with the
 * calendar of the first folder. Throws `alerts.handling_not_valid`.
 */
export function loadHandling(folders: readonly string[]): HandlingTerms {
  const { terms } = readTerms(folders, {
    name: 'handling.yaml',
    shape: HandlingFile,
    refuse: (params) => alertRefusal('alerts.handling_not_valid', params),
  });
  const [first] = folders;
  assert(first !== undefined, 'a file was found in one of them');
  return Object.freeze({
    version: terms.version,
    levels: terms.levels,
    snoozesMax: terms.snoozesMax,
    recallAcknowledge: terms.recall.acknowledge,
    calendar: loadCalendar(join(first, 'calendars')),
  });
}

/** The day that a term reaches from a Beijing day; the day itself is not counted. */
export function dueAfter(calendar: WorkingCalendar, from: string, { count, unit }: Term): DueDay {
  if (unit === 'day') return { dueOn: addDays(from, count), isDueCertain: true };
  const { date, isKnown } = addWorkingDays(calendar, from, count);
  return { dueOn: date, isDueCertain: isKnown };
}

export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}
