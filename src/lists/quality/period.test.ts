import assert from 'node:assert/strict';
import test from 'node:test';
import { Refusal } from '#kernel';
import { monthOf, parsePeriod, previousPeriod, startOfBeijingDate } from './period.ts';

test('a month and a quarter begin on their first day and end before the next one', () => {
  assert.deepEqual(parsePeriod('2026-12'), {
    id: '2026-12',
    kind: 'month',
    from: '2026-12-01',
    to: '2027-01-01',
  });
  assert.deepEqual(parsePeriod('2026-Q4'), {
    id: '2026-Q4',
    kind: 'quarter',
    from: '2026-10-01',
    to: '2027-01-01',
  });
});

test('the period before January and before the first quarter lies in the year before', () => {
  assert.equal(previousPeriod(parsePeriod('2026-01')).id, '2025-12');
  assert.deepEqual(previousPeriod(parsePeriod('2026-Q1')), parsePeriod('2025-Q4'));
  assert.deepEqual(previousPeriod(parsePeriod('2026-Q3')), parsePeriod('2026-Q2'));
});

test('a period that is neither month nor quarter is refused', () => {
  for (const text of ['2026', '2026-13', '2026-00', '2026-Q5', '2026-1', 'q1', '']) {
    assert.throws(
      () => parsePeriod(text),
      (error) => error instanceof Refusal && error.code === 'quality.period_unreadable',
    );
  }
});

test('a Beijing day begins eight hours before the day of Greenwich', () => {
  assert.equal(startOfBeijingDate('2026-03-01').toISOString(), '2026-02-28T16:00:00.000Z');
  assert.equal(monthOf('2026-03-31').id, '2026-03');
});
