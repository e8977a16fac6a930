import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { parse } from 'yaml';
import { requireShape } from './require-shape.ts';

const strict = { additionalProperties: false } as const;
const Day = Type.String({ pattern: '^20\\d\\d-\\d\\d-\\d\\d$' });

/** One year's file of models/calendars: the State Council's notice with its shifted working days. */
const CalendarFile = Type.Object(
  {
    id: Type.String({ pattern: '^cn-20\\d\\d$' }),
    name: Type.String(),
    version: Type.String(),
    year: Type.Integer({ minimum: 2000, maximum: 2099 }),
    timezone: Type.Literal('Asia/Shanghai'),
    source: Type.String(),
    issuedOn: Day,
    daysOff: Type.Array(Type.Object({ name: Type.String(), from: Day, to: Day }, strict)),
    shiftedWorkingDays: Type.Array(Type.Object({ date: Day, for: Type.String() }, strict)),
    note: Type.Optional(Type.String()),
  },
  strict,
);

/** Working days of the years the State Council has announced; other years are Monday to Friday and say so. */
export type WorkingCalendar = {
  readonly years: ReadonlySet<number>;
  readonly daysOff: ReadonlySet<string>;
  readonly shifted: ReadonlySet<string>;
};

/** A date reached by counting working days; `isKnown` is false when a year on the way has no announced calendar. */
export type WorkingDate = { readonly date: string; readonly isKnown: boolean };

/** Reads every `cn-YYYY.yaml` of a folder; refuses a file that does not hold. */
export function loadCalendar(folder: string): WorkingCalendar {
  const years = new Set<number>();
  const daysOff = new Set<string>();
  const shifted = new Set<string>();
  for (const name of readdirSync(folder).filter((file) => /^cn-\d{4}\.yaml$/.test(file))) {
    const file = requireShape(CalendarFile, parse(readFileSync(join(folder, name), 'utf8')), name);
    years.add(file.year);
    for (const { from, to } of file.daysOff) {
      for (let date = from; date <= to; date = addDays(date, 1)) daysOff.add(date);
    }
    for (const { date } of file.shiftedWorkingDays) shifted.add(date);
  }
  return { years, daysOff, shifted };
}

export function isWorkingDay(calendar: WorkingCalendar, date: string): boolean {
  if (calendar.shifted.has(date)) return true;
  if (calendar.daysOff.has(date)) return false;
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/** The day `days` working days after `date`; with 0 the date itself or the next working day. */
export function addWorkingDays(calendar: WorkingCalendar, date: string, days: number): WorkingDate {
  let isKnown = isYearKnown(calendar, date);
  let reached = date;
  let left = days;
  while (left > 0 || !isWorkingDay(calendar, reached)) {
    reached = addDays(reached, 1);
    isKnown &&= isYearKnown(calendar, reached);
    if (left > 0 && isWorkingDay(calendar, reached)) left -= 1;
  }
  return { date: reached, isKnown };
}

export function addDays(date: string, days: number): string {
  const at = new Date(`${date}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** Days from one date to another; negative when the second is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

function isYearKnown(calendar: WorkingCalendar, date: string): boolean {
  return calendar.years.has(Number(date.slice(0, 4)));
}
