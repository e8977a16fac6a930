import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { acceptReview, type ListsContext, listReviews, releaseHeld, undoReview } from '#lists';
import { assertWhole } from '../support/delivery-crash.ts';
import { accountedRows, deliver, openTestLists } from '../support/lists.ts';
import {
  CONTRACT,
  codeOf,
  HEAD,
  nameOf,
  organisationCodeOf,
  row,
  wrongCodeOf,
} from '../support/sample-penalties.ts';

const context = await openTestLists({ after });

type Records = { file: string; no: string; fine: string | null; is_live: boolean };

function records(of: ListsContext): Promise<Records[]> {
  return inTransaction(of.database, (tx) =>
    tx.rows<Records>(
      `select d.delivery_id as file, t.decision_no as no, t.fine::text, t.known_to = 'infinity' as is_live
       from lists.n08_penalty_v1 t join lists.deliveries d on d.delivery_no = t.delivery_no
       order by t.known_from, t.delivery_no, t.row_no`,
    ),
  );
}

async function reviewOf(code: string): Promise<string> {
  const items = await inTransaction(context.database, (tx) => listReviews(tx, { state: 'open', limit: 100 }));
  const item = items.find(({ subjectCode }) => subjectCode === code);
  assert(item !== undefined, `no open item for ${code}`);
  return item.reviewNo;
}

test("a row by the organisation code inside another row's code belongs to the same enterprise", async () => {
  const content =
    HEAD + row(1, { no: '机1' }) + row(1, { no: '机2', code: organisationCodeOf(1), name: '另一个名称' });
  const receipt = await deliver(context, { contract: CONTRACT, content });
  assert.deepEqual([receipt.new, receipt.held, accountedRows(receipt)], [2, 0, 2]);
});

test('one code under two names, one of them known for another code, is decided by the code', async () => {
  const content =
    HEAD + row(2, { no: '名1', name: nameOf(1) }) + row(2, { no: '名2', name: '第二个名称有限公司' });
  const receipt = await deliver(context, { contract: CONTRACT, content });
  assert.deepEqual([receipt.new, receipt.held, accountedRows(receipt)], [2, 0, 2]);
  const open = await inTransaction(context.database, (tx) => listReviews(tx, { state: 'open', limit: 100 }));
  assert.deepEqual(
    open.filter(({ heldRows }) => heldRows === 0),
    [],
    'an item without rows asks a person for nothing',
  );
});

test('a withdrawal that was held ends records when it is released, and the undo brings them back whole', async () => {
  const wrong = wrongCodeOf(3);
  await deliver(context, { contract: CONTRACT, content: HEAD + row(3, { no: '撤1', fine: '7万元' }) });
  const held = await deliver(context, {
    contract: CONTRACT,
    kind: 'withdrawal',
    content: `统一社会信用代码,企业名称,行政处罚决定书文号\n${wrong},${nameOf(3)},撤1\n`,
  });
  assert.deepEqual([held.held, held.changed], [1, 0]);
  const act = { reviewNo: await reviewOf(wrong), decidedBy: 'cli:test' };
  await acceptReview(context, { ...act, choice: { enterpriseCode: codeOf(3) } });
  await releaseHeld(context, act.reviewNo);
  const live = async (): Promise<Records[]> =>
    (await records(context)).filter(({ no, is_live }) => no === '撤1' && is_live);
  assert.deepEqual(await live(), []);
  await undoReview(context, act);
  assert.deepEqual(
    (await live()).map(({ fine }) => fine),
    ['7000000'],
  );
  await assertWhole(context.database);
});

test('a release that runs in many processes at once publishes once', async () => {
  const wrong = wrongCodeOf(4);
  await deliver(context, {
    contract: CONTRACT,
    content: HEAD + row(4, { no: '并1', code: wrong }) + row(4, { no: '并2', code: wrong }),
  });
  const act = { reviewNo: await reviewOf(wrong), decidedBy: 'cli:test' };
  await acceptReview(context, { ...act, choice: { isNew: true } });
  await Promise.all(Array.from({ length: 4 }, () => releaseHeld(context, act.reviewNo)));
  assert.equal((await records(context)).filter(({ no }) => no.startsWith('并')).length, 2);
  await assertWhole(context.database);
  const waiting = await inTransaction(context.database, (tx) =>
    tx.rows<object>('select from lists.deliveries where publishing_since is not null'),
  );
  assert.deepEqual(waiting, [], 'nothing holds readers back');
});

test('releases, undoings and deliveries of one contract at once neither lock each other out nor lose count', async () => {
  const wrong = wrongCodeOf(5);
  await deliver(context, { contract: CONTRACT, content: HEAD + row(5, { no: '混1', code: wrong }) });
  const act = { reviewNo: await reviewOf(wrong), decidedBy: 'cli:test' };
  const decide = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) {
      await acceptReview(context, { ...act, choice: { isNew: true } });
      await Promise.all([releaseHeld(context, act.reviewNo), releaseHeld(context, act.reviewNo)]);
      await undoReview(context, act);
    }
  };
  const bring = async (): Promise<void> => {
    for (let round = 0; round < 10; round += 1) {
      await deliver(context, {
        contract: CONTRACT,
        content:
          HEAD +
          row(5, { no: '混2', fine: `${round + 1}万元` }) +
          row(6 + round, { no: '混3', code: wrongCodeOf(6 + round) }),
      });
    }
  };
  await Promise.all([decide(), bring()]);
  await assertWhole(context.database);
});

test('two deliveries of different contracts that name the same new enterprise make it once', async () => {
  const penalty = (n: number): string => HEAD + row(n, { no: `双${n}` });
  const numbers = Array.from({ length: 10 }, (_, at) => 500 + at);
  for (const n of numbers) {
    await Promise.all([
      deliver(context, { contract: CONTRACT, content: penalty(n) }),
      deliver(context, { contract: 'n07_licence', content: licence(n) }),
    ]);
  }
  const twice = await inTransaction(context.database, (tx) =>
    tx.rows<object>(
      `select e.enterprise_id from lists.enterprises e
       where not exists (select from lists.enterprise_codes c where c.enterprise_id = e.enterprise_id)`,
    ),
  );
  assert.deepEqual(twice, [], 'an enterprise without any code was made beside the one that got it');
});

function licence(n: number): string {
  return `统一社会信用代码,企业名称,行政许可决定文书号,许可决定日期\n${codeOf(n)},${nameOf(n)},双${n},2026-03-01\n`;
}
