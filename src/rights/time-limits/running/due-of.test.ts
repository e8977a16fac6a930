import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadCalendar } from '#lists';
import { parse } from 'yaml';
import { loadTimeLimits } from '../definition/load-time-limits.ts';
import type { Limit } from '../definition/profile-shape.ts';
import type { TermKind } from '../definition/term-kinds.ts';
import { dueOf, type Stop } from './due-of.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', '..', 'models');
const calendar = loadCalendar(join(MODELS, 'calendars'));
const { profiles } = loadTimeLimits([MODELS], 'beijing');

function limitOf(profile: string, term: TermKind): Limit {
  const limit = profiles.get(profile)?.terms[term];
  assert.ok(limit !== undefined, `${profile} ${term}`);
  return limit;
}

const due = (
  profile: string,
  term: TermKind,
  startedOn: string,
  more: { isExtended?: boolean; stops?: Stop[] } = {},
) => dueOf(limitOf(profile, term), { startedOn, isExtended: false, stops: [], ...more }, calendar);

/*
 * The expectation by another way: every day of the announced years is written down once, each with whether people work on it,
 * and a limit is the n-th such day after its beginning. Nothing of the code under test takes part.
 */
type Announced = {
  year: number;
  daysOff: { from: string; to: string }[];
  shiftedWorkingDays: { date: string }[];
};
const announced = readdirSync(join(MODELS, 'calendars'))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => parse(readFileSync(join(MODELS, 'calendars', name), 'utf8')) as Announced);
const DAYS = announced
  .toSorted((one, other) => one.year - other.year)
  .flatMap(({ year, daysOff, shiftedWorkingDays }) => {
    const days: { date: string; isWorked: boolean; isWeekday: boolean; isWorkedWeekday: boolean }[] = [];
    for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) {
      const date = new Date(at).toISOString().slice(0, 10);
      const isWeekday = ![0, 6].includes(new Date(at).getUTCDay());
      const isOff = daysOff.some(({ from, to }) => date >= from && date <= to);
      const isShifted = shiftedWorkingDays.some((shifted) => shifted.date === date);
      const isWorkedWeekday = isWeekday && !isOff;
      days.push({ date, isWorked: isShifted || isWorkedWeekday, isWeekday, isWorkedWeekday });
    }
    return days;
  });

function walk(
  { unit }: Limit,
  startedOn: string,
  count: number,
  by: 'isWorked' | 'isWeekday' | 'isWorkedWeekday' = 'isWorked',
): string {
  const later = DAYS.filter(({ date }) => date > startedOn);
  const counted = unit === 'day' ? later : later.filter((day) => day[by]);
  return count === 0 ? startedOn : (counted[count - 1]?.date ?? 'beyond what is announced');
}

/** Around the Spring Festival and National Day of 2026, each with shifted working days before and after. */
const STARTS = DAYS.map(({ date }) => date).filter(
  (date) => (date >= '2026-02-09' && date <= '2026-03-01') || (date >= '2026-09-17' && date <= '2026-10-11'),
);

describe('every limit of every profile, begun on every day around two holidays', () => {
  for (const { id, terms } of profiles.values()) {
    for (const [term, limit] of Object.entries(terms)) {
      test(`${id}: ${term}`, () => {
        const counts = [limit.count, limit.count + (limit.extension?.count ?? 0)];
        for (const [index, count] of counts.entries()) {
          const found = STARTS.map((startedOn) =>
            dueOf(limit, { startedOn, isExtended: index === 1, stops: [] }, calendar),
          );
          const wanted = STARTS.map((startedOn) => walk(limit, startedOn, count));
          assert.deepEqual(
            found.map(({ dueOn }) => dueOn),
            wanted,
          );
          assert.ok(found.every(({ dueIsCertain }) => dueIsCertain));
          if (limit.unit === 'day') continue;
          const differsFrom = (by: 'isWeekday' | 'isWorkedWeekday'): boolean =>
            STARTS.some((startedOn, at) => walk(limit, startedOn, count, by) !== wanted[at]);
          assert.ok(differsFrom('isWeekday'), 'a holiday lay on the way');
          assert.ok(differsFrom('isWorkedWeekday'), 'a shifted working day lay on the way');
        }
      });
    }
  }
});

