import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inTransaction, readEnv } from '#kernel';
import { type ListsContext, listReviews, recoverDeliveries, releaseHeld } from '#lists';
import { assertWhole } from '../support/delivery-crash.ts';
import { deliver, openTestLists } from '../support/lists.ts';
import { copyContract } from '../support/lists-on.ts';
import { type Answer, readAsOf } from '../support/read-as-of.ts';
import { CONTRACT, codeOf, HEAD, row, wrongCodeOf } from '../support/sample-penalties.ts';

const IS_LONG = readEnv().XINQIAO_TEST_LONG === '1';
const KILLS = IS_LONG ? 150 : 4;
const ROUNDS = IS_LONG ? 2_000 : 60;
const CHILD = join(import.meta.dirname, '..', 'support', 'release-process.ts');
const CODE = codeOf(1);
const QUESTION = { contractId: CONTRACT, code: CODE };

/** One enterprise with two records, and four rows under a wrong code, two of which would correct those records. */
async function prepareHeld(context: ListsContext): Promise<string> {
  await deliver(context, {
    contract: CONTRACT,
    content: HEAD + row(1, { no: '原1' }) + row(1, { no: '原2' }),
  });
  const wrong = { code: wrongCodeOf(1) };
  const held = ['原1', '原2', '新1', '新2'].map((no) => row(1, { ...wrong, no, fine: '8万元' }));
  await deliver(context, { contract: CONTRACT, content: HEAD + held.join('') });
  const [item] = await inTransaction(context.database, (tx) => listReviews(tx, { state: 'open', limit: 10 }));
  assert(item !== undefined && item.heldRows === 4);
  return item.reviewNo;
}

test(`kill -9 at ${KILLS} random moments of releasing and taking back: counts and versions are right, answers stay`, async (t) => {
  const context = await openTestLists(t);
  const reviewNo = await prepareHeld(context);
  const nodeFolder = dirname(context.deliveriesFolder);
  copyContract(nodeFolder, CONTRACT);
  const answers: Answer[] = [await readAsOf(context, QUESTION)];
  for (let kills = 0; kills < KILLS; kills += 1) {
    const child = spawn(process.execPath, [CHILD, context.database.url, nodeFolder, reviewNo, CODE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited]);
    for (const until = performance.now() + randomInt(200); performance.now() < until; ) {
      answers.push(await readAsOf(context, QUESTION));
    }
    child.kill('SIGKILL');
    const [code] = await exited;
    assert.equal(code, null, 'the process ended before it was killed');
    await assertWhole(context.database);
    answers.push(await readAsOf(context, QUESTION));
  }
  await recoverDeliveries(context);
  const [{ accepted } = { accepted: false }] = await inTransaction(context.database, (tx) =>
    tx.rows<{ accepted: boolean }>(
      `select state = 'accepted' as accepted from lists.review_items where review_no = $1`,
      [reviewNo],
    ),
  );
  if (accepted) await releaseHeld(context, reviewNo);
  await assertWhole(context.database);
  assert.equal((await readAsOf(context, QUESTION)).records, accepted ? 4 : 2);
  const waiting = await inTransaction(context.database, (tx) =>
    tx.rows<object>('select delivery_no from lists.deliveries where publishing_since is not null'),
  );
  assert.deepEqual(waiting, [], 'a publication that died holds readers back');
  await assertReproducible(context, answers);
});

test(`an answer given while deliveries publish is given again, byte for byte, ${ROUNDS} times`, async (t) => {
  const context = await openTestLists(t);
  await deliver(context, { contract: CONTRACT, content: HEAD + row(1, { no: '起1' }) });
  const answers: Answer[] = [];
  let isOver = false;
  const publish = async (): Promise<void> => {
    for (let round = 0; !isOver; round += 1) {
      const corrected = row(1, { no: '起1', fine: `${round + 1}万元` });
      await deliver(context, {
        contract: CONTRACT,
        content: HEAD + corrected + row(1, { no: `加${round % 7}`, title: `第${round}次` }),
      });
      if (round % 3 === 2) {
        const content = `统一社会信用代码,企业名称,行政处罚决定书文号\n${CODE},,加${round % 7}\n${CODE},,轮${round}\n`;
        await deliver(context, { contract: CONTRACT, kind: 'withdrawal', content });
      }
    }
  };
  const publishing = publish();
  while (answers.length < ROUNDS) {
    answers.push(await readAsOf(context, QUESTION));
    await delay(randomInt(12));
  }
  isOver = true;
  await publishing;
  assert(new Set(answers.map(({ text }) => text)).size > 2, 'nothing was published meanwhile');
  await assertReproducible(context, answers);
});

async function assertReproducible(context: ListsContext, answers: readonly Answer[]): Promise<void> {
  for (const { knownAt, text } of answers) {
    const again = await readAsOf(context, { ...QUESTION, knownAt });
    assert.equal(again.text, text, `as of ${knownAt.toISOString()}`);
  }
}
