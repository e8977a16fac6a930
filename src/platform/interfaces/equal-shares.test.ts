import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EqualShares } from './equal-shares.ts';

function sharesAt(start = 1_800_000_000_000) {
  let now = start - (start % 60_000);
  const shares = new EqualShares('test', { now: () => new Date(now) });
  const take = (party: string, times: number, limit = 90): number => {
    let taken = 0;
    for (let at = 0; at < times; at += 1) if (shares.take(party, limit).isTaken) taken += 1;
    return taken;
  };
  return { shares, take, nextMinute: () => (now += 60_000) };
}

test('whoever calls alone may have the whole limit, and no more', () => {
  const { take } = sharesAt();
  assert.equal(take('a', 100), 90);
});

test('when capacity is short, shares are equal, whoever comes first', () => {
  const { take, nextMinute } = sharesAt();
  take('a', 200);
  take('b', 200);
  take('c', 200);
  nextMinute();
  assert.equal(take('a', 200), 30, 'the first in the minute does not take what is kept for others');
  assert.equal(take('b', 200), 30);
  assert.equal(take('c', 200), 30);
});

test('a party that asks for little leaves the rest to the others', () => {
  const { take, nextMinute } = sharesAt();
  take('a', 200);
  take('b', 5);
  nextMinute();
  assert.equal(take('a', 200), 85);
  assert.equal(take('b', 5), 5, 'and what it asked for before is there');
});

test('a newcomer is bounded by the limit, and has its share in the next minute', () => {
  const { take, nextMinute } = sharesAt();
  assert.equal(take('a', 200), 90);
  assert.equal(take('b', 10), 0);
  nextMinute();
  assert.equal(take('a', 200), 80);
  assert.equal(take('b', 10), 10);
});

test('after a quiet minute nothing is kept for anyone', () => {
  const { take, nextMinute } = sharesAt();
  take('a', 50);
  take('b', 50);
  nextMinute();
  nextMinute();
  assert.equal(take('a', 200), 90);
});

test('what other processes gave counts, and our own is not counted twice', () => {
  const { shares, take } = sharesAt();
  take('a', 10);
  const [ours] = shares.tally.unwritten();
  assert.deepEqual([ours?.party, ours?.calls], ['a', 10]);
  shares.tally.learn({ scope: 'test', party: 'a', minute: shares.tally.minute(), calls: 50 }, 10);
  assert.equal(shares.standing('a', 90).used, 50);
  assert.deepEqual(shares.tally.unwritten(), []);
  shares.tally.learn({ scope: 'test', party: 'b', minute: shares.tally.minute(), calls: 40 }, 0);
  assert.deepEqual(shares.standing('a', 90), { limit: 90, share: 45, parties: 2, used: 50, left: 0 });
});
