import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Refusal, toEnterpriseId } from '#kernel';
import { OwnTurns } from './own-turns.ts';
import { SELF_LIMITS } from './self-limits.ts';

const ONE = toEnterpriseId(1);
const OTHER = toEnterpriseId(2);

test('questions of one enterprise wait for each other, those of another do not wait for them', async () => {
  const turns = new OwnTurns();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  let [running, most] = [0, 0];
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await gate;
    running -= 1;
  };
  const all = Array.from({ length: 10 }, () => turns.take(ONE, work));
  assert.equal(await turns.take(OTHER, async () => 'at once'), 'at once');
  open();
  await Promise.all(all);
  assert.equal(most, SELF_LIMITS.atOnceMax);
  assert.equal(await turns.take(ONE, async () => 'free again'), 'free again');
});

test('an enterprise that does not wait for answers is told so, and a failed question leaves its place', async () => {
  const turns = new OwnTurns();
  const { promise: gate, reject: fail } = Promise.withResolvers<never>();
  const { atOnceMax, waitingMax } = SELF_LIMITS;
  const all = Array.from({ length: atOnceMax + waitingMax }, () => turns.take(ONE, () => gate));
  await assert.rejects(
    turns.take(ONE, () => gate),
    (error: Refusal) => error.code === 'everything.busy',
  );
  fail(new TypeError('the database is gone'));
  for (const one of await Promise.allSettled(all)) assert.equal(one.status, 'rejected');
  assert.equal(await turns.take(ONE, async () => 'free again'), 'free again');
});
