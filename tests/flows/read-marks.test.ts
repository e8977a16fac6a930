import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { type DatasetAnswer, findEnterprise, readDatasets, readKnownAt } from '#lists';
import { commandLineCaller } from '#platform';
import { decide } from '#security';
import { deliver, openTestLists } from '../support/lists.ts';

const HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';

/** Made by GB 32100 for enterprises that do not exist. */
const [ONE, OTHER] = ['91110108MA0TEXT012', '91110108MA0TEXT025'];
const row = (code: string, name: string, decision: string, day: string) =>
  `${code},${name},${decision},未按期年报,罚款,1万元,${day},2027-03-01\n`;

const context = await openTestLists({ after });
const rows = ['甲1', '甲2', '甲3'].map((decision, n) =>
  row(ONE, '上海样例电子有限公司', decision, `2026-03-0${n + 1}`),
);
const receipt = await deliver(context, {
  contract: 'n08_penalty',
  content: HEAD + rows.join('') + row(OTHER, '北京样例二号有限公司', '乙1', '2026-02-01'),
});
const { enterpriseId: subject } = await inTransaction(context.database, (tx) => findEnterprise(tx, ONE));

async function read(limit = 10): Promise<DatasetAnswer> {
  return await inTransaction(context.database, async (tx) => {
    const contracts = [...context.catalogue.contracts.values()].filter(({ id }) => id === 'n08_penalty');
    const knownAt = await readKnownAt(tx, ['n08_penalty']);
    const permit = decide(tx, context.policies, {
      caller: commandLineCaller('test'),
      purpose: 'public_report',
      subject,
      contracts,
      asOf: { knownAt },
    });
    const [answer] = await readDatasets(tx, permit, { contracts, limit });
    return answer ?? assert.fail('no answer');
  });
}

/** Marks the record of this decision from `from` on. */
async function mark(decision: string, kind: string, from = '2026-01-01'): Promise<void> {
  await inTransaction(context.database, (tx) =>
    tx.rows(
      `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
       select enterprise_id, 'n08_penalty', delivery_no, row_no, $2, '测试', $3::timestamptz, now()
       from lists.n08_penalty_v1 where decision_no = $1`,
      [decision, kind, from],
    ),
  );
}

const decisions = ({ records }: DatasetAnswer) => records.map(({ values }) => values.decision_no);

test('records come latest first, each with the public id of its delivery and its row', async () => {
  const answer = await read();
  assert.deepEqual(decisions(answer), ['甲3', '甲2', '甲1']);
  for (const { recordId, marks } of answer.records) {
    assert.match(recordId, new RegExp(`^${receipt.delivery}:\\d+$`));
    assert.deepEqual(marks, []);
  }
  assert.equal(new Set(answer.records.map(({ recordId }) => recordId)).size, 3);
});

test('records are counted in full when fewer are given', async () => {
  const answer = await read(2);
  assert.deepEqual([decisions(answer), answer.totalRecords], [['甲3', '甲2'], 3]);
});

test('a disputed record carries its mark, once, and the others do not', async () => {
  await mark('甲2', 'disputed');
  await mark('甲2', 'disputed');
  const answer = await read();
  assert.deepEqual(
    answer.records.map(({ marks }) => marks),
    [[], ['disputed'], []],
  );
  assert.equal(answer.outcome, 'ok');
});

test('a withheld record is absent and not counted; a mark that begins tomorrow is not in force', async () => {
  await mark('甲3', 'withheld');
  await mark('甲1', 'annulled', '2999-01-01');
  const answer = await read();
  assert.deepEqual([decisions(answer), answer.totalRecords], [['甲2', '甲1'], 2]);
  assert.deepEqual([decisions(await read(1)), (await read(1)).totalRecords], [['甲2'], 2]);
});

test('records of an enterprise that was merged into it are read with it, and their marks too', async () => {
  const { enterpriseId } = await inTransaction(context.database, (tx) => findEnterprise(tx, OTHER));
  await inTransaction(context.database, (tx) =>
    tx.rows(
      `insert into lists.enterprise_aliases (alias_id, enterprise_id, known_from, decided_by)
       values ($1, $2, now() - interval '1 second', 'test')`,
      [enterpriseId, subject],
    ),
  );
  assert.deepEqual(decisions(await read()), ['甲2', '甲1', '乙1']);
  await mark('乙1', 'repaired');
  assert.deepEqual(decisions(await read()), ['甲2', '甲1']);
});
