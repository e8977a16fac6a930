import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadCalendar } from '#lists';
import { loadTimeLimits } from '../definition/load-time-limits.ts';
import { BEGUN_ON, DUE_DAYS } from './due-days.test-support.ts';
import { dueOf } from './due-of.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', '..', 'models');
const calendar = loadCalendar(join(MODELS, 'calendars'));
const { profiles } = loadTimeLimits([MODELS], 'beijing');

describe('over Mid-Autumn and National Day with its shifted Saturday', () => {
  test('every row of every profile has its day in the table', () => {
    const rows = [...profiles.values()].map(({ id, terms }) => [id, Object.keys(terms).sort()]);
    const counted = Object.entries(DUE_DAYS).map(([id, terms]) => [id, Object.keys(terms).sort()]);
    assert.deepEqual(new Map(rows as [string, string[]][]), new Map(counted as [string, string[]][]));
  });

  for (const { id, terms } of profiles.values())
    for (const [term, limit] of Object.entries(terms)) {
      const [length = '', dueOn, extendedDueOn] = DUE_DAYS[id]?.[term] ?? [];
      test(`${id}: ${term} ends after ${length}`, () => {
        assert.equal(length, `${limit.count} ${limit.unit === 'day' ? 'days' : 'working days'}`);
        const facts = { startedOn: BEGUN_ON, stops: [] };
        assert.equal(dueOf(limit, { ...facts, isExtended: false }, calendar).dueOn, dueOn);
        if (limit.extension === undefined) return assert.equal(extendedDueOn, undefined);
        assert.equal(dueOf(limit, { ...facts, isExtended: true }, calendar).dueOn, extendedDueOn);
      });
    }
});
