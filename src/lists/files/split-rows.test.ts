import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { LIMITS } from '#kernel';
import type { RawRow } from './rows.ts';
import { createRowSplitter, type Delimiter, type LineEnd } from './split-rows.ts';
import { startDecoding, textBlocks } from './text-blocks.ts';

function split(text: string, delimiter: Delimiter = ',', lineEnd: LineEnd = '\n'): RawRow[] {
  const rows: RawRow[] = [];
  const splitter = createRowSplitter(delimiter, lineEnd);
  splitter.push({ kind: 'lines', text }, rows);
  splitter.end(rows);
  return rows;
}

describe('splitting rows', () => {
  it('keeps empty cells, also the last, and takes LF, CRLF and an end without line end', () => {
    assert.deepEqual(split('a,b,\r\n,,\n1,2,3'), [
      ['a', 'b', ''],
      ['', '', ''],
      ['1', '2', '3'],
    ]);
  });

  it('takes CR alone as line end and keeps a stray CR inside a cell of other files', () => {
    assert.deepEqual(split('a,b\r1,2\r', ',', '\r'), [
      ['a', 'b'],
      ['1', '2'],
    ]);
    assert.deepEqual(split('a\rx,b\r\n'), [['a\rx', 'b']]);
  });

  it('reads quoted delimiters, doubled quotes and line ends inside quotes', () => {
    assert.deepEqual(split('"甲,乙","说""是""","一\n二"\n"","x" ,3\n'), [
      ['甲,乙', '说"是"', '一\n二'],
      ['', 'x', '3'],
    ]);
  });

  it('takes stray quotes as they stand', () => {
    assert.deepEqual(split('"北京"某某"公司",1\n5" 管,2\n'), [
      ['北京"某某"公司', '1'],
      ['5" 管', '2'],
    ]);
  });

  it('breaks only the line whose quote is never closed', () => {
    const rows = split('a,b\n1,"open\n2,x\n3,"quoted",y\n4,z\n');
    assert.deepEqual(rows, [
      ['a', 'b'],
      { code: 'quote_not_closed', text: '1,"open\n' },
      ['2', 'x'],
      ['3', 'quoted', 'y'],
      ['4', 'z'],
    ]);
  });

  it('does not wait for a closing quote beyond a thousand lines', () => {
    const rows: RawRow[] = [];
    const splitter = createRowSplitter(',', '\n');
    splitter.push({ kind: 'lines', text: `1,"open\n${'2,x\n'.repeat(1001)}` }, rows);
    assert.equal(rows.length, 1002);
    assert.deepEqual(rows[0], { code: 'quote_not_closed', text: '1,"open\n' });
    assert.deepEqual(rows[1001], ['2', 'x']);
  });

  it('breaks rows that are too long, quoted or not, and reads on', () => {
    const long = 'x'.repeat(LIMITS.rowCharactersMax);
    const codes = split(`a,${long}\n1,2\n"${long}\n3,4\n"a","${long}"\n5,6\n`).map((row) =>
      Array.isArray(row) ? row.join() : row.code,
    );
    assert.deepEqual(codes, ['row_too_long', '1,2', 'quote_not_closed', '3,4', 'row_too_long', '5,6']);
  });

  it('breaks rows with NUL bytes and takes the NUL out of the excerpt', () => {
    assert.deepEqual(split('a,b\n1\0,2\n"3\0",4\n5,6\n'), [
      ['a', 'b'],
      { code: 'nul_byte', text: '1,2' },
      { code: 'nul_byte', text: '"3",4' },
      ['5', '6'],
    ]);
  });

  it('reads back any table, however the bytes are cut', async () => {
    for (let round = 0; round < 300; round += 1) {
      const delimiter = pick<Delimiter>([',', '\t', ';', '|']);
      const lineEnd = pick(['\n', '\r\n']);
      const table = Array.from({ length: randomInt(1, 12) }, () => randomRow(randomInt(2, 6)));
      const text = table
        .map((row) => row.map((cell) => writeCell(cell, delimiter)).join(delimiter))
        .join(lineEnd);
      const bytes = Buffer.from(text + pick(['', lineEnd]));
      assert.deepEqual(await splitCut(bytes, delimiter), table, JSON.stringify({ text, delimiter }));
    }
  });
});

const PIECES = [
  '"',
  '""',
  '\n',
  '\r\n',
  ',',
  '\t',
  ';',
  '|',
  ' ',
  'a',
  '7',
  '企业',
  '（某）',
  '😀',
  '\ufeff',
  '"x',
  'x"',
];

function randomRow(width: number): string[] {
  const cells = Array.from({ length: width }, () =>
    Array.from({ length: randomInt(0, 5) }, () => pick(PIECES)).join(''),
  );
  return ['k', ...cells];
}

function writeCell(cell: string, delimiter: Delimiter): string {
  const mustQuote = cell.includes(delimiter) || /["\r\n]/.test(cell);
  return mustQuote || randomInt(4) === 0 ? `"${cell.replaceAll('"', '""')}"` : cell;
}

async function splitCut(bytes: Buffer, delimiter: Delimiter): Promise<RawRow[]> {
  const splitter = createRowSplitter(delimiter, '\n');
  const rows: RawRow[] = [];
  const decoding = startDecoding({ bomBytes: 0, encoding: undefined, lineEnd: '\n' });
  for await (const block of textBlocks(cut(bytes), 0, decoding)) splitter.push(block, rows);
  splitter.end(rows);
  return rows;
}

async function* cut(bytes: Buffer): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; ) {
    const next = at + randomInt(1, 9);
    yield await Promise.resolve(bytes.subarray(at, next));
    at = next;
  }
}

function pick<Item>(items: readonly Item[]): Item {
  const item = items[randomInt(items.length)];
  assert(item !== undefined);
  return item;
}
