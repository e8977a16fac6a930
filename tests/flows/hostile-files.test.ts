import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { inTransaction, readEnv } from '#kernel';
import { processDelivery, readReceipt, receive } from '#lists';
import { makeWorkbook, makeZip, textRow } from '../../src/lists/files/xlsx.test-support.ts';
import { assertWorks, bytesOf, COLUMNS, good, many, quarantines, refuses } from '../support/hostile.ts';
import { accountedRows, deliver, openTestLists } from '../support/lists.ts';
import { CONTRACT, codeOf, HEAD, nameOf } from '../support/sample-penalties.ts';

const context = await openTestLists({ after });

test('an empty file is refused', () => refuses(context, '', 'file.empty'));

test('a file of a byte order mark or of blank lines alone is refused', async () => {
  await refuses(context, '\ufeff', 'file.empty');
  await refuses(context, '\r\n\r\n , ,\r\n', 'file.empty');
});

test('a header alone is a period without data: accepted, with no rows', async () => {
  const receipt = await deliver(context, { contract: CONTRACT, content: HEAD });
  assert.deepEqual([receipt.state, receipt.rows, accountedRows(receipt)], ['published', 0, 0]);
  await assertWorks(context);
});

test('the file of another contract is refused by its header, which names what is missing', async () => {
  await refuses(
    context,
    '统一社会信用代码,企业名称,纳税人识别号,评价年度,信用级别\n1,2,3,2025,A\n',
    'delivery.header_unknown',
  );
});

test('random bytes are refused', async () => {
  const bytes = randomBytes(200_000);
  bytes[0] = 0xff; // never the magic of an archive
  const receipt = await deliver(context, { contract: CONTRACT, content: bytes });
  assert.equal(receipt.state, 'refused');
  await assertWorks(context);
});

test('a picture and a PDF are refused as what they are', async () => {
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(5_000)]);
  await refuses(context, png, 'file.unknown_layout');
  await refuses(context, Buffer.concat([bytesOf('%PDF-1.7\n'), randomBytes(5_000)]), 'file.unknown_layout');
});

test('a workbook with formulas and merged cells is read by its stored values; a formula without one is quarantined', async () => {
  const cells = (n: number, no: string): string[] => good(n, no).trim().split(',');
  const data =
    textRow(1, COLUMNS) +
    Array.from({ length: 30 }, (_, at) => textRow(at + 2, cells(at, `表${at}`))).join('') +
    `<row r="40"><c r="A40" t="str"><f>"9"&amp;B1</f><v>${codeOf(40)}</v></c>${textRow(40, ['', ...cells(40, '式40').slice(1)]).replace(/^<row[^>]*>/, '')}` +
    `<row r="41"><c r="A41"><f>NOW()</f></c>${textRow(41, ['', ...cells(41, '式41').slice(1)]).replace(/^<row[^>]*>/, '')}`;
  await quarantines(context, makeWorkbook({ sheets: [{ name: '处罚', data }] }), {
    good: 31,
    bad: { formula_without_value: 1 },
  });
});

test('an archive that proves damaged only after its last row leaves nothing of the rows before', async () => {
  const zip = makeZip([{ name: 'a.csv', bytes: HEAD + many('坏包', 30_000) }]);
  zip.writeUInt32LE(0xbadc0de, zip.lastIndexOf('PK\x01\x02') + 16); // the checksum of the only entry
  await refuses(context, zip, 'file.compression_damaged');
});

test('a zip bomb and a gzip bomb are refused before they are expanded', async () => {
  const bomb = Buffer.concat([bytesOf(HEAD), Buffer.alloc(80 * 1024 ** 2, 'x')]);
  await refuses(context, makeZip([{ name: 'a.csv', bytes: bomb }]), 'file.bomb');
  await refuses(context, gzipSync(bomb), 'file.bomb');
});

test('an archive inside an archive is refused', async () => {
  const inner = makeZip([{ name: 'a.csv', bytes: HEAD + good(1, '套1') }]);
  await refuses(context, makeZip([{ name: 'inner.zip', bytes: inner }]), 'file.archive_nested');
  await refuses(context, gzipSync(gzipSync(HEAD + good(1, '套2'))), 'file.archive_nested');
});

test('a zip that is cut off, and one whose sizes lie, are refused', async () => {
  const zip = makeZip([{ name: 'a.csv', bytes: HEAD + many('截') }]);
  await refuses(context, zip.subarray(0, zip.length - 60), 'file.compression_damaged');
  await refuses(context, gzipSync(HEAD + many('断')).subarray(0, 120), 'file.compression_damaged');
});

