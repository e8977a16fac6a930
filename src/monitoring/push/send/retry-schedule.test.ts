import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PUSH_LIMITS } from '../push-limits.ts';
import { restAfter } from './finish-delivery.ts';
import { RETRY_AFTER_MS, retryAt } from './retry-schedule.ts';

const NOON = new Date('2026-03-02T12:00:00+08:00');
const delayMs = (attempt: number, chance: number) =>
  retryAt(attempt, NOON, chance).getTime() - NOON.getTime();

test('delays grow, and the last stands for all that follow', () => {
  const even = RETRY_AFTER_MS.map((_, at) => delayMs(at + 1, 0.5));
  assert.deepEqual(even, RETRY_AFTER_MS);
  assert.deepEqual(
    even,
    even.toSorted((one, other) => one - other),
  );
  assert.equal(delayMs(500, 0.5), RETRY_AFTER_MS.at(-1));
});

test('chance moves a delay by a fifth at most', () => {
  assert.equal(delayMs(3, 0), 0.8 * 120_000);
  assert.ok(delayMs(3, 0.999) <= 1.2 * 120_000);
  const drawn = new Set(Array.from({ length: 20 }, () => retryAt(6, NOON).getTime()));
  assert.ok(drawn.size > 1);
});

test('a message is tried over three days and not more than a dozen and a half times', () => {
  let [attempts, passedMs] = [1, 0];
  while (passedMs < PUSH_LIMITS.deadAfterMs) {
    passedMs += delayMs(attempts, 0.5);
    attempts += 1;
  }
  assert.ok(attempts >= 10 && attempts <= 18, String(attempts));
});

test('an endpoint rests from the fifth failure in a row, longer each time, up to a quarter of an hour', () => {
  assert.deepEqual([0, 4, 5, 6, 7].map(restAfter), [0, 0, 30_000, 60_000, 120_000]);
  assert.equal(restAfter(10_000), PUSH_LIMITS.restMaxMs);
});
