import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCalendar } from '#lists';
import { loadTimeLimits } from '../definition/load-time-limits.ts';
import { decideNotices, type Followed } from './decide-notices.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', '..', 'models');
const calendar = loadCalendar(join(MODELS, 'calendars'));
const { follow } = loadTimeLimits([MODELS], 'beijing').initial;
const term: Followed = {
  startedOn: '2026-09-22',
  dueOn: '2026-09-30',
  responsible: { kind: 'provider', id: '市税务局' },
};
const said = (today: string, of: Partial<Followed> = {}) =>
  decideNotices({ ...term, ...of }, { follow, calendar, today }).map(
    ({ notice, told, duty }) => `${notice} ${told.kind} ${duty}`,
  );

test('a reminder comes a working day before, over a holiday too', () => {
  assert.deepEqual(said('2026-09-28'), []);
  assert.deepEqual(said('2026-09-29'), ['reminder provider handler']);
  assert.deepEqual(said('2026-09-30'), ['reminder provider handler']);
  assert.deepEqual(said('2026-09-29', { dueOn: '2026-10-08' }), []);
  assert.deepEqual(said('2026-09-30', { dueOn: '2026-10-08' }), ['reminder provider handler']);
});

test('what is due on the day it begins has no reminder', () => {
  assert.deepEqual(said('2026-09-22', { dueOn: '2026-09-22' }), []);
});

test('past its day the responsible is told, then its head, then the node', () => {
  const responsible = 'overdue provider handler';
  const head = 'escalated_head provider head';
  assert.deepEqual(said('2026-10-01'), [responsible]);
  assert.deepEqual(said('2026-10-08'), [responsible], 'the first working day after National Day');
  assert.deepEqual(said('2026-10-09'), [responsible, head]);
  assert.deepEqual(said('2026-10-10'), [responsible, head], 'the third working day, a Saturday');
  assert.deepEqual(said('2026-10-11'), [responsible, head, 'escalated_node node head']);
});

test('after a pause of the node all that was missed is said at once', () => {
  assert.equal(said('2026-12-01').length, 3);
});
