import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { addWorkingDays, loadCalendar, type WorkingCalendar } from '#lists';
import { alertRefusal } from '../alerts/alert-refusals.ts';
import type { Level } from '../rules/rule.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String(), en: Type.String() }, strict);
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
    name: Words,
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
  const files = folders.map((folder) => join(folder, 'monitoring', 'handling.yaml'));
  const file = files.findLast((path) => existsSync(path));
  const [first] = folders;
  if (file === undefined || first === undefined)
    throw alertRefusal('alerts.handling_not_valid', { file: 'monitoring/handling.yaml', reason: 'missing' });
  const found: unknown = parse(readFileSync(file, 'utf8'));
  if (!Value.Check(HandlingFile, found))
    throw alertRefusal('alerts.handling_not_valid', { file, reason: reasonsOf(found) });
  return Object.freeze({
    version: found.version,
    levels: found.levels,
    snoozesMax: found.snoozesMax,
    recallAcknowledge: found.recall.acknowledge,
    calendar: loadCalendar(join(first, 'calendars')),
  });
}

function reasonsOf(found: unknown): string {
  const errors = [...Value.Errors(HandlingFile, found)].slice(0, 5);
  return errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`).join('; ');
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
