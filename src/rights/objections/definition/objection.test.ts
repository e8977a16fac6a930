import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Refusal } from '#kernel';
import { isSameValue } from '../same-value.ts';
import { loadObjectionRules, shapeObjectionRules } from './load-objection-rules.ts';
import { type ItemState, stateOf } from './objection.ts';

const of = (...states: (ItemState | 'reviewed')[]) =>
  stateOf(
    states.map((state) =>
      state === 'reviewed' ? { state: 'rejected', reviewedAt: new Date(0) } : { state, reviewedAt: null },
    ),
  );

test('an objection is where its slowest item is, and decided when all are', () => {
  assert.equal(of('submitted', 'submitted'), 'submitted');
  assert.equal(of('submitted', 'upheld'), 'accepted');
  assert.equal(of('checking', 'forwarded'), 'checking');
  assert.equal(of('forwarded', 'rejected', 'withdrawn'), 'forwarded');
  assert.equal(of('upheld', 'upheld', 'withdrawn'), 'upheld');
  assert.equal(of('upheld', 'rejected'), 'partly_upheld');
  assert.equal(of('refused', 'refused'), 'refused');
  assert.equal(of('refused', 'rejected'), 'rejected');
  assert.equal(of('withdrawn'), 'withdrawn');
  assert.equal(of('review_asked', 'upheld'), 'review_asked');
  assert.equal(of('reviewed', 'upheld'), 'review_decided');
});

test('two spellings of one number, instant or truth value are the same value', () => {
  assert.ok(isSameValue({ kind: 'decimal' }, '1.50', '1.5'));
  assert.ok(isSameValue({ kind: 'money' }, '500000', '500000'));
  assert.ok(isSameValue({ kind: 'boolean' }, 't', 'true'));
  assert.ok(isSameValue({ kind: 'timestamp' }, '2026-03-01T00:00:00Z', '2026-03-01T08:00:00+08:00'));
  assert.ok(isSameValue({ kind: 'text' }, null, null));
  assert.ok(!isSameValue({ kind: 'text' }, '1.50', '1.5'));
  assert.ok(!isSameValue({ kind: 'integer' }, '0', null));
});

test('the package’s rules hold, and rules that do not are refused with every reason', () => {
  const rules = loadObjectionRules([join(import.meta.dirname, '../../../../models')]);
  assert.deepEqual(
    rules.grounds.map(({ id }) => id),
    ['wrong', 'missing', 'past_public_period', 'listing_conditions', 'secret_or_private'],
  );
  const planted = structuredClone({ ...rules, grounds: [...rules.grounds, ...rules.grounds.slice(0, 1)] });
  const missing = planted.grounds.find(({ id }) => id === 'missing');
  assert.ok(missing);
  missing.upheldAs = ['annulled'];
  assert.throws(
    () => shapeObjectionRules(planted),
    (error: Refusal) =>
      error.code === 'objections.definition_not_valid' &&
      /wrong twice/.test(error.message) &&
      /what is missing/.test(error.message),
  );
  assert.throws(() => shapeObjectionRules({ ...rules, version: 'one' }), {
    code: 'objections.definition_not_valid',
  });
});
