import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heightOf, linesOf } from './layout.ts';
import type { Cell } from './shape.ts';
import { breakable, mapStrings, printable } from './text.ts';

test('characters that hide or turn text are spelt out', () => {
  assert.equal(printable('甲\u202e乙\u200b丙\u0000'), '甲〔U+202E〕乙〔U+200B〕丙〔U+0000〕');
  assert.equal(printable('一\r\n二\t三'), '一 二 三');
  assert.equal(printable('\ud800'), '〔U+D800〕');
});

test('a character that the font lacks is spelt out and reported', () => {
  const missing: number[] = [];
  const text = printable('甲𠀀', {
    hasGlyph: (point) => point < 0x10000,
    onMissing: (point) => missing.push(point),
  });
  assert.equal(text, '甲〔U+20000〕');
  assert.deepEqual(missing, [0x20000]);
});

test('long runs may break, short ones stay as they are', () => {
  assert.equal(breakable('a'.repeat(18)), 'aaaaaa\u200baaaaaa\u200baaaaaa');
  assert.equal(breakable('91110108MA01TEST0'), '91110108MA01TEST0');
  assert.equal(breakable('中文'.repeat(40)), '中文'.repeat(40));
});

test('every string of a value is changed and nothing else', () => {
  const value = { a: ['x', 1, null], b: { c: 'y', d: true } };
  assert.deepEqual(
    mapStrings(value, (text) => text.toUpperCase()),
    { a: ['X', 1, null], b: { c: 'Y', d: true } },
  );
});

test('short values stand in pairs, a long one alone, in the contract’s order', () => {
  const cell = (field: string, text: string): Cell => ({
    field,
    title: field,
    value: text,
    text,
    isMasked: false,
  });
  const lines = linesOf([
    cell('a', '1'),
    cell('b', '2'),
    cell('c', '3'),
    cell('d', '长'.repeat(16)),
    cell('e', '4'),
  ]);
  assert.deepEqual(
    lines.map((line) => line.map(({ field }) => field)),
    [['a', 'b'], ['c'], ['d'], ['e']],
  );
});

test('a title too long for its place has its line for itself, and a long value counts as the lines it wraps to', () => {
  const cell = (title: string, text: string): Cell => ({
    field: title,
    title,
    value: text,
    text,
    isMasked: false,
  });
  const lines = linesOf([
    cell('采购人统一社会信用代码', '1'),
    cell('日期', '2'),
    cell('说明', '长'.repeat(100)),
  ]);
  assert.deepEqual(
    lines.map((line) => line.length),
    [1, 1, 1],
  );
  assert.equal(heightOf(lines), 5);
});
