import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { inTransaction, readEnv } from '#kernel';
import {
  type DeliveryReceipt,
  type ListsContext,
  processDelivery,
  readQuarantine,
  readReceipt,
  receive,
} from '#lists';
import { makeWorkbook, makeZip, textRow } from '../../src/lists/files/xlsx.test-support.ts';
import { assertWhole } from '../support/delivery-crash.ts';
import { accountedRows, deliver, openTestLists } from '../support/lists.ts';
import { CONTRACT, codeOf, HEAD, nameOf, row } from '../support/sample-penalties.ts';

const context = await openTestLists({ after });
const COLUMNS = HEAD.trim().split(',');
const good = (n: number, no: string): string => row(n, { no });
/** So many good rows that a few bad ones do not return the delivery whole. */
const many = (no: string, count = 60): string =>
  Array.from({ length: count }, (_, n) => good(n, `${no}${n}`)).join('');

let serial = 0;

/** After every hostile file: the node is whole, and the next good file goes in. */
async function assertWorks(): Promise<void> {
  await assertWhole(context.database);
  serial += 1;
  const receipt = await deliver(context, { contract: CONTRACT, content: HEAD + good(serial, `好${serial}`) });
  assert.deepEqual([receipt.state, receipt.new], ['published', 1], 'a good delivery right after fails');
}

function countRecords(of: ListsContext): Promise<number> {
  return inTransaction(of.database, async (tx) => {
    const [row] = await tx.rows<{ n: number }>('select count(*)::integer as n from lists.n08_penalty_v1');
    return row?.n ?? -1;
  });
}

type Refused = { code: string; message: { zh: string }; remedy: { zh: string } };

/** The whole file is refused with this code and a sentence in Chinese; nothing else changes; the node goes on. */
async function refuses(content: string | Uint8Array, code: string): Promise<void> {
  const before = await countRecords(context);
  const receipt = await deliver(context, { contract: CONTRACT, content });
  const refusal = receipt.refusal as Refused | null;
  assert.deepEqual(
    [receipt.state, refusal?.code],
    ['refused', code],
    JSON.stringify(receipt.refusal ?? receipt.defects.slice(0, 3)),
  );
  assert.match(refusal?.message.zh ?? '', /\p{Script=Han}{4}/u);
  assert.match(refusal?.remedy.zh ?? '', /\p{Script=Han}{4}/u);
  assert.doesNotMatch(JSON.stringify(refusal), /\{\w+\}/, 'a place in the sentence is not filled');
  assert.equal(await countRecords(context), before);
  await assertWorks();
}

type Wanted = { good: number; bad: Readonly<Record<string, number>> };

/** Bad rows are in quarantine under these codes, each with a sentence in Chinese; every row is accounted for. */
async function quarantines(content: string | Uint8Array, wanted: Wanted): Promise<DeliveryReceipt> {
  const receipt = await deliver(context, { contract: CONTRACT, content });
  const shown = JSON.stringify({ ...receipt, defects: receipt.defects.slice(0, 5) });
  const rows = await inTransaction(context.database, (tx) =>
    readQuarantine(tx, { delivery: receipt.delivery, afterRow: 0, limit: 10_000 }),
  );
  const codes: Record<string, number> = {};
  for (const { defects } of rows) {
    const code = defects[0]?.code ?? '';
    codes[code] = (codes[code] ?? 0) + 1;
    for (const { message } of defects) {
      assert.match(message, /\p{Script=Han}{4}/u);
      assert.doesNotMatch(message, /\{\w+\}/);
    }
  }
  assert.deepEqual([codes, receipt.new], [wanted.bad, wanted.good], shown);
  assert.equal(receipt.rows, accountedRows(receipt));
  await assertWorks();
  return receipt;
}

const bytesOf = (text: string): Buffer => Buffer.from(text);

test('an empty file is refused', () => refuses('', 'file.empty'));

test('a file of a byte order mark or of blank lines alone is refused', async () => {
  await refuses('\ufeff', 'file.empty');
  await refuses('\r\n\r\n , ,\r\n', 'file.empty');
});

