import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { LIMITS, readEnv } from '#kernel';
import { type FileHints, openRows, type RowBatch } from './open-rows.ts';
import { makeWorkbook, makeZip, readAll, textRow, writeSample } from './xlsx.test-support.ts';

/** 编号,名称 and 甲 in GB18030; not every tool that runs tests can write it. */
const GB = {
  number: Buffer.from([0xb1, 0xe0, 0xba, 0xc5]),
  name: Buffer.from([0xc3, 0xfb, 0xb3, 0xc6]),
  a: Buffer.from([0xbc, 0xd7]),
};

function gbTable(rows: number): Buffer {
  const line = (n: number): Buffer => Buffer.concat([Buffer.from(`${n},`), GB.a, Buffer.from('\n')]);
  const header = Buffer.concat([GB.number, Buffer.from(','), GB.name, Buffer.from('\n')]);
  return Buffer.concat([header, ...Array.from({ length: rows }, (_, at) => line(at + 1))]);
}

async function refuses(
  t: TestContext,
  bytes: Buffer | string,
  code: string,
  hints: FileHints = {},
): Promise<void> {
  await assert.rejects(readAll(writeSample(t, 'delivery', bytes), hints), { name: 'Refusal', code });
}

function codesOf(rows: RowBatch['rows']): (string | [number, string])[] {
  return rows.map((row) => (Array.isArray(row) ? row.join('|') : [row.rowNo, row.code]));
}

