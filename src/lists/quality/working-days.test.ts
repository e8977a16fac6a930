import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { addDays, addWorkingDays, daysBetween, isWorkingDay, loadCalendar } from './working-days.ts';

const calendar = loadCalendar(join(import.meta.dirname, '..', '..', '..', 'models', 'calendars'));

test('the National Day week is off and its shifted Saturday is worked', () => {
  assert.equal(isWorkingDay(calendar, '2026-10-07'), false);
  assert.equal(isWorkingDay(calendar, '2026-10-08'), true);
  assert.equal(isWorkingDay(calendar, '2026-10-10'), true);
  assert.equal(isWorkingDay(calendar, '2026-10-11'), false);
});

test('five working days over the National Day end on the shifted Saturday, not a week later', () => {
  assert.deepEqual(addWorkingDays(calendar, '2026-09-29', 5), { date: '2026-10-12', isKnown: true });
  assert.deepEqual(addWorkingDays(calendar, '2026-10-03', 0), { date: '2026-10-08', isKnown: true });
});

test('outside the announced years Monday to Friday counts, and the answer says that it is not certain', () => {
  assert.deepEqual(addWorkingDays(calendar, '2031-01-01', 1), { date: '2031-01-02', isKnown: false });
  assert.equal(addWorkingDays(calendar, '2026-12-30', 5).isKnown, false);
});

test('days add and differ over a leap day', () => {
  assert.equal(addDays('2028-02-28', 1), '2028-02-29');
  assert.equal(daysBetween('2028-02-28', '2028-03-01'), 2);
});
