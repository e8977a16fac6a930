import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Contract } from '#lists';
import { locateInAnswer, type Range } from './locate-in-answer.ts';

const CONTRACT = {
  naturalKey: ['account', 'month'],
  businessTime: 'month',
  fields: [
    { name: 'account', kind: 'text' },
    { name: 'month', kind: 'month' },
  ],
} as unknown as Contract;
const MAY = { account: 'A', month: '2026-05-01', used: '1' };
const JUNE = { account: 'A', month: '2026-06-01', used: '2' };
const EVER: Range = { from: null, to: null };

function find(
  record: 'latest' | Record<string, string>,
  range: Range = EVER,
  records: object[] = [MAY, JUNE],
) {
  const key =
    record === 'latest'
      ? record
      : Object.fromEntries(Object.entries(record).map(([name, value]) => [name, { value, currency: null }]));
  return locateInAnswer(CONTRACT, records as (typeof MAY)[], { record: key, range });
}

test('the latest record is the one of the latest business time within the range', () => {
  assert.equal(find('latest').values, JUNE);
  assert.equal(find('latest', { from: null, to: '2026-05-31' }).values, MAY);
  assert.equal(find('latest', { from: '2026-07-01', to: null }).values, undefined);
});

test('a record has the same key however it was asked for, found or not', () => {
  const byKey = find({ account: 'A', month: '2026-06-01' });
  assert.equal(byKey.values, JUNE);
  assert.equal(byKey.recordKey, find('latest').recordKey);
  assert.notEqual(byKey.recordKey, find({ account: 'A', month: '2026-05-01' }).recordKey);
  const absent = find({ account: 'A', month: '2026-06-01' }, EVER, []);
  assert.deepEqual([absent.values, absent.recordKey], [undefined, byKey.recordKey]);
});

test('without its business time no record is the latest of several or in a bounded range', () => {
  const timeless = [{ account: 'A' }, { account: 'B' }];
  assert.equal(find('latest', EVER, timeless).values, undefined);
  assert.deepEqual(find('latest', EVER, timeless.slice(1)).values, { account: 'B' });
  assert.equal(find('latest', { from: '2020-01-01', to: null }, timeless.slice(1)).values, undefined);
});
