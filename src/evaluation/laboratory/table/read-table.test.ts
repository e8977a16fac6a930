import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Refusal } from '#kernel';
import { cellText, columnOf, readTarget, type Table } from './columns.ts';
import { joinTables } from './join-tables.ts';
import { readTable } from './read-table.ts';
import { parseAttribute, splitArffRow } from './split-arff.ts';

const folder = mkdtempSync(join(tmpdir(), 'xinqiao-laboratory-'));
after(() => rmSync(folder, { recursive: true }));

test('an ARFF file is read with its quotes, comments, missing marks and types', async () => {
  const table = await readTable(
    write('a.arff', [
      '% a comment',
      "@relation 'some rows'",
      "@ATTRIBUTE 'net profit / assets' numeric",
      '@attribute "a \\"b\\"" {yes, \'not so\'}',
      '@attribute code string',
      '@attribute class {0,1}',
      '@data',
      "1.5e-1, yes, '007', 0",
      '% another',
      "?,'not so',?,1",
      '-2,yes,"a, b",0',
      '1,yes,0',
    ]),
  );
  assert.deepEqual([table.rowCount, table.brokenRows], [3, 1]);
  assert.deepEqual([...table.columns.keys()], ['net profit / assets', 'a "b"', 'code', 'class']);
  assert.deepEqual(textsOf(table, 'net profit / assets'), ['0.15', undefined, '-2']);
  assert.deepEqual(textsOf(table, 'a "b"'), ['yes', 'not so', 'yes']);
  assert.deepEqual(textsOf(table, 'code'), ['007', undefined, 'a, b']);
  assert.equal(columnOf(table, 'class').kind, 'categorical');
});

test('what is no ARFF is refused with its line', async () => {
  const refuse = async (lines: string[], line: number) =>
    await assert.rejects(
      readTable(write('bad.arff', lines)),
      (error) =>
        error instanceof Refusal && error.code === 'laboratory.broken_file' && error.params['line'] === line,
    );
  await refuse(['@relation x', '@attribute a numeric', '@data', '{0 1}'], 4);
  await refuse(['@relation x', '@attribute a numeric', '@data', "'open"], 4);
  await refuse(['@relation x', '@attribute a numeric', '@attribute a numeric', '@data'], 4);
  await refuse(['@relation x', '@attribute a'], 2);
  await refuse(['@relation x', 'nonsense'], 2);
});

test('a column of a CSV is numeric when every cell is, and stays text where that is said', async () => {
  const path = write('a.csv', ['id,amount,code,word,empty', '1,-1.5,007,a,', '2,?,011,b,NA', '3,2e3,7,1x,']);
  const table = await readTable(path, { categorical: ['code'] });
  assert.deepEqual(
    [...table.columns.values()].map(({ kind }) => kind),
    ['numeric', 'numeric', 'categorical', 'categorical', 'numeric'],
  );
  assert.deepEqual(textsOf(table, 'amount'), ['-1.5', undefined, '2000']);
  assert.deepEqual(textsOf(table, 'code'), ['007', '011', '7']);
  assert.deepEqual(textsOf(table, 'empty'), [undefined, undefined, undefined]);
});

test('a target with empty cells or one class alone is refused', async () => {
  const table = await readTable(write('t.csv', ['a,b,c', '1,1,x', '0,,x', '0,1,x']));
  assert.deepEqual(readTarget(table, 'a', '1').bad, Uint8Array.of(1, 0, 0));
  for (const [column, bad] of [
    ['a', '2'],
    ['b', '1'],
    ['c', 'x'],
  ] as const) {
    assert.throws(
      () => readTarget(table, column, bad),
      (error) => error instanceof Refusal && error.code === 'laboratory.bad_target',
    );
  }
});

test('tables are joined by the texts of their cells where their kinds differ', async () => {
  const first = await readTable(write('1.csv', ['a,b', '1,x', '2,y']));
  const second = await readTable(write('2.csv', ['b,a', 'y,2', 'z,many']));
  const joined = joinTables(first, second, ['a', 'b']);
  assert.deepEqual(textsOf(joined, 'a'), ['1', '2', '2', 'many']);
  assert.deepEqual(textsOf(joined, 'b'), ['x', 'y', 'y', 'z']);
});

test('attribute lines and rows are split as the format has it', () => {
  assert.deepEqual(parseAttribute("@attribute 'it\\'s' REAL"), { name: "it's", isText: false });
  assert.deepEqual(parseAttribute('@attribute d date "yyyy"'), { name: 'd', isText: true });
  assert.equal(parseAttribute('@attribute lonely'), undefined);
  assert.deepEqual(splitArffRow("a , 'b,c' ,, d"), ['a', 'b,c', '', 'd']);
  assert.equal(splitArffRow("'a"), undefined);
});

function textsOf(table: Table, name: string): (string | undefined)[] {
  return Array.from({ length: table.rowCount }, (_, row) => cellText(columnOf(table, name), row));
}

function write(name: string, lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
