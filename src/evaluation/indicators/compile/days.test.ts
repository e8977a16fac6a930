import assert from 'node:assert/strict';
import test from 'node:test';
import { addMonths, shiftDay, windowDays } from './days.ts';

test('a month earlier is the same day, or the last one of a shorter month', () => {
  assert.equal(addMonths('2026-03-31', -1), '2026-02-28');
  assert.equal(addMonths('2028-03-31', -1), '2028-02-29');
  assert.equal(addMonths('2026-01-15', -13), '2024-12-15');
  assert.equal(shiftDay('2026-10-31', { years: -1, days: 1 }), '2025-11-01');
});

test('a window counts back from the as-of day and includes it', () => {
  assert.deepEqual(windowDays('2026-10-31', { count: 12, unit: 'month' }), {
    first: '2025-11-01',
    last: '2026-10-31',
  });
  assert.deepEqual(windowDays('2026-10-31', { count: 7, unit: 'day', offset: 7 }), {
    first: '2026-10-18',
    last: '2026-10-24',
  });
});

test('an aligned window holds the last complete calendar periods', () => {
  const aligned = (count: number, unit: 'month' | 'year', more: object): object =>
    windowDays('2026-08-15', { count, unit, ...more });
  assert.deepEqual(aligned(3, 'month', { align: 'month' }), { first: '2026-05-01', last: '2026-07-31' });
  assert.deepEqual(aligned(3, 'month', { align: 'quarter' }), { first: '2026-04-01', last: '2026-06-30' });
  assert.deepEqual(aligned(3, 'month', { align: 'month', offset: 12 }), {
    first: '2025-05-01',
    last: '2025-07-31',
  });
  assert.deepEqual(aligned(2, 'year', { align: 'year' }), { first: '2024-01-01', last: '2025-12-31' });
  assert.deepEqual(windowDays('2026-03-31', { count: 1, unit: 'month', align: 'month' }), {
    first: '2026-02-01',
    last: '2026-02-28',
  });
});
