import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import {
  acceptReview,
  type ListsContext,
  listReviews,
  readQuarantine,
  releaseHeld,
  undoReview,
} from '#lists';
import { accountedRows, deliver, openTestLists } from '../support/lists.ts';

const HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';
const FIRST = '91310000631592845D';
const row = (code: string, no: string, fine = '1万元', name = '上海样例电子有限公司') =>
  `${code},${name},${no},未按期年报,罚款,${fine},2026-03-01,2027-03-01\n`;

/** Made here by GB 32100, for enterprises that do not exist. */
const CODES = ['91110108MA0TEST012', '91110108MA0TEST02X'].map(withCheck);

function withCheck(code: string): string {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
  const body = code.slice(0, 17).replaceAll('S', 'X');
  const sum = [...body].reduce(
    (total, character, at) => total + alphabet.indexOf(character) * (weights[at] ?? 0),
    0,
  );
  return body + alphabet.charAt((31 - (sum % 31)) % 31);
}

const [A = '', B = ''] = CODES;

async function records(context: ListsContext): Promise<{ live: number; all: number }> {
  const [counts] = await inTransaction(context.database, (tx) =>
    tx.rows<{ live: number; all: number }>(
      `select (count(*) filter (where known_to = 'infinity'))::integer as live, count(*)::integer as all from lists.n08_penalty_v1`,
    ),
  );
  return counts ?? { live: -1, all: -1 };
}

const context = await openTestLists({ after });

test('new rows are published under enterprises found or made by a sound code', async () => {
  const receipt = await deliver(context, {
    contract: 'n08_penalty',
    content: HEAD + row(A, '甲1') + row(B, '乙1', '2万元', '北京样例二号有限公司'),
  });
  assert.equal(receipt.state, 'published', JSON.stringify(receipt));
  assert.equal(receipt.new, 2);
  assert.equal(accountedRows(receipt), 2);
  assert.match(receipt.merkleRoot ?? '', /^[0-9a-f]{64}$/);
});

test('the same bytes again are the same delivery and write nothing', async () => {
  const before = await records(context);
  const receipt = await deliver(context, {
    contract: 'n08_penalty',
    content: HEAD + row(A, '甲1') + row(B, '乙1', '2万元', '北京样例二号有限公司'),
  });
  assert.equal(receipt.new, 2);
  assert.deepEqual(await records(context), before);
});

test('the same rows in another order write no new version', async () => {
  const before = await records(context);
  const receipt = await deliver(context, {
    contract: 'n08_penalty',
    content: HEAD + row(B, '乙1', '2万元', '北京样例二号有限公司') + row(A, '甲1'),
  });
  assert.deepEqual([receipt.unchanged, receipt.new, receipt.changed], [2, 0, 0]);
  assert.deepEqual(await records(context), before);
});

test('a correction by natural key ends the old version and begins a new one', async () => {
  const before = await records(context);
  const receipt = await deliver(context, { contract: 'n08_penalty', content: HEAD + row(A, '甲1', '3万元') });
  assert.deepEqual([receipt.changed, receipt.new], [1, 0]);
  assert.deepEqual(await records(context), { live: before.live, all: before.all + 1 });
});

test('a row twice in one file counts once; two rows that contradict each other are both quarantined', async () => {
  const receipt = await deliver(context, {
    contract: 'n08_penalty',
    content:
      HEAD +
      row(A, '甲2') +
      row(A, '甲2') +
      row(A, '甲3') +
      row(A, '甲3', '9万元') +
      row(A, '甲1', '3万元') +
      row(A, '甲1', '4万元'),
  });
  assert.equal(accountedRows(receipt), 6);
  assert.deepEqual(
    [receipt.new, receipt.duplicateInFile, receipt.quarantined],
    [1, 1, 4],
    JSON.stringify(receipt),
  );
  assert.ok(receipt.defects.every(({ message }) => message.length > 4));
});

test('a withdrawal ends the records it names and keeps their history', async () => {
  const before = await records(context);
  const receipt = await deliver(context, {
    contract: 'n08_penalty',
    kind: 'withdrawal',
    content: `统一社会信用代码,企业名称,行政处罚决定书文号\n${B},北京样例二号有限公司,乙1\n${B},北京样例二号有限公司,没有的文号\n`,
  });
  assert.equal(accountedRows(receipt), 2);
  assert.deepEqual([receipt.changed, receipt.unchanged], [1, 1]);
  assert.deepEqual(await records(context), { live: before.live - 1, all: before.all });
});

test('a wrong check character waits for a person, is released, and the decision can be undone', async () => {
  const before = await records(context);
  const receipt = await deliver(context, {
    contract: 'n08_penalty',
    content: HEAD + row('91350211M0000XUF46', '丙1', '1万元', '厦门样例有限公司'),
  });
  assert.deepEqual([receipt.held, receipt.state], [1, 'partly_published']);
  const [item] = await inTransaction(context.database, (tx) => listReviews(tx, { state: 'open', limit: 10 }));
  assert.equal(item?.reason, 'checksum_mismatch');
  const act = { reviewNo: item.reviewNo, decidedBy: 'cli:test' };
  await acceptReview(context, { ...act, choice: { enterpriseCode: A } });
  await releaseHeld(context, item.reviewNo);
  assert.equal((await records(context)).live, before.live + 1);
  await undoReview(context, act);
  assert.equal((await records(context)).live, before.live);
  assert.equal((await records(context)).all, before.all + 1);
  await acceptReview(context, { ...act, choice: { isNew: true } });
  await releaseHeld(context, item.reviewNo);
  assert.equal((await records(context)).live, before.live + 1);
});

test('too many bad rows return the delivery whole, with every defect and a day', async () => {
  const before = await records(context);
  const receipt = await deliver(context, {
    contract: 'n08_penalty',
    content: HEAD + row(A, '丁1') + row(A, '', '1万元'),
  });
  assert.equal(receipt.state, 'returned');
  assert.ok(receipt.returnDueOn !== null && receipt.defects.length > 0);
  assert.deepEqual(await records(context), before);
});

test('a file that is no table is refused with a sentence, and nothing changes', async () => {
  const before = await records(context);
  const receipt = await deliver(context, { contract: 'n08_penalty', content: 'hello, world\nthis, is\n' });
  assert.equal(receipt.state, 'refused');
  assert.deepEqual(await records(context), before);
  assert.ok(FIRST.length === 18);
});

test('a quarantined row is handed back as it came, also when its first defect is only a warning', async () => {
  const content = `统一社会信用代码,企业名称,行政处罚决定书文号,处罚类别,处罚决定日期\n${A},上海样例电子有限公司,,罚款,2026-03-01\n`;
  const receipt = await deliver(context, { contract: 'n08_penalty', content });
  const [row] = await inTransaction(context.database, (tx) =>
    readQuarantine(tx, { delivery: receipt.delivery, afterRow: 0, limit: 10 }),
  );
  assert.deepEqual(row?.raw, [A, '上海样例电子有限公司', '', '罚款', '2026-03-01']);
});
