import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { acceptReview, listReviews, readQuarantine, releaseHeld } from '#lists';
import { quarantineCsv } from '../../src/entry/quarantine-csv.ts';
import { assertWorks, good, many, quarantines } from '../support/hostile.ts';
import { accountedRows, deliver, openTestLists } from '../support/lists.ts';
import { CONTRACT, codeOf, HEAD, row, wrongCodeOf } from '../support/sample-penalties.ts';

const context = await openTestLists({ after });

test('a key twice with the same contents counts once; with other contents both rows are quarantined', async () => {
  const twice =
    good(1, '重1') + good(1, '重1') + row(2, { no: '重2' }) + row(2, { no: '重2', fine: '2万元' });
  const receipt = await quarantines(context, HEAD + many('重先', 40) + twice, {
    good: 41,
    bad: { key_conflict: 2 },
  });
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
  await assertWorks(context);
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
  await assertWorks(context);
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
  await assertWorks(context);
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
  await assertWorks(context);
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
  await assertWorks(context);
});

test('marks of writing direction and other invisible characters in a name do not make another enterprise', async () => {
  const plain = await deliver(context, { contract: CONTRACT, content: HEAD + row(70, { no: '向0' }) });
  assert.equal(plain.new, 1);
  const rows = ['\u202e', '\u200f', '\u200b', '\ufeff'].map((mark, at) =>
    row(70, { no: `向${at + 1}`, code: '', name: `北京${mark}样例70号有限公司` }),
  );
  const receipt = await deliver(context, { contract: CONTRACT, content: HEAD + rows.join('') });
  assert.deepEqual([receipt.new, receipt.held, accountedRows(receipt)], [4, 0, 4], JSON.stringify(receipt));
  await assertWorks(context);
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
  await assertWorks(context);
});

function countEnterprises(): Promise<number> {
  return inTransaction(context.database, async (tx) => {
    const [row] = await tx.rows<{ n: number }>('select count(*)::integer as n from lists.enterprises');
    return row?.n ?? -1;
  });
}

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

test('the quarantine download gives such cells as text, not as formulas', async () => {
  const bad = ["=cmd|'/C calc'!A0", '+1+1', '@SUM(A1)', '"=1+1"'].map((title, at) =>
    row(at, { no: `载${at}`, title, decidedOn: '不详' }),
  );
  const { delivery } = await deliver(context, {
    contract: CONTRACT,
    content: HEAD + many('载先') + bad.join(''),
  });
  let text = '';
  const pages = quarantineCsv((afterRow) =>
    inTransaction(context.database, (tx) => readQuarantine(tx, { delivery, afterRow, limit: 3 })),
  );
  for await (const page of pages) text += page;
  assert.equal(text.trim().split('\r\n').length, 1 + bad.length);
  assert.doesNotMatch(text, /(^|,)"?[=+@]/m);
});

test('rows under one code and two names cannot be given to two enterprises', async () => {
  const code = wrongCodeOf(90);
  const rows = ['第一名称有限公司', '第二名称有限公司'].map((name, at) =>
    row(90, { code, name, no: `两${at}` }),
  );
  await deliver(context, { contract: CONTRACT, content: HEAD + rows.join('') + good(91, '两先') });
  const open = await inTransaction(context.database, (tx) => listReviews(tx, { state: 'open', limit: 50 }));
  const [first, second] = open.filter(({ subjectCode }) => subjectCode === code);
  assert(first !== undefined && second !== undefined);
  const decidedBy = 'cli:test';
  await acceptReview(context, { reviewNo: first.reviewNo, choice: { isNew: true }, decidedBy });
  await assert.rejects(
    acceptReview(context, { reviewNo: second.reviewNo, choice: { enterpriseCode: codeOf(91) }, decidedBy }),
    { code: 'register.code_taken' },
  );
  await acceptReview(context, { reviewNo: second.reviewNo, choice: { enterpriseCode: code }, decidedBy });
  await releaseHeld(context, first.reviewNo);
  await releaseHeld(context, second.reviewNo);
  await assertWorks(context);
});
