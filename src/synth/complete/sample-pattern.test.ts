import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, streamOf } from '../model/random.ts';
import { compileSampler } from './sample-pattern.ts';

const PATTERNS = [
  '^[0-9]{6}$',
  '^[A-T]?[0-9]{4}$',
  '^[0-9A-Z]{10}$',
  '^[0-9A-Za-z-]{6,40}$',
  '^[0-9]{10}([0-9]{2})?$',
  '^([0-9]{8}|[0-9]{20})$',
  '^(?:AB|C)x{2}$',
  '^[（(][0-9]{4}[）)].+号',
];

test('samples are accepted by the pattern they come from', () => {
  for (const pattern of PATTERNS) {
    const sample = compileSampler(pattern);
    for (let index = 0; index < 200; index += 1) {
      assert.match(sample(streamOf(keyOf(1, pattern), index)), new RegExp(pattern, 'u'));
    }
  }
});

test('a pattern that cannot be sampled is an error when the contract is read', () => {
  for (const pattern of ['^a+$', '^.*$', '^\\d{3}$', '^[^a]$'])
    assert.throws(() => compileSampler(pattern), TypeError);
});
