import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFitForSocket } from './place.ts';

test('a place serves for the socket while its path has at most 107 bytes and no separator', () => {
  const room = 107 - Buffer.byteLength('/run/.s.PGSQL.5432');
  assert.equal(isFitForSocket('/'.padEnd(room, 'x')), true);
  assert.equal(isFitForSocket('/'.padEnd(room + 1, 'x')), false);
  assert.equal(isFitForSocket(`/${'信'.repeat(30)}`), false, 'bytes count, not characters');
  assert.equal(isFitForSocket('/信 桥'), true);
  for (const separator of [',', ':', ';', '"']) assert.equal(isFitForSocket(`/a${separator}b`), false);
});