test('mixed encodings are refused when they are many, and quarantined when they are few', async () => {
  const gb = Buffer.from([0xbc, 0xd7, 0xc8, 0xd5, 0xb1, 0xbe]); // 甲日本 in GB18030
  const line = (n: number): Buffer =>
    Buffer.concat([bytesOf(`${codeOf(n)},`), gb, bytesOf(`,混${n},,罚款,1万元,2026-03-01,\n`)]);
  await refuses(
    context,
    Buffer.concat([bytesOf(HEAD + many('码')), ...Array.from({ length: 40 }, (_, n) => line(n))]),
    'file.encoding_mixed',
  );
  await quarantines(context, Buffer.concat([bytesOf(HEAD + many('少')), line(1)]), {
    good: 60,
    bad: { bad_encoding: 1 },
  });
});

test('invalid UTF-8 and lone surrogates cost their own row', async () => {
  const surrogate = Buffer.concat([
    bytesOf(`${codeOf(1)},甲`),
    Buffer.from([0xed, 0xa0, 0x80]),
    bytesOf(',孤1,,罚款,1万元,2026-03-01,\n'),
  ]);
  await quarantines(
    context,
    Buffer.concat([bytesOf(HEAD + many('孤')), surrogate, bytesOf(good(2, '孤尾'))]),
    {
      good: 61,
      bad: { bad_encoding: 1 },
    },
  );
  const lines = Array.from({ length: 30 }, (_, n) =>
    JSON.stringify({ ...object(n, `孤J${n}`), 案件名称: n === 7 ? '\ud800' : '未按期年报' }),
  );
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: `${lines.join('\n').replace('\ud800', '\\ud800')}\n`,
  });
  assert.equal(receipt.rows, accountedRows(receipt));
  await assertWorks(context);
});

function object(n: number, no: string): Record<string, string> {
  return Object.fromEntries(
    good(n, no)
      .trim()
      .split(',')
      .map((cell, at) => [COLUMNS[at] ?? '', cell]),
  );
}

test('a quote that is never closed costs its own row', async () => {
  const broken = `${codeOf(3)},"${nameOf(3)},引1,,罚款,1万元,2026-03-01,\n`;
  await quarantines(context, HEAD + many('引') + broken + good(4, '引尾'), {
    good: 61,
    bad: { quote_not_closed: 1 },
  });
});

test('NUL bytes cost their own row, in text and in JSON', async () => {
  await quarantines(context, HEAD + many('零') + good(5, '零\0尾'), { good: 60, bad: { nul_byte: 1 } });
  const lines = Array.from({ length: 30 }, (_, n) =>
    JSON.stringify({ ...object(n, `零J${n}`), 案件名称: n === 7 ? 'a\0b' : '未按期年报' }),
  );
  const receipt = await deliver(context, { contract: CONTRACT, content: `${lines.join('\n')}\n` });
  assert.deepEqual([receipt.rows, receipt.quarantined], [30, 1]);
  await assertWorks(context);
});

test('600 columns are refused', async () => {
  const header = Array.from({ length: 600 }, (_, at) => `列${at}`).join(',');
  await refuses(context, `${header}\n${header.replaceAll('列', '值')}\n`, 'file.header_too_wide');
});

const LINE_BYTES = (readEnv().XINQIAO_TEST_LONG === '1' ? 3_000 : 300) * 1024 ** 2;

const GROWTH_BYTES_MAX = 250 * 1024 ** 2;

async function* gigaLine(): AsyncGenerator<Uint8Array> {
  yield Buffer.from(HEAD + many('巨'));
  yield Buffer.from(`${codeOf(1)},${nameOf(1)},巨行,`);
  const piece = Buffer.alloc(1024 ** 2, 'x');
  for (let sent = 0; sent < LINE_BYTES; sent += piece.length) yield piece;
  yield Buffer.from(`,罚款,1万元,2026-03-01,\n${good(2, '巨尾')}`);
}

test(`a line of ${LINE_BYTES / 1024 ** 2} MB is streamed past: one bad row, in memory that does not grow with it`, async () => {
  await assertWorks(context); // whatever memory the first files take is taken
  const before = process.memoryUsage().rss;
  const provider = context.catalogue.contracts.get(CONTRACT)?.provider ?? '';
  const request = {
    contractId: CONTRACT,
    provider,
    kind: 'records',
    fileName: 'line.csv',
    mapping: '',
    isSynthetic: true,
    receivedBy: 'test',
  } as const;
  let peak = 0;
  const look = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const { deliveryNo, deliveryId } = await receive(context, request, gigaLine());
  await processDelivery(context, deliveryNo);
  clearInterval(look);
  const receipt = await inTransaction(context.database, (tx) => readReceipt(tx, { delivery: deliveryId }));
  assert.deepEqual(
    [receipt.new, receipt.quarantined, receipt.defects[0]?.code],
    [61, 1, 'row_too_long'],
    JSON.stringify(receipt),
  );
  assert(peak - before < GROWTH_BYTES_MAX, `memory grew by ${Math.round((peak - before) / 1024 ** 2)} MB`);
  await assertWorks(context);
});
