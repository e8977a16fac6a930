import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCalendar } from '#lists';
import { loadTimeLimits } from '../definition/load-time-limits.ts';
import { decideTerm } from './decide-term.ts';
import { reckonMatter, type TermFacts } from './reckon.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', '..', 'models');
const calendar = loadCalendar(join(MODELS, 'calendars'));
const { profiles } = loadTimeLimits([MODELS], 'beijing');

/** Days of terms that began at noon in Beijing. */
function reckon(profile: string, ...facts: readonly Partial<TermFacts>[]) {
  const rules = { profile: profiles.get(profile) ?? assert.fail(profile), calendar };
  const whole = {
    term: 'all_in',
    startedAt: noon('2026-09-15'),
    events: {},
    stops: [],
    extendedBy: null,
  } as const;
  return reckonMatter(
    facts.map((fact) => ({ ...whole, ...fact })),
    rules,
  ).map(({ dueOn, isCapped }) => [dueOn, isCapped]);
}

function noon(day: string): Date {
  return new Date(`${day}T12:00:00+08:00`);
}

test('a part of an objection never runs past its all-in limit', () => {
  const forwarded = { term: 'provider_decision', startedAt: noon('2026-09-30') } as const;
  assert.deepEqual(reckon('beijing', {}, forwarded), [
    ['2026-10-05', false],
    ['2026-10-05', true],
  ]);
  assert.deepEqual(reckon('beijing', forwarded), [['2026-10-13', false]], 'alone it has its own');
});

test('parallel parts each have their own day', () => {
  const days = reckon(
    'beijing',
    {},
    { term: 'own_check' },
    { term: 'forward' },
    { term: 'provider_decision', startedAt: noon('2026-09-16') },
    { term: 'provider_decision', startedAt: noon('2026-09-17') },
  );
  assert.deepEqual(days, [
    ['2026-10-05', false],
    ['2026-09-16', false],
    ['2026-09-17', false],
    ['2026-09-22', false],
    ['2026-09-23', false],
  ]);
});

test('what a profile does not name is bounded by the all-in limit alone', () => {
  assert.deepEqual(reckon('zhejiang', {}, { term: 'own_check' }), [
    ['2026-09-21', false],
    ['2026-09-21', true],
  ]);
  assert.deepEqual(reckon('shanghai', {}, { term: 'own_check' }), [
    [null, false],
    [null, false],
  ]);
  assert.deepEqual(
    reckon('zhejiang', {}, { term: 'review' })[1],
    ['2026-09-21', false],
    'a review is no part of it',
  );
});

test('the event that the profile names begins the count, where it is known', () => {
  const events = { checked: '2026-09-17T02:00:00Z' };
  assert.deepEqual(reckon('shenzhen', { term: 'forward', events }), [['2026-09-17', false]]);
  assert.deepEqual(
    reckon('beijing', { term: 'forward', events }),
    [['2026-09-17', false]],
    'two days from receipt',
  );
});

test('the day of an instant is that in Beijing', () => {
  const late = new Date('2026-09-15T16:30:00Z'); // half past midnight on the 16th
  assert.deepEqual(reckon('beijing', { term: 'own_check', startedAt: late }), [['2026-09-17', false]]);
});

test('a term is met until the end of its day and late afterwards', () => {
  const facts = { dueOn: '2026-10-09', stops: [] } as const;
  const ended = (at: string) => decideTerm({ ...facts, endedAt: new Date(at) });
  assert.deepEqual(ended('2026-10-09T23:59:59+08:00'), { state: 'met', lateDays: 0 });
  assert.deepEqual(ended('2026-10-12T00:00:00+08:00'), { state: 'late', lateDays: 3 });
  const running = { ...facts, endedAt: null };
  assert.deepEqual(decideTerm(running), { state: 'running', lateDays: 0 });
  assert.deepEqual(decideTerm(running, '2026-10-09'), { state: 'running', lateDays: 0 });
  assert.deepEqual(decideTerm(running, '2026-10-10'), { state: 'late', lateDays: 1 });
  const stops = [{ from: '2026-10-01', to: null, reason: 'an examination' }];
  assert.deepEqual(decideTerm({ ...running, stops }, '2026-10-10'), { state: 'stopped', lateDays: 0 });
  assert.deepEqual(decideTerm({ ...running, dueOn: null }, '2036-10-10'), { state: 'running', lateDays: 0 });
});
