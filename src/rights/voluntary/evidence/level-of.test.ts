import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelOf } from './level-of.ts';

test('a value is proved by what is there, as far as its contract names it, and never by the wish alone', () => {
  assert.equal(levelOf([], ['L1', 'L3']), 'L0');
  assert.equal(levelOf(['attachment'], ['L1', 'L3']), 'L1');
  assert.equal(levelOf(['attachment', 'third_party'], ['L1', 'L3']), 'L1', 'L2 is not wanted of it');
  assert.equal(levelOf(['source', 'attachment'], ['L1', 'L2', 'L3']), 'L3');
  assert.equal(levelOf(['attachment'], undefined), 'L0');
});
