import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { runRetention } from '#rights';
import { openRetention } from '../../src/entry/retention.ts';
import { deliver } from '../support/lists.ts';
import { addMember, addPeople, CODE } from './consent-setting.ts';
import { addOperator, addPerson, endingOf, openTestApp, signIn } from './http-node.ts';

const { app, node } = await openTestApp(endingOf(after));
await addPeople(node);
await addMember(node, { login: 'risk', participant: 'bank', role: 'risk_officer' });
await addOperator(node);
await addOperator(node, 'data2');
await addPerson(node, { login: 'auditor', kind: 'operator', roles: ['audit_admin'] });
const PATH = '/api/v1/rights/retention';
const NAME = '北京甲科技有限公司';

type Body = Record<string, unknown> & { error?: { code: string } };

async function call(login: string, url: string, payload?: object): Promise<Body> {
  const headers = { cookie: await signIn(app, login), origin: 'http://127.0.0.1:8080' };
  const answer =
    payload === undefined
      ? await app.inject({ method: 'GET', url, headers })
      : await app.inject({ method: 'POST', url, payload, headers });
  return answer.json<Body>();
}

const codeOf = async (...asked: Parameters<typeof call>): Promise<string | undefined> =>
  (await call(...asked)).error?.code;

test('operators see what is past its years and hold it by two, the rows go with their file, and nobody else is shown any of it', async () => {
  const head = '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,处罚决定日期,处罚履行日期\n';
  const content = `${head}${CODE},${NAME},甲〔2018〕1号,案,罚款,2018-01-05,2019-01-05\n`;
  const receipt = await deliver(node.lists, { contract: 'n08_penalty', content });
  assert.equal(receipt.new, 1, JSON.stringify(receipt.defects));
  const counted = (await call('auditor', `${PATH}/expired`))['counts'] as {
    contract: string;
    expired: number;
  }[];
  assert.deepEqual(
    counted.filter(({ expired }) => expired > 0).map(({ contract, expired }) => [contract, expired]),
    [['n08_penalty', 1]],
  );
  const listed = await call('data', `${PATH}/expired?contract=n08_penalty`);
  const [line] = listed['records'] as { recordId: string; keptUntil: string }[];
  assert.deepEqual(line?.keptUntil, '2024-01-05');
  assert.equal(JSON.stringify(listed).includes('甲〔2018〕1号'), false);
  for (const login of ['risk', 'enterprise-a'])
    for (const part of ['expired', 'removals', 'holds'])
      assert.equal(await codeOf(login, `${PATH}/${part}`), 'security.not_permitted');
  const body = { enterprise: CODE, contract: 'n08_penalty', reason: '保全通知' };
  assert.equal(await codeOf('auditor', `${PATH}/holds`, body), 'policy.retention_not_by_audit');
  assert.equal(await codeOf('risk', `${PATH}/holds`, body), 'security.not_permitted');
  const hold = await call('data', `${PATH}/holds`, body);
  const id = String(hold['holdId']);
  assert.equal(hold['state'], 'proposed', JSON.stringify(hold));
  assert.equal(await codeOf('data', `${PATH}/holds/${id}/approval`, {}), 'policy.holds_two_persons');
  assert.equal((await call('data2', `${PATH}/holds/${id}/approval`, {}))['state'], 'in_force');
  const context = openRetention(node);
  assert.equal((await runRetention(context)).waiting, 1);
  await call('data', `${PATH}/holds/${id}/lift`, { reason: '解除' });
  assert.equal((await call('data2', `${PATH}/holds/${id}/lift/approval`, {}))['state'], 'lifted');
  const done = await runRetention(context);
  assert.deepEqual([done.removed, done.files], [1, 1]);
  const record = line?.recordId ?? '';
  const shown = await call('data', `${PATH}/removals?record=${record}`);
  const removal = shown['removal'] as { versions: string[]; removalId: string };
  assert.deepEqual(removal.versions, [record]);
  const own = await call('enterprise-a', `/api/v1/enterprises/${CODE}/everything?part=removals`);
  assert.match(JSON.stringify(own), new RegExp(removal.removalId));
  const rows = await inTransaction(node.database, (tx) => tx.rows('select from lists.n08_penalty_v1'));
  assert.equal(rows.length, 0);
});
