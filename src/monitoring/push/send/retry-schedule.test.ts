import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPushTerms } from '../push-terms.ts';
import { restAfter, retryAt } from './retry-schedule.ts';

const terms = loadPushTerms([join(import.meta.dirname, '..', '..', '..', '..', 'models')]);
const NOON = new Date('2026-03-02T12:00:00+08:00');
const delayMs = (attempt: number, chance: number) =>
  retryAt(terms, attempt, NOON, chance).getTime() - NOON.getTime();

test('delays grow, and the last stands for all that follow', () => {
  const even = terms.retryAfterMs.map((_, at) => delayMs(at + 1, 0.5));
  assert.deepEqual(even, terms.retryAfterMs);
  assert.deepEqual(
    even,
    even.toSorted((one, other) => one - other),
  );
  assert.equal(delayMs(500, 0.5), terms.retryAfterMs.at(-1));
});

test('chance moves a delay by a fifth at most', () => {
  assert.equal(delayMs(3, 0), 0.8 * 120_000);
  assert.ok(delayMs(3, 0.999) <= 1.2 * 120_000);
  const drawn = new Set(Array.from({ length: 20 }, () => retryAt(terms, 6, NOON).getTime()));
  assert.ok(drawn.size > 1);
});

test('a message is tried over three days and not more than a dozen and a half times', () => {
  let [attempts, passedMs] = [1, 0];
  while (passedMs < terms.deadAfterMs) {
    passedMs += delayMs(attempts, 0.5);
    attempts += 1;
  }
  assert.ok(attempts >= 10 && attempts <= 18, String(attempts));
});

test('an endpoint rests from the fifth failure in a row, longer each time, up to a quarter of an hour', () => {
  assert.deepEqual(
    [0, 4, 5, 6, 7].map((failures) => restAfter(terms, failures)),
    [0, 0, 30_000, 60_000, 120_000],
  );
  assert.equal(restAfter(terms, 10_000), 900_000);
});
