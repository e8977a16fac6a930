import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { sealMonth } from '#returns';
import { systemCaller } from '#platform';
import { openReturns } from '../../src/entry/returns.ts';
import { addPeople, CODE } from './consent-setting.ts';
import { disclose } from './outcomes-setting.ts';
import { addOperator, addProvider, endingOf, openTestApp, signIn } from './http-node.ts';

const { app, node } = await openTestApp(endingOf(after));
await addPeople(node);
await addOperator(node);
const provider = node.lists.catalogue.contracts.get('n01_registration')?.provider ?? assert.fail();
await addProvider(node, 'provider', provider);
await sealMonth(openReturns(node), {
  caller: systemCaller('test'),
  month: '2026-06',
  kind: 'first',
  reason: '',
});

const get = async (login: string, url: string) => {
  const answer = await app.inject({ method: 'GET', url, headers: { cookie: await signIn(app, login) } });
  return { status: answer.statusCode, text: answer.body };
};
const codeOf = ({ text }: { text: string }): string =>
  (JSON.parse(text) as { error: { code: string } }).error.code;
const sheetOf = (name: string) => `/api/v1/returns/departments/${encodeURIComponent(name)}/sheet`;

test('a sealed month with its formulas is for participants, and an enterprise is none', async () => {
  const month = await get('inquirer', '/api/v1/returns/months/2026-06');
  assert.equal(month.status, 200, month.text);
  const body = JSON.parse(month.text) as {
    formulas: { id: string; formula: { zh: string } }[];
    versionNo: number;
  };
  assert.equal(body.versionNo, 1);
  assert.ok(body.formulas.some(({ id, formula }) => id === 'coverage' && formula.zh.includes('÷')));
  assert.equal(codeOf(await get('enterprise-a', '/api/v1/returns/months/2026-06')), 'security.not_permitted');
  assert.equal(codeOf(await get('inquirer', '/api/v1/returns/months/2026-05')), 'returns.month_not_sealed');
  const version = await get('inquirer', '/api/v1/returns/months/2026-06?version=9');
  assert.equal(codeOf(version), 'returns.version_unknown');
});

test('rows are for an institution’s own people with the duty', async () => {
  const url = '/api/v1/returns/months/2026-06/rows?statistic=lent_fen';
  assert.equal((await get('compliance', url)).status, 200);
  assert.equal((await get('data', url)).status, 200);
  assert.equal(codeOf(await get('inquirer', url)), 'security.not_permitted');
  assert.equal(codeOf(await get('compliance', `${url}&institution=other-bank`)), 'policy.returns_of_others');
  const unknown = url.replace('lent_fen', 'nothing_such');
  assert.equal(codeOf(await get('data', unknown)), 'returns.statistic_unknown');
});

test('a department reads its sheet as JSON and CSV, and not another’s', async () => {
  const own = await get('provider', `${sheetOf(provider)}?month=2026-06`);
  assert.equal(own.status, 200, own.text);
  const csv = await get('provider', `${sheetOf(provider)}.csv?month=2026-06`);
  assert.match(csv.text, /n01_registration/);
  const other = [...node.lists.catalogue.contracts.values()].find((one) => one.provider !== provider);
  const foreign = await get('provider', `${sheetOf(other?.provider ?? '')}?month=2026-06`);
  assert.equal(codeOf(foreign), 'policy.sheet_of_another_department');
  assert.equal(codeOf(await get('data', `${sheetOf('nobody')}?month=2026-06`)), 'returns.provider_unknown');
});

test('unused queries: ratios for participants, the list for compliance, its own for the enterprise', async () => {
  const url = '/api/v1/returns/unused?month=2026-06';
  assert.deepEqual(JSON.parse((await get('inquirer', url)).text), {
    afterDays: 30,
    ratios: [],
    queries: null,
  });
  assert.equal(codeOf(await get('inquirer', `${url}&list=true`)), 'security.not_permitted');
  assert.match((await get('compliance', `${url}&list=true`)).text, /"queries":\[\]/);
  const own = `/api/v1/enterprises/${CODE}/unused-queries`;
  assert.deepEqual(JSON.parse((await get('enterprise-a', own)).text), { afterDays: 30, queries: [] });
  assert.equal(codeOf(await get('enterprise-b', own)), 'policy.own_record_only');
});

test('the enterprise sees among its accesses which came to nothing, and since when', async () => {
  const asked = await inTransaction(node.database, async (tx) => {
    const { enterpriseId: subject } = await findEnterprise(tx, CODE);
    const ids = [await disclose(node, { subject }), await disclose(node, { subject })];
    await tx.rows(
      `insert into returns.unused_queries
         (enterprise_id, disclosure_id, known_from, institution_id, kind, purpose, given_at)
       values ($1, $2, '2026-06-30T01:00:00Z', 'bank', 'answer', 'loan_origination', '2026-05-20')`,
      [subject, ids[0]],
    );
    return ids;
  });
  const { text } = await get('enterprise-a', `/api/v1/enterprises/${CODE}/accesses`);
  const { accesses } = JSON.parse(text) as { accesses: { id: string; unusedSince: string | null }[] };
  const since = asked.map((id) => accesses.find((one) => one.id === id)?.unusedSince);
  assert.deepEqual(since, ['2026-06-30T01:00:00.000Z', null]);
});

test('a department finds its sheet among the hops and acknowledges it', async () => {
  const hops = JSON.parse((await get('provider', '/api/v1/returns/hops?month=2026-06')).text) as {
    hops: { hopId: string; state: string }[];
  };
  assert.deepEqual(
    hops.hops.map(({ state }) => state),
    ['handed_in'],
  );
  const answer = await app.inject({
    method: 'POST',
    url: `/api/v1/returns/hops/${hops.hops[0]?.hopId}/answer`,
    payload: { decision: 'acknowledge' },
    headers: { cookie: await signIn(app, 'provider'), origin: 'http://127.0.0.1:8080' },
  });
  assert.equal(answer.statusCode, 200, answer.body);
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ n: number }>(`select count(*)::integer as n from returns.hops where state = 'acknowledged'`),
  );
  assert.equal(rows[0]?.n, 1);
});