test('a header alone is a period without data: accepted, with no rows', async () => {
  const receipt = await deliver(context, { contract: CONTRACT, content: HEAD });
  assert.deepEqual([receipt.state, receipt.rows, accountedRows(receipt)], ['published', 0, 0]);
  await assertWorks();
});

test('the file of another contract is refused by its header, which names what is missing', async () => {
  await refuses(
    '统一社会信用代码,企业名称,纳税人识别号,评价年度,信用级别\n1,2,3,2025,A\n',
    'delivery.header_unknown',
  );
});

test('random bytes are refused', async () => {
  const bytes = randomBytes(200_000);
  bytes[0] = 0xff; // never the magic of an archive
  const receipt = await deliver(context, { contract: CONTRACT, content: bytes });
  assert.equal(receipt.state, 'refused');
  await assertWorks();
});

test('a picture and a PDF are refused as what they are', async () => {
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(5_000)]);
  await refuses(png, 'file.unknown_layout');
  await refuses(Buffer.concat([bytesOf('%PDF-1.7\n'), randomBytes(5_000)]), 'file.unknown_layout');
});

test('a workbook with formulas and merged cells is read by its stored values; a formula without one is quarantined', async () => {
  const cells = (n: number, no: string): string[] => good(n, no).trim().split(',');
  const data =
    textRow(1, COLUMNS) +
    Array.from({ length: 30 }, (_, at) => textRow(at + 2, cells(at, `表${at}`))).join('') +
    `<row r="40"><c r="A40" t="str"><f>"9"&amp;B1</f><v>${codeOf(40)}</v></c>${textRow(40, ['', ...cells(40, '式40').slice(1)]).replace(/^<row[^>]*>/, '')}` +
    `<row r="41"><c r="A41"><f>NOW()</f></c>${textRow(41, ['', ...cells(41, '式41').slice(1)]).replace(/^<row[^>]*>/, '')}`;
  await quarantines(makeWorkbook({ sheets: [{ name: '处罚', data }] }), {
    good: 31,
    bad: { formula_without_value: 1 },
  });
});

test('an archive that proves damaged only after its last row leaves nothing of the rows before', async () => {
  const zip = makeZip([{ name: 'a.csv', bytes: HEAD + many('坏包', 30_000) }]);
  zip.writeUInt32LE(0xbadc0de, zip.lastIndexOf('PK\x01\x02') + 16); // the checksum of the only entry
  await refuses(zip, 'file.compression_damaged');
});

test('a zip bomb and a gzip bomb are refused before they are expanded', async () => {
  const bomb = Buffer.concat([bytesOf(HEAD), Buffer.alloc(80 * 1024 ** 2, 'x')]);
  await refuses(makeZip([{ name: 'a.csv', bytes: bomb }]), 'file.bomb');
  await refuses(gzipSync(bomb), 'file.bomb');
});

test('an archive inside an archive is refused', async () => {
  const inner = makeZip([{ name: 'a.csv', bytes: HEAD + good(1, '套1') }]);
  await refuses(makeZip([{ name: 'inner.zip', bytes: inner }]), 'file.archive_nested');
  await refuses(gzipSync(gzipSync(HEAD + good(1, '套2'))), 'file.archive_nested');
});

test('a zip that is cut off, and one whose sizes lie, are refused', async () => {
  const zip = makeZip([{ name: 'a.csv', bytes: HEAD + many('截') }]);
  await refuses(zip.subarray(0, zip.length - 60), 'file.compression_damaged');
  await refuses(gzipSync(HEAD + many('断')).subarray(0, 120), 'file.compression_damaged');
});