describe('opening text files', () => {
  it('reads UTF-8 with a byte order mark and counts only rows that hold something', async (t) => {
    const { file, rows } = await readAll(
      writeSample(t, 'a.csv', '\ufeff编号,名称\r\n\r\n1,"甲,乙"\r\n,\r\n2,丙\r\n\x1a'),
    );
    assert.deepEqual(file.format, {
      container: 'plain',
      layout: 'delimited',
      hasBom: true,
      encoding: 'utf-8',
      delimiter: ',',
    });
    assert.deepEqual(file.header, ['编号', '名称']);
    assert.deepEqual(rows, [
      ['1', '甲,乙'],
      ['2', '丙'],
    ]);
    assert.deepEqual(file.sample, rows);
  });

  it('finds GB18030 without help, also when the first Chinese character comes late', async (t) => {
    const { file, rows } = await readAll(writeSample(t, 'a.csv', gbTable(3)));
    assert.equal(file.format.encoding, 'gb18030');
    assert.deepEqual(file.header, ['编号', '名称']);
    assert.deepEqual(rows[2], ['3', '甲']);
    const late = Buffer.concat([Buffer.from(`a,b\n${'1,x\n'.repeat(400_000)}2,`), GB.a, Buffer.from('\n')]);
    const second = await readAll(writeSample(t, 'b.csv', late));
    assert.equal(second.file.format.encoding, 'gb18030');
    assert.deepEqual(second.rows.at(-1), ['2', '甲']);
  });

  it('breaks the few rows that do not decode and reads the others', async (t) => {
    const good = '1,企业\n'.repeat(20);
    const bytes = Buffer.concat([Buffer.from(`编号,名称\n${good}2,`), GB.a, Buffer.from(`\n${good}`)]);
    const { file, rows } = await readAll(writeSample(t, 'a.csv', bytes));
    assert.equal(file.format.encoding, 'utf-8');
    assert.equal(rows.length, 41);
    const bad = rows[20];
    assert(bad !== undefined && !Array.isArray(bad));
    assert.deepEqual([bad.rowNo, bad.code, bad.text.startsWith('2,\ufffd')], [21, 'bad_encoding', true]);
  });

  it('refuses mixed encodings with the row and offset of the first bad one', async (t) => {
    const head = `编号,名称\n${'1,企业\n'.repeat(6)}`;
    const path = writeSample(t, 'a.csv', Buffer.concat([Buffer.from(head), gbTable(4)]));
    await assert.rejects(readAll(path), {
      code: 'file.encoding_mixed',
      params: { encoding: 'utf-8', row: 8, offset: Buffer.byteLength(head), bad: 5 },
    });
  });

  it('refuses UTF-16, unknown encodings and what is no table', async (t) => {
    await refuses(t, Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'file.encoding_utf16');
    await refuses(t, Buffer.from('name,b\n1,2\n'.repeat(9), 'utf16le'), 'file.encoding_utf16');
    await refuses(t, Buffer.from('a,b\n\xff1,\xff\n', 'latin1'), 'file.encoding_unknown');
    await refuses(
      t,
      Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 89) % 251)),
      'file.unknown_layout',
    );
    await refuses(t, '%PDF-1.7 …', 'file.unknown_layout');
    await refuses(t, '<html><table><tr><td>1</td></tr></table>', 'file.unknown_layout');
  });

  it('refuses an empty file but takes a header alone as a delivery of no rows', async (t) => {
    for (const bytes of ['', '\ufeff', '\n \n']) await refuses(t, bytes, 'file.empty');
    await refuses(t, gzipSync(''), 'file.empty');
    const { file, rows } = await readAll(writeSample(t, 'a.csv', '编号,名称\n'));
    assert.deepEqual([file.header, rows], [['编号', '名称'], []]);
  });

  it('finds the delimiter that fits the rows, whatever stands inside quotes or in the header', async (t) => {
    const quoted = `名称,地址\n${'"甲;乙;丙","东路;1号;2室"\n'.repeat(5)}`;
    const tabs = `名称\t列表\n${'甲,乙\t1,2,3,4\n'.repeat(5)}`;
    const mixed = `编号\t识别号,名称,年度\n${'1,91,甲\n'.repeat(5)}`;
    const found = await Promise.all(
      [quoted, tabs, mixed, 'a;b\n1;2\n', 'a|b\n1|2\n', 'a\tb\n'].map(
        async (text) => (await readAll(writeSample(t, 'a', text))).file,
      ),
    );
    assert.deepEqual(
      found.map(({ format }) => format.delimiter),
      [',', '\t', ',', ';', '|', '\t'],
    );
    assert.deepEqual(found[2]?.header, ['编号\t识别号', '名称', '年度']);
  });

  it('follows the mapping: header row, no header, delimiter', async (t) => {
    const path = writeSample(t, 'a.csv', '某市统计表\n\n编号,名称\n1,甲\n');
    const below = await readAll(path, { headerRow: 3 });
    assert.deepEqual([below.file.header, below.rows], [['编号', '名称'], [['1', '甲']]]);
    const bare = await readAll(path, { headerRow: 0, delimiter: ';' });
    assert.deepEqual([bare.file.header, bare.rows.length], [null, 3]);
    await refuses(t, 'a,b\n', 'file.header_missing', { headerRow: 9 });
    await refuses(t, `${'a,'.repeat(LIMITS.headerColumnsMax)}b\n1\n`, 'file.header_too_wide');
    await refuses(t, 'a,"b\nc,d\n', 'file.header_unreadable', { delimiter: ',' });
  });

  it('streams a line of many megabytes by as one broken row', async (t) => {
    const long = Buffer.alloc(40 * 1024 ** 2, 'x');
    const path = writeSample(
      t,
      'a.csv',
      Buffer.concat([Buffer.from('a,b\n1,2\n3,'), long, Buffer.from('\n5,6\n')]),
    );
    const { rows } = await readAll(path);
    assert.deepEqual(codesOf(rows), ['1|2', [2, 'row_too_long'], '5|6']);
    const broken = rows[1];
    assert(broken !== undefined && !Array.isArray(broken));
    assert.equal(broken.text.length, 2000);
  });

  it('numbers broken rows among the others', async (t) => {
    const { rows } = await readAll(writeSample(t, 'a.csv', 'a,b\n1,2\n\n3\0,4\n5,"6\n7,8\n'));
    assert.deepEqual(codesOf(rows), ['1|2', [2, 'nul_byte'], [3, 'quote_not_closed'], '7|8']);
  });

  it('reads the file only as batches are taken', async (t) => {
    const file = await openRows(writeSample(t, 'a.csv', `a,b\n${'1,2\n'.repeat(2_000_000)}`), {});
    assert(file.progress().bytesRead <= 2 * 1024 ** 2);
    let rows = 0;
    for await (const batch of file.batches) {
      assert.equal(batch.firstRowNo, rows + 1);
      rows += batch.rows.length;
    }
    assert.equal(rows, 2_000_000);
    assert.equal(file.progress().bytesRead, file.progress().bytesTotal);
    await file.close();
  });
});