describe('by hand', () => {
  const cases: readonly [string, string, TermKind, string, string, boolean?][] = [
    [
      'five working days over National Day, whose Saturday is worked',
      'shanghai',
      'own_decision',
      '2026-09-30',
      '2026-10-13',
    ],
    ['two working days over National Day', 'shanghai', 'forward', '2026-09-30', '2026-10-09'],
    [
      'two working days that end right after National Day',
      'shenzhen',
      'provider_decision',
      '2026-09-29',
      '2026-10-08',
    ],
    ['the same with three more', 'shenzhen', 'provider_decision', '2026-09-29', '2026-10-12', true],
    ['twenty days count the holiday', 'national', 'all_in', '2026-09-25', '2026-10-15'],
    [
      'five working days over the Spring Festival, whose Saturday before is worked',
      'zhejiang',
      'all_in',
      '2026-02-13',
      '2026-02-27',
    ],
    ['twenty cumulative over the Spring Festival', 'zhejiang', 'all_in', '2026-02-13', '2026-03-19', true],
    ['two working days over Labour Day', 'taizhou', 'provider_correction', '2026-04-30', '2026-05-07'],
    ['one working day over Labour Day', 'beijing', 'own_check', '2026-04-30', '2026-05-06'],
    [
      'three working days that end on a worked Saturday',
      'beijing',
      'repair_sync',
      '2026-05-06',
      '2026-05-09',
    ],
    ['one working day that is a worked Sunday', 'beijing', 'own_check', '2026-09-18', '2026-09-20'],
    ['at once on a day off is that day', 'beijing', 'mark', '2026-10-01', '2026-10-01'],
    ['thirty days over the end of February', 'beijing', 'complaint_answer', '2026-01-31', '2026-03-02'],
    ['seven working days over Mid-Autumn and National Day', 'henan', 'all_in', '2026-09-24', '2026-10-12'],
  ];
  for (const [name, profile, term, startedOn, wanted, isExtended = false] of cases) {
    test(name, () => {
      assert.deepEqual(due(profile, term, startedOn, { isExtended }), { dueOn: wanted, dueIsCertain: true });
    });
  }

  test('a clock that stood still over National Day begins again where it was', () => {
    const stop = { from: '2026-09-28', to: '2026-10-09', reason: 'an examination' };
    assert.equal(due('henan', 'all_in', '2026-09-24', { stops: [stop] }).dueOn, '2026-10-16');
  });

  test('a stop that is resumed the same day, and one that still lasts, move nothing', () => {
    const sameDay = { from: '2026-09-28', to: '2026-09-28', reason: 'an examination' };
    const open = { from: '2026-09-29', to: null, reason: 'an examination' };
    assert.equal(due('henan', 'all_in', '2026-09-24', { stops: [sameDay, open] }).dueOn, '2026-10-12');
  });

  test('where the profile does not let the clock stand, a stop moves nothing', () => {
    const stop = { from: '2026-09-28', to: '2026-10-09', reason: 'an examination' };
    assert.equal(due('shanghai', 'own_decision', '2026-09-24', { stops: [stop] }).dueOn, '2026-10-09');
  });

  test('a year whose calendar is not announced makes working days uncertain, and calendar days not', () => {
    assert.deepEqual(due('shanghai', 'own_decision', '2026-12-28'), {
      dueOn: '2027-01-04',
      dueIsCertain: false,
    });
    assert.deepEqual(due('shanghai', 'forward', '2026-12-28'), { dueOn: '2026-12-30', dueIsCertain: true });
    assert.deepEqual(due('national', 'all_in', '2026-12-28'), { dueOn: '2027-01-17', dueIsCertain: true });
  });
});
