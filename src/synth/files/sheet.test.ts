import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { encodeGb18030 } from './gb18030.ts';
import { openSheet } from './sheet.ts';

const folder = mkdtempSync(join(tmpdir(), 'xinqiao-sheet-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;

function write(layout: Parameters<typeof openSheet>[1], rows: readonly string[][]): Buffer {
  made += 1;
  const path = join(folder, String(made));
  const sheet = openSheet(path, layout, ['代码', '名称']);
  for (const row of rows) sheet.row(row);
  sheet.close();
  assert.equal(sheet.rows, rows.length);
  return readFileSync(path);
}

test('separators and quotes inside cells are quoted', () => {
  const bytes = write({ layout: 'csv', encoding: 'utf-8' }, [['1', '甲,乙"丙']]);
  assert.equal(bytes.toString(), '代码,名称\r\n1,"甲,乙""丙"\r\n');
});

test('GB18030 is what the platform decodes, and a byte order mark stands where it is asked for', () => {
  const text = '京朝合成罚〔2025〕号（合成）“示例”';
  assert.equal(new TextDecoder('gb18030', { fatal: true }).decode(encodeGb18030(text)), text);
  assert.throws(() => encodeGb18030('😀'), RangeError);
  const marked = write({ layout: 'tsv', encoding: 'utf-8-bom' }, [['1', '甲']]);
  assert.deepEqual([...marked.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
});

test('a gzip file of many pieces expands to what was written', () => {
  const rows = Array.from({ length: 9000 }, (_, at) => [String(at), `合成企业${at}`]);
  const plain = write({ layout: 'csv', encoding: 'utf-8' }, rows);
  const packed = write({ layout: 'csv', encoding: 'utf-8', gzip: true }, rows);
  assert.deepEqual(gunzipSync(packed), plain);
  assert.ok(packed.length < plain.length / 2);
});

test('JSON Lines name every cell', () => {
  const lines = write({ layout: 'jsonl', encoding: 'utf-8' }, [['1', '引"号']]).toString();
  assert.deepEqual(JSON.parse(lines), { 代码: '1', 名称: '引"号' });
});