test('mixed encodings are refused when they are many, and quarantined when they are few', async () => {
  const gb = Buffer.from([0xbc, 0xd7, 0xc8, 0xd5, 0xb1, 0xbe]); // 甲日本 in GB18030
  const line = (n: number): Buffer =>
    Buffer.concat([bytesOf(`${codeOf(n)},`), gb, bytesOf(`,混${n},,罚款,1万元,2026-03-01,\n`)]);
  await refuses(
    Buffer.concat([bytesOf(HEAD + many('码')), ...Array.from({ length: 40 }, (_, n) => line(n))]),
    'file.encoding_mixed',
  );
  await quarantines(Buffer.concat([bytesOf(HEAD + many('少')), line(1)]), {
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
  await quarantines(Buffer.concat([bytesOf(HEAD + many('孤')), surrogate, bytesOf(good(2, '孤尾'))]), {
    good: 61,
    bad: { bad_encoding: 1 },
  });
  const lines = Array.from({ length: 30 }, (_, n) =>
    JSON.stringify({ ...object(n, `孤J${n}`), 案件名称: n === 7 ? '\ud800' : '未按期年报' }),
  );
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: `${lines.join('\n').replace('\ud800', '\\ud800')}\n`,
  });
  assert.equal(receipt.rows, accountedRows(receipt));
  await assertWorks();
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
  await quarantines(HEAD + many('引') + broken + good(4, '引尾'), { good: 61, bad: { quote_not_closed: 1 } });
});

test('NUL bytes cost their own row, in text and in JSON', async () => {
  await quarantines(HEAD + many('零') + good(5, '零\0尾'), { good: 60, bad: { nul_byte: 1 } });
  const lines = Array.from({ length: 30 }, (_, n) =>
    JSON.stringify({ ...object(n, `零J${n}`), 案件名称: n === 7 ? 'a\0b' : '未按期年报' }),
  );
  const receipt = await deliver(context, { contract: CONTRACT, content: `${lines.join('\n')}\n` });
  assert.deepEqual([receipt.rows, receipt.quarantined], [30, 1]);
  await assertWorks();
});

test('a key twice with the same contents counts once; with other contents both rows are quarantined', async () => {
  const twice =
    good(1, '重1') + good(1, '重1') + row(2, { no: '重2' }) + row(2, { no: '重2', fine: '2万元' });
  const receipt = await quarantines(HEAD + many('重先', 40) + twice, { good: 41, bad: { key_conflict: 2 } });
  assert.equal(receipt.duplicateInFile, 1);
});

test('dates in the year 0, in the year 20000 and on no day are quarantined', async () => {
  const dates = ['0000-01-01', '20000-01-01', '2026-02-30', '99999999'].map((decidedOn, at) =>
    row(at, { no: `日${at}`, decidedOn }),
  );
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: HEAD + many('日先') + dates.join(''),
  });
  assert.deepEqual(
    [receipt.new, receipt.quarantined, accountedRows(receipt)],
    [60, 4, 64],
    JSON.stringify(receipt.defects),
  );
  await assertWorks();
});

test('amounts below zero, beyond 64 bits and of endless digits never overflow', async () => {
  const amounts = ['9223372036854775808', '1e400', '99999999999999999999万元', `${'9'.repeat(5_000)}`];
  const rows = amounts.map((fine, at) => row(at, { no: `额${at}`, fine }));
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: HEAD + many('额先') + rows.join(''),
  });
  assert.deepEqual(
    [receipt.new, receipt.quarantined, accountedRows(receipt)],
    [60, 4, 64],
    JSON.stringify(receipt.defects),
  );
  await assertWorks();
});

test('a field of 10 MB costs its own row', async () => {
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: HEAD + many('长') + row(1, { no: '长1', title: '长'.repeat(3_500_000) }) + good(2, '长尾'),
  });
  assert.deepEqual(
    [receipt.new, receipt.quarantined, accountedRows(receipt)],
    [61, 1, 62],
    JSON.stringify(receipt.defects),
  );
  await assertWorks();
});

test('600 columns are refused', async () => {
  const header = Array.from({ length: 600 }, (_, at) => `列${at}`).join(',');
  await refuses(`${header}\n${header.replaceAll('列', '值')}\n`, 'file.header_too_wide');
});

test('a header in the middle of the file is a bad row, not a record', async () => {
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: HEAD + many('首', 30) + HEAD + many('次', 30),
  });
  assert.deepEqual(
    [receipt.new, receipt.quarantined, receipt.held],
    [60, 1, 0],
    JSON.stringify(receipt.defects),
  );
  await assertWorks();
});

