import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { runEvaluation } from '#evaluation';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { systemCaller } from '#platform';
import { bringEvaluationIntoForce, openRuns, runScheduled } from '../../src/entry/evaluation.ts';
import { benchCode } from '../../src/entry/bench/ingest-files.ts';
import { deliver } from '../support/lists.ts';
import { addEnterprise, addOperator, addProvider, basic, endingOf, openTestApp } from './http-node.ts';

const { app, node } = await openTestApp(endingOf(after));
const CODE = benchCode(7);
await bringEvaluationIntoForce(node, node.evaluation);
await deliver(node.lists, {
  contract: 'n01_registration',
  content: `统一社会信用代码,企业名称,成立日期,住所\n${CODE},北京甲科技有限公司,2015-06-01,北京市海淀区甲路1号\n`,
});
await runScheduled(node, 'full');

test('the schedule scores the register, and the incremental run after nothing new does nothing', async () => {
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ n: number }>('select count(*)::integer as n from evaluation.scores'),
  );
  assert.equal(rows[0]?.n, 1);
  const { filed } = node.evaluation;
  const asked = { caller: systemCaller('test'), kind: 'incremental', role: 'champion' } as const;
  assert.equal(await runEvaluation(openRuns(node), { ...asked, model: filed.model }), undefined);
});

test('the data administrator and the enterprise read the explanation over HTTP, a provider is refused, nobody else gets in', async () => {
  const url = `/api/v1/enterprises/${CODE}/score`;
  assert.equal((await app.inject({ url })).statusCode, 401);
  await addOperator(node);
  await addProvider(node, 'tax', '国家税务总局北京市税务局');
  const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, CODE));
  await addEnterprise(node, enterpriseId);
  for (const login of ['data', 'enterprise']) {
    const answer = await app.inject({ url, headers: { authorization: basic(login) } });
    assert.equal(answer.statusCode, 200, answer.body);
    const { explanation, enterprise } = answer.json<{
      explanation: { leaves: { points: number }[]; scored: { score: number } };
      enterprise: { code: string };
    }>();
    assert.equal(enterprise.code, CODE);
    assert.equal(
      explanation.leaves.reduce((sum, { points }) => sum + points, 0),
      explanation.scored.score,
    );
  }
  const refused = await app.inject({ url, headers: { authorization: basic('tax') } });
  assert.equal(refused.statusCode, 403);
  assert.equal(refused.json<{ error: { code: string } }>().error.code, 'policy.evaluation_by_its_holders');
});