describe('opening JSON Lines', () => {
  it('makes the header of all keys, keeps numbers as written and breaks lines that do not fit', async (t) => {
    const lines = [
      '{"a":"甲","n":1.10}',
      '{"n":12345678901234567890,"b":[1.0]}',
      '',
      '{"a":null,"n":true}',
      'oops',
      '[1]',
      '{"a":"x\\u0000"}',
      ...Array.from({ length: 50 }, () => '{"a":"y"}'),
      '{"a":"z","late":1}',
    ];
    const { file, rows } = await readAll(writeSample(t, 'a.jsonl', lines.join('\n')));
    assert.deepEqual([file.format.layout, file.header], ['jsonl', ['a', 'n', 'b']]);
    assert.deepEqual(codesOf(rows.slice(0, 7)), [
      '甲|1.10|',
      '|12345678901234567890|[1.0]',
      '|true|',
      [4, 'not_json'],
      [5, 'not_json'],
      [6, 'nul_byte'],
      'y||',
    ]);
    assert.deepEqual(codesOf(rows.slice(-1)), [[57, 'not_json']]);
  });

  it('refuses JSON that is not one object a line', async (t) => {
    for (const bytes of ['[{"a":1}]', '{\n  "a": 1\n}', '[\n{"a":1}\n]'])
      await refuses(t, bytes, 'file.json_not_lines');
  });
});