test('cells that a spreadsheet would run are kept as the text they are', async () => {
  const formulas = ["=cmd|'/C calc'!A0", '+1+1', '-2+3', '@SUM(A1)', '\t=1'];
  const rows = formulas.map((title, at) => row(at, { no: `式${at}`, title }));
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: HEAD + many('式先') + rows.join(''),
  });
  assert.equal(receipt.new, 65, JSON.stringify(receipt.defects));
  const kept = await inTransaction(context.database, (tx) =>
    tx.rows<{ case_name: string }>(
      `select case_name from lists.n08_penalty_v1 where decision_no ~ '^式[0-4]$' order by decision_no`,
    ),
  );
  assert.deepEqual(
    kept.slice(0, 4).map(({ case_name }) => case_name),
    formulas.slice(0, 4),
  );
  await assertWorks();
});

test('marks of writing direction and other invisible characters in a name do not make another enterprise', async () => {
  const plain = await deliver(context, { contract: CONTRACT, content: HEAD + row(70, { no: '向0' }) });
  assert.equal(plain.new, 1);
  const rows = ['\u202e', '\u200f', '\u200b', '\ufeff'].map((mark, at) =>
    row(70, { no: `向${at + 1}`, code: '', name: `北京${mark}样例70号有限公司` }),
  );
  const receipt = await deliver(context, { contract: CONTRACT, content: HEAD + rows.join('') });
  assert.deepEqual([receipt.new, receipt.held, accountedRows(receipt)], [4, 0, 4], JSON.stringify(receipt));
  await assertWorks();
});

test('codes of endless digits, of other alphabets and with arithmetic in them are held or quarantined, never a new enterprise', async () => {
  const before = await countEnterprises();
  const codes = [
    '9'.repeat(400),
    '9.1110108E+17',
    '９１１１０１０８ＭＡＸ',
    '18446744073709551616',
    "91'; drop table x;--",
    '％00',
  ];
  const rows = codes.map((code, at) =>
    row(80 + at, { no: `码${at}`, code, name: `代码怪异${at}号有限公司` }),
  );
  const receipt = await deliver(context, {
    contract: CONTRACT,
    content: HEAD + many('码先', 60) + rows.join(''),
  });
  assert.equal(receipt.rows, accountedRows(receipt));
  assert.equal((receipt.held ?? 0) + (receipt.quarantined ?? 0), codes.length, JSON.stringify(receipt));
  assert.equal(await countEnterprises(), before);
  await assertWorks();
});

function countEnterprises(): Promise<number> {
  return inTransaction(context.database, async (tx) => {
    const [row] = await tx.rows<{ n: number }>('select count(*)::integer as n from lists.enterprises');
    return row?.n ?? -1;
  });
}

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
  await assertWorks(); // whatever memory the first files take is taken
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
  await assertWorks();
});

test('a refused row and a held row are found by delivery and row, also after later deliveries', async () => {
  const content =
    HEAD +
    many('找') +
    row(1, { no: '找坏', decidedOn: '不详' }) +
    row(1, { no: '找等', code: '91110108MAX999999Z', name: '找不到有限公司' });
  const receipt = await deliver(context, { contract: CONTRACT, content });
  assert.deepEqual([receipt.quarantined, receipt.held], [1, 1], JSON.stringify(receipt.defects));
  for (let later = 0; later < 5; later += 1)
    await deliver(context, { contract: CONTRACT, content: HEAD + many(`后${later}`) });
  await deliver(context, { contract: CONTRACT, content: HEAD + row(1, { no: '找坏' }) });
  const read = (afterRow: number) =>
    inTransaction(context.database, (tx) =>
      readQuarantine(tx, { delivery: receipt.delivery, afterRow, limit: 10 }),
    );
  const [bad, ...others] = await read(60);
  assert.deepEqual([bad?.row, others.length, JSON.stringify(bad?.raw).includes('找坏')], [61, 0, true]);
  assert.deepEqual(await read(61), []);
  const held = await inTransaction(context.database, (tx) =>
    tx.rows<{ row_no: number; decision_no: string }>(
      `select h.row_no, h.staged ->> 'decision_no' as decision_no from lists.held_rows h
       join lists.deliveries d on d.delivery_no = h.delivery_no where d.delivery_id = $1`,
      [receipt.delivery],
    ),
  );
  assert.deepEqual(held, [{ row_no: 62, decision_no: '找等' }]);
});
