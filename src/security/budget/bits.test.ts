import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitsOf, dayAfterQuarter, quarterOf } from './bits.ts';

test('bits are the logarithm of the possible answers, never rounded down', () => {
  assert.equal(bitsOf(2), 1);
  assert.equal(bitsOf(8), 3);
  assert.equal(bitsOf(3), 1.584963);
  assert.ok(bitsOf(11) >= Math.log2(11));
  for (const answers of [0, 1, 2.5, Number.NaN]) assert.throws(() => bitsOf(answers));
});

test('a quarter is that of the Beijing calendar', () => {
  assert.equal(quarterOf(new Date('2026-03-31T15:59:59Z')), '2026Q1');
  assert.equal(quarterOf(new Date('2026-03-31T16:00:00Z')), '2026Q2');
  assert.equal(quarterOf(new Date('2026-12-31T16:00:00Z')), '2027Q1');
});

test('the day after a quarter begins the next one', () => {
  assert.deepEqual(['2026Q1', '2026Q2', '2026Q3', '2026Q4'].map(dayAfterQuarter), [
    '2026-04-01',
    '2026-07-01',
    '2026-10-01',
    '2027-01-01',
  ]);
});