describe('opening archives', () => {
  it('reads gzip, and a zip of one or several files of one header', async (t) => {
    const gzip = await readAll(writeSample(t, 'a', gzipSync('a,b\n1,2\n')));
    assert.deepEqual([gzip.file.format.container, gzip.rows], ['gzip', [['1', '2']]]);
    const one = await readAll(writeSample(t, 'a', makeZip([{ name: '企业.csv', bytes: 'a,b\n1,2\n' }])));
    assert.deepEqual(
      [one.file.format.container, one.file.format.entry, one.rows],
      ['zip', '企业.csv', [['1', '2']]],
    );
    const files = [
      { name: 'data/', bytes: '' },
      { name: '__MACOSX/._1.csv', bytes: '\0\0' },
      { name: 'data/1.csv', bytes: 'a,b\n1,2\n' },
      { name: 'data/2.csv', bytes: '\ufeffa,b\n3,"4' },
    ];
    const { file, rows } = await readAll(writeSample(t, 'a', makeZip(files)));
    assert.equal(file.format.entry, undefined);
    assert.deepEqual(codesOf(rows), ['1|2', [2, 'quote_not_closed']]);
  });

  it('refuses files of one archive that differ in header or layout', async (t) => {
    const first = { name: '1.csv', bytes: 'a,b\n1,2\n' };
    for (const bytes of ['b,a\n1,2\n', '{"a":"1","b":"2"}\n']) {
      await refuses(t, makeZip([first, { name: '2', bytes }]), 'file.archive_differs');
    }
  });

  it('refuses bombs by what they expand to, whatever size they declare', async (t) => {
    const lines = Buffer.alloc(20 * 1024 ** 2, `a,${'b'.repeat(1000)}\n`);
    await refuses(t, gzipSync(lines), 'file.bomb');
    await refuses(t, makeZip([{ name: 'a.csv', bytes: lines, declaredSize: 8 }]), 'file.bomb');
  });

  it('refuses what is locked, nested, damaged or too many', async (t) => {
    await refuses(t, makeZip([{ name: 'a.csv', bytes: 'a,b\n', flags: 1 }]), 'file.encrypted');
    await refuses(
      t,
      makeZip([{ name: 'a.zip', bytes: makeZip([{ name: 'a', bytes: 'a' }]) }]),
      'file.archive_nested',
    );
    await refuses(t, gzipSync(gzipSync('a,b\n')), 'file.archive_nested');
    await refuses(t, gzipSync('a,b\n1,2\n').subarray(0, -9), 'file.compression_damaged');
    await refuses(t, makeZip([{ name: 'a', bytes: 'a,b\n' }]).subarray(0, -30), 'file.compression_damaged');
    await refuses(t, makeZip([]), 'file.empty');
    const many = Array.from({ length: LIMITS.archiveEntriesMax + 1 }, (_, at) => ({
      name: `${at}`,
      bytes: 'a',
    }));
    await refuses(t, makeZip(many), 'file.archive_entries');
  });

  it('refuses an entry whose checksum does not hold', async (t) => {
    const zip = makeZip([{ name: 'a.csv', bytes: 'a,b\n1,2\n' }]);
    const central = zip.lastIndexOf('PK\x01\x02', undefined, 'latin1');
    zip.writeUInt32LE(1, central + 16);
    await refuses(t, zip, 'file.compression_damaged');
  });

  it('reads workbooks inside gzip and zip', async (t) => {
    const workbook = makeWorkbook({
      sheets: [{ name: 's', data: textRow(1, ['a', 'b']) + textRow(2, ['1', '2']) }],
    });
    const zip = makeZip([
      { name: '1.xlsx', bytes: workbook },
      { name: '2.xlsx', bytes: workbook },
    ]);
    const { file, rows } = await readAll(writeSample(t, 'a', zip));
    assert.deepEqual(
      [file.format.container, file.format.layout, rows],
      [
        'zip',
        'xlsx',
        [
          ['1', '2'],
          ['1', '2'],
        ],
      ],
    );
    assert.deepEqual((await readAll(writeSample(t, 'a', gzipSync(workbook)))).rows, [['1', '2']]);
  });
});

const samples = readEnv().XINQIAO_SAMPLE_DATA;

describe('opening real files', { skip: samples === undefined && 'XINQIAO_SAMPLE_DATA is not set' }, () => {
  const folder = samples ?? '';

  it('reads the registrations whole, every row as wide as its header', async () => {
    for (const [name, count] of [
      ['beijing_2019.csv', 4626],
      ['provinces_2019_sample.csv', 3100],
    ] as const) {
      const { file, rows } = await readAll(join(folder, 'registration', name));
      assert.deepEqual([file.header?.length, rows.length], [10, count]);
      assert(rows.every((row) => Array.isArray(row) && row.length === 10));
    }
  });

  it('reads the list of taxpayers as GB18030 by the delimiter of its rows', async () => {
    const { file, rows } = await readAll(join(folder, 'tax', 'a_taxpayers_heilongjiang_2018.csv'));
    assert.deepEqual([file.format.encoding, file.format.delimiter], ['gb18030', ',']);
    assert.equal(rows.length, 5233);
    assert(rows.every((row) => Array.isArray(row) && row.length === 5));
  });

  it('reads all invoices', async () => {
    for (const [side, count] of [
      ['input', 210_947],
      ['output', 162_484],
    ] as const) {
      let rows = 0;
      for (const name of readdirSync(join(folder, 'invoices', side))) {
        rows += (await readAll(join(folder, 'invoices', side, name))).rows.length;
      }
      assert.equal(rows, count);
    }
  });

  it('reads the workbook of rates under its second header row', async () => {
    const { rows } = await readAll(join(folder, 'invoices', 'rate_vs_churn.xlsx'), { headerRow: 2 });
    assert.equal(rows.length, 29);
    assert(
      rows.every(
        (row) => Array.isArray(row) && row.length === 4 && row.every((cell) => /^\d(\.\d+)?$/.test(cell)),
      ),
    );
  });
});
