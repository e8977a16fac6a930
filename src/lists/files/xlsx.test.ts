import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { formatNumber, plainNumber, shapeOfFormat } from './cell-values.ts';
import { openZip, startReading, stopReading } from './containers.ts';
import type { FileHints, RowBatch } from './open-rows.ts';
import { openWorkbook } from './workbook.ts';
import {
  makeWorkbook,
  makeZip,
  readAll,
  textRow,
  type WorkbookToWrite,
  writeSample,
} from './xlsx.test-support.ts';

async function readSheet(
  t: TestContext,
  data: string,
  others: Partial<WorkbookToWrite> = {},
): Promise<RowBatch['rows']> {
  const workbook = makeWorkbook({ sheets: [{ name: 's', data }], ...others });
  return (await readAll(writeSample(t, 'a.xlsx', workbook), { headerRow: 0 })).rows;
}

async function refuses(t: TestContext, bytes: Buffer, code: string, hints: FileHints = {}): Promise<void> {
  await assert.rejects(readAll(writeSample(t, 'a.xlsx', bytes), hints), { name: 'Refusal', code });
}

describe('reading workbooks', () => {
  it('gives every row the width of the header, with sparse and merged cells empty', async (t) => {
    const data =
      textRow(1, ['编号', '名称', '金额']) +
      textRow(3, ['1']) +
      textRow(5, ['', '甲']) +
      '<row r="7"><c r="A7" s="0"/></row>';
    const { file, rows } = await readAll(
      writeSample(t, 'a.xlsx', makeWorkbook({ sheets: [{ name: 's', data }] })),
    );
    assert.deepEqual(file.format, { container: 'plain', layout: 'xlsx', hasBom: false, encoding: 'none' });
    assert.deepEqual(file.header, ['编号', '名称', '金额']);
    assert.deepEqual(rows, [
      ['1', '', ''],
      ['', '甲', ''],
    ]);
  });

  it('counts header rows as a person sees them, also rows the file leaves out', async (t) => {
    const data = textRow(2, ['标题']) + textRow(4, ['编号', '名称']) + textRow(5, ['1', '甲']);
    const path = writeSample(t, 'a.xlsx', makeWorkbook({ sheets: [{ name: 's', data }] }));
    const { file, rows } = await readAll(path, { headerRow: 4 });
    assert.deepEqual([file.header, rows], [['编号', '名称'], [['1', '甲']]]);
  });

  it('reads shared strings with rich text joined and phonetic runs left out', async (t) => {
    const strings =
      '<si><r><t>北京</t></r><r><t xml:space="preserve"> 企业&amp;</t></r><rPh sb="0" eb="1"><t>ペキン</t></rPh></si><si><t>一_x000D_二_x005F_x</t></si>';
    const data = '<row r="1"><c r="A1" t="s"><v>0</v></c><c t="s"><v>1</v></c></row>';
    assert.deepEqual(await readSheet(t, data, { strings }), [['北京 企业&', '一\r二_x']]);
  });

  it('reads booleans, errors, formulas by their stored value and prefixed tags', async (t) => {
    const data =
      '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c><c r="C1"><f>1+1</f><v>2</v></c><c r="D1" t="str"><f>A2</f><v></v></c><c r="E1" t="str"><f>A2</f><v>甲</v></c></row>';
    assert.deepEqual(await readSheet(t, data), [['true', '#N/A', '2', '', '甲']]);
    assert.deepEqual(await readSheet(t, '<x:row xmlns:x="u" r="1"><x:c r="A1"><x:v>7</x:v></x:c></x:row>'), [
      ['7'],
    ]);
  });

  it('breaks a row whose formula was never computed', async (t) => {
    const data =
      '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>SUM(A1)</f><v></v></c></row><row r="2"><c r="A2"><f>A1</f></c></row>';
    assert.deepEqual(await readSheet(t, data), [
      { rowNo: 1, code: 'formula_without_value', text: '1\t=SUM(A1)' },
      { rowNo: 2, code: 'formula_without_value', text: '=A1' },
    ]);
  });

  it('breaks a row wider than any contract', async (t) => {
    const [row] = await readSheet(t, '<row r="1"><c r="XFD1"><v>1</v></c></row>');
    assert.deepEqual(row, { rowNo: 1, code: 'row_too_long', text: '' });
  });

  it('tells dates by their formats, in both date systems', async (t) => {
    const numberFormats =
      '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/><numFmt numFmtId="165" formatCode="[$-804]yyyy/m/d\\ h:mm:ss"/><numFmt numFmtId="166" formatCode="[Red]#,##0.00&quot;元/d&quot;"/><numFmt numFmtId="167" formatCode="000000"/>';
    const styles = [0, 14, 164, 165, 166, 167, 22, 20];
    const cells = [46027, 46027, 46027, 46027.75, 46027.5, 1234, 46027.5, 0.75];
    const data = `<row r="1">${cells.map((value, at) => `<c s="${at}"><v>${value}</v></c>`).join('')}<c t="d"><v>2026-01-05T00:00:00</v></c></row>`;
    const rest = ['46027.5', '001234', '2026-01-05 12:00:00', '18:00:00', '2026-01-05'];
    assert.deepEqual(await readSheet(t, data, { numberFormats, styles }), [
      ['46027', '2026-01-05', '2026-01-05', '2026-01-05 18:00:00', ...rest],
    ]);
    assert.deepEqual(
      await readSheet(t, '<row r="1"><c s="1"><v>44565</v></c></row>', { styles, is1904: true }),
      [['2026-01-05']],
    );
  });

  it('skips hidden sheets, and takes the one that the mapping names', async (t) => {
    const workbook = makeWorkbook({
      sheets: [
        { name: '旧', data: textRow(1, ['old']), state: 'hidden' },
        { name: '一', data: textRow(1, ['one']) },
        { name: '二', data: textRow(1, ['two']) },
      ],
    });
    const path = writeSample(t, 'a.xlsx', workbook);
    assert.deepEqual((await readAll(path)).file.header, ['one']);
    assert.deepEqual((await readAll(path, { sheet: '二' })).file.header, ['two']);
    assert.deepEqual((await readAll(path, { sheet: '旧' })).file.header, ['old']);
    await assert.rejects(readAll(path, { sheet: '三' }), {
      code: 'file.sheet_missing',
      params: { sheet: '三', sheets: '一、二' },
    });
  });

  it('refuses broken markup, missing strings, other Office files and old ones', async (t) => {
    const broken = (data: string): Buffer => makeWorkbook({ sheets: [{ name: 's', data }] });
    await refuses(t, broken('<row r="1"><c></row>'), 'file.workbook_damaged');
    await refuses(t, broken('<row r="1"><c t="s"><v>5</v></c></row>'), 'file.workbook_damaged');
    await refuses(t, broken(''), 'file.empty');
    await refuses(
      t,
      makeZip([
        { name: '[Content_Types].xml', bytes: '<a/>' },
        { name: 'word/document.xml', bytes: '<a/>' },
      ]),
      'file.unknown_layout',
    );
    await refuses(t, Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'file.unknown_layout');
  });

  it('refuses more shared text than may stay in memory, also as many empty strings', async (t) => {
    for (const strings of [`<si><t>${'字'.repeat(600)}</t></si>`, '<si/>'.repeat(70)]) {
      const path = writeSample(t, 'a.xlsx', makeWorkbook({ sheets: [{ name: 's', data: '' }], strings }));
      const reading = await startReading(path);
      const zip = await openZip(path, reading);
      await assert.rejects(openWorkbook(zip, undefined, 1024), { code: 'file.workbook_strings' });
      assert.equal(
        (await openWorkbook(zip, undefined, 2048)).strings.length,
        strings.split('<si').length - 1,
      );
      stopReading(reading);
    }
  });

  it('refuses a workbook that expands like a bomb', async (t) => {
    const data = '<row><c><v>1</v></c></row>'.repeat(1_400_000);
    await refuses(t, makeWorkbook({ sheets: [{ name: 's', data }] }), 'file.bomb');
  });
});

