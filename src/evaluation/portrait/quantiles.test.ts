import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../laboratory/statistics/random.ts';
import { percentileOf, quantilesOf, Sample } from './quantiles.ts';

const HUNDRED = Array.from({ length: 101 }, (_, n) => n);

test('quantiles of 0 to 100 are the shares themselves', () => {
  assert.deepEqual(
    quantilesOf(HUNDRED).map((value) => Math.round(value)),
    Array.from({ length: 19 }, (_, n) => (n + 1) * 5),
  );
});

test('a value below all stands at the bottom, one above all at the top, a common one in the middle', () => {
  const quantiles = quantilesOf(HUNDRED);
  assert.equal(percentileOf(-1, quantiles), 5);
  assert.equal(percentileOf(1_000, quantiles), 100);
  assert.equal(percentileOf(50, quantiles), 50);
  assert.equal(percentileOf(0, quantilesOf(Array.from({ length: 50 }, () => 0))), 50);
});

test('a sample is bounded and keeps the shape of what it saw', () => {
  const sample = new Sample(1_000, seededRandom(7));
  for (let n = 0; n < 50_000; n += 1) sample.add(n % 101);
  assert.equal(sample.values.length, 1_000);
  assert.equal(sample.seen, 50_000);
  const median = quantilesOf(sample.values)[9] ?? 0;
  assert.ok(median > 44 && median < 56, String(median));
});
