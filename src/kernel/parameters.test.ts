import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toParameter } from './parameters.ts';

test('text is quoted, and what would end it is escaped', () => {
  const items = ['a', '', 'NULL', 'a,b', '{x}', 'say "no"', 'back\\slash', '行 1\n行 2'];
  assert.equal(toParameter(items), '{"a","","NULL","a,b","{x}","say \\"no\\"","back\\\\slash","行 1\n行 2"}');
});

test('null is no text', () => {
  assert.equal(toParameter([null, 'NULL', 7]), '{NULL,"NULL",7}');
  assert.equal(toParameter([]), '{}');
});

test('bytes are hex, instants are in UTC to the millisecond', () => {
  const at = new Date('2026-03-01T10:03:04.005+08:00');
  assert.equal(toParameter([Buffer.from([0, 255])]), '{"\\\\x00ff"}');
  assert.equal(toParameter([at]), '{"2026-03-01T02:03:04.005Z"}');
  assert.equal(toParameter(at), '2026-03-01T02:03:04.005Z');
});

test('what is not known here stays as it is, for the driver', () => {
  for (const value of ['text', 7, null, true, Buffer.of(1), [['nested']], [{ a: 1 }], [true], [undefined]])
    assert.equal(toParameter(value), value);
});
