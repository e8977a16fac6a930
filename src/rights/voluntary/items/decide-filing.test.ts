import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideFiling, type Standing } from './decide-filing.ts';

const ORDER = ['portal', 'credit_china', 'platform'];
const standing = (over: Partial<Standing> = {}): Standing => ({
  valuesDigest: 'a',
  entrance: 'credit_china',
  state: 'current',
  ...over,
});
const decide = (entrance: string, valuesDigest: string, stands?: Standing) =>
  decideFiling({ entrance, valuesDigest }, stands, ORDER);

test('what nobody said is published, what stands is renewed from whichever entrance', () => {
  assert.equal(decide('platform', 'a'), 'publish');
  assert.equal(decide('platform', 'a', standing()), 'renew');
  assert.equal(decide('platform', 'a', standing({ state: 'stale' })), 'renew');
  assert.equal(decide('platform', 'a', standing({ state: 'withdrawn' })), 'publish');
});

test('the same entrance corrects itself, another goes before or beside by the order', () => {
  assert.equal(decide('credit_china', 'b', standing()), 'publish');
  assert.equal(decide('portal', 'b', standing()), 'replace');
  assert.equal(decide('platform', 'b', standing()), 'beside');
  assert.equal(decide('unheard_of', 'b', standing()), 'beside');
  assert.equal(decide('platform', 'b', standing({ state: 'stale' })), 'publish');
});