describe('cell values', () => {
  it('writes numbers without exponent and without float noise', () => {
    const written = [
      '0.30000000000000004',
      '1.1000000000000001',
      '9.11101080000000E+17',
      '1E-7',
      '-0.5',
      '100',
      '0.10',
      '-1.5E3',
      '0E0',
    ];
    const wanted = ['0.3', '1.1', '911101080000000000', '0.0000001', '-0.5', '100', '0.10', '-1500', '0'];
    assert.deepEqual(written.map(plainNumber), wanted);
  });

  it('knows the day that never was and the ends of the calendar', () => {
    const date = { kind: 'date' } as const;
    const serials = ['1', '59', '60', '61', '2958465', '2958466', '0', '-1'];
    assert.deepEqual(
      serials.map((serial) => formatNumber(serial, date, false)),
      ['1900-01-01', '1900-02-28', '1900-02-29', '1900-03-01', '9999-12-31', '2958466', '0', '-1'],
    );
  });

  it('takes letters in quotes, colours and scientific formats for no date', () => {
    const kind = (code: string): string => shapeOfFormat(200, code).kind;
    assert.deepEqual(
      ['0.00E+00', '[Red]0', '"日期"0', 'G/通用格式', 'General', '#,##0 "days"'].map(kind),
      Array.from({ length: 6 }, () => 'number'),
    );
    assert.deepEqual(
      ['e"年"m"月"', 'mmm-yy', 'm"月"', '[h]:mm', 'h:mm AM/PM', 'yyyy-mm-dd hh:mm'].map(kind),
      ['date', 'date', 'date', 'time', 'time', 'moment'],
    );
  });
});
