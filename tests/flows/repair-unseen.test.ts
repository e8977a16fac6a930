import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { inTransaction, toEnterpriseId } from '#kernel';
import { endPeriods, followRepairs } from '#rights';
import { bringEvaluationIntoForce, runScheduled } from '../../src/entry/evaluation.ts';
import { openRepairs } from '../../src/entry/repairs.ts';
import { bringTimeLimitsIntoForce } from '../../src/entry/rights.ts';
import { deliver } from '../support/lists.ts';
import { addMember, addPeople, CODE, dayFrom, OTHER_CODE } from './consent-setting.ts';
import {
  addOperator,
  addProvider,
  basic,
  endingOf,
  newAddress,
  openTestApp,
  openTestClock,
} from './http-node.ts';
import { evidence } from './objections-setting.ts';
import { HEAD, penaltyRow } from './repair-setting.ts';

/*
 * Two enterprises that differ in one penalty, which was delivered, read by another bank, and repaired. What this bank is answered
 * about the one and the other is the same, apart from names, codes, ids, instants, digests and signatures.
 */
const clock = openTestClock();
const { app, node } = await openTestApp(endingOf(after), { clock });
await addPeople(node);
await addMember(node, { login: 'risk', participant: 'bank', role: 'risk_officer' });
await addMember(node, { login: 'admin', participant: 'bank', role: 'institution_admin' });
await addOperator(node);
const provider = node.lists.catalogue.contracts.get('n08_penalty')?.provider ?? assert.fail();
await addProvider(node, 'department', provider);
await bringTimeLimitsIntoForce(node);
const context = openRepairs(node);

const REPAIRED = { code: CODE, name: '北京甲科技有限公司', login: 'enterprise-a' };
const NEVER = { code: OTHER_CODE, name: '北京乙商贸有限公司', login: 'enterprise-b' };
const BOTH = [REPAIRED, NEVER] as const;
type One = (typeof BOTH)[number];
const DAY_MS = 86_400_000;
const decidedOn = dayFrom(clock, -120);
const CONTRACTS = ['n01_registration', 'n05_abnormal_list', 'n08_penalty', 'b03_penalty_bj', 'b24_subsidy'];

await deliverAll();
await inTransaction(node.database, (tx) =>
  tx.rows(`update lists.enterprises set standing = 'registered', size_class = 'micro'`),
);
await bringEvaluationIntoForce(node, node.evaluation);
await runScheduled(node, 'full');
const consents = new Map<string, string>();
for (const one of BOTH)
  for (const bank of ['inquirer', 'other-inquirer'])
    consents.set(`${bank} ${one.code}`, await consentOf(one, bank));
await backdate();
for (const one of BOTH)
  await answered('other-inquirer', 'POST', '/api/v1/queries', queryOf(one, 'other-inquirer'));
await repairOne();
await followRepairs(context);
await endPeriods(context);
await runScheduled(node, 'full');

async function deliverAll(): Promise<void> {
  const common = BOTH.map(({ code, name }) =>
    penaltyRow({ code, name, no: '共1', decidedOn, grade: '一般失信' }),
  );
  const single = penaltyRow({ ...REPAIRED, no: '独1', decidedOn, grade: '一般失信' });
  await deliver(node.lists, { contract: 'n08_penalty', content: HEAD + common.join('') + single });
  const head = '统一社会信用代码,企业名称,处罚决定书文号,处罚决定日期,执法部门,信用修复状态\n';
  const copies = BOTH.map(({ code, name }) => `${code},${name},共1,${decidedOn},市场监管局,未修复\n`);
  const copy = `${REPAIRED.code},${REPAIRED.name},独1,${decidedOn},市场监管局,未修复\n`;
  await deliver(node.lists, { contract: 'b03_penalty_bj', content: head + copies.join('') + copy });
  const registered = BOTH.map(({ code, name }) => `${code},${name},2015-06-01,北京市海淀区甲路1号\n`);
  const names = '统一社会信用代码,企业名称,成立日期,住所\n';
  await deliver(node.lists, { contract: 'n01_registration', content: names + registered.join('') });
}

/** All was delivered ten days ago: there are days on which the penalty was known and nothing was repaired. */
async function backdate(): Promise<void> {
  await inTransaction(node.database, async (tx) => {
    for (const table of ['n08_penalty_v1', 'b03_penalty_bj_v1', 'n01_registration_v1', 'deliveries'])
      await tx.rows(`update lists.${table} set known_from = known_from - interval '10 days'`);
    await tx.rows(`update lists.enterprises set made_at = made_at - interval '400 days'`);
  });
}

async function call(login: string, method: 'GET' | 'POST', url: string, payload?: object) {
  return await app.inject({
    method,
    url,
    headers: {
      authorization: basic(login),
      'x-forwarded-for': newAddress(),
      'idempotency-key': randomUUID(),
    },
    ...(payload !== undefined && { payload }),
  });
}

async function answered<Body>(
  login: string,
  method: 'GET' | 'POST',
  url: string,
  payload?: object,
): Promise<Body> {
  const answer = await call(login, method, url, payload);
  assert.equal(answer.statusCode, 200, `${url} ${answer.body.slice(0, 600)}`);
  return answer.json<Body>();
}

async function consentOf({ code, login }: One, bank: string): Promise<string> {
  const { consentId, digest } = await answered<{ consentId: string; digest: string }>(
    bank,
    'POST',
    '/api/v1/consents',
    {
      enterprise: code,
      purpose: 'loan_origination',
      contracts: CONTRACTS.map((id) => ({ id })),
      fetch: 'periodic',
      frequency: { count: 20, unit: 'month' },
      dataFrom: dayFrom(clock, -700),
      validTo: dayFrom(clock, 50),
      dataLife: { count: 6, unit: 'month' },
    },
  );
  await answered(login, 'POST', `/api/v1/consents/${consentId}/grant`, { digest });
  return consentId;
}

function queryOf({ code }: One, bank: string, over: object = {}): object {
  const consentId = consents.get(`${bank} ${code}`);
  const asked = { enterprise: code, consentId, purpose: 'loan_origination', contracts: CONTRACTS };
  return { ...asked, application: 'LN-1', operator: '柜员 7', ...over };
}

async function repairOne(): Promise<void> {
  const own = `/api/v1/enterprises/${REPAIRED.code}`;
  type Notices = { notices: { contract: string; recordId: string; check: { document: string } }[] };
  const { notices } = await answered<Notices>(REPAIRED.login, 'GET', `${own}/repair-notices`);
  const record = notices.find(
    ({ contract, check }) => contract === 'n08_penalty' && check.document === '独1',
  )?.recordId;
  const { pledgeHash } = (await app.inject({ method: 'GET', url: '/api/v1/repair-rules' })).json<{
    pledgeHash: string;
  }>();
  const { repairId } = await answered<{ repairId: string }>(REPAIRED.login, 'POST', `${own}/repairs`, {
    contract: 'n08_penalty',
    record,
    performedOn: decidedOn,
    words: '已履行。',
    proofs: [evidence('凭证')],
    pledge: pledgeHash,
  });
  await answered('data', 'POST', `/api/v1/rights/repairs/${repairId}/acceptance`, { accept: true });
  const decision = { granted: true, words: '准予修复。' };
  await answered('department', 'POST', `/api/v1/rights/repairs/${repairId}/decision`, decision);
}

/** What may differ between any two enterprises and any two answers. */
function plain(text: string, { code, name }: One): string {
  return text
    .replaceAll(code, '<code>')
    .replaceAll(name, '<name>')
    .replaceAll(/\b[a-z]{3}_[0-9a-z]{26}\b/g, '<id>')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>')
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|\+08:00)/g, '<instant>')
    .replaceAll(/"nonce":"[^"]+"/g, '<nonce>')
    .replaceAll(/(?:[0-9a-f]{4} ){7}[0-9a-f]{4}/g, '<digest>')
    .replaceAll(/<svg.*?<\/svg>/gs, '<code of the page>')
    .replaceAll(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/g, '<instant>')
    .replaceAll(/XQ\d{8}-[A-Z0-9]+/g, '<number>')
    .replaceAll(/(<id>):\d+/g, '$1:<row>')
    .replaceAll(/\b(?:sha256:)?[0-9a-f]{64}\b/g, '<digest>')
    .replaceAll(/[A-Za-z0-9+/_-]{40,}={0,2}/g, '<signed>');
}

/** Equal; a difference is shown with what stands around it. */
function assertAlike(one: string, other: string, what: string): void {
  const at = [...one].findIndex((letter, place) => letter !== other[place]);
  const shown = (text: string): string => text.slice(Math.max(0, at - 60), at + 90);
  assert.ok(one === other, `${what}: ${shown(one)} ≠ ${shown(other)}`);
}

/** Asks the same of both; answers, outcomes, counters and sizes are equal. */
async function requireSame(
  what: string,
  ask: (one: One) => Promise<{ readonly statusCode: number; readonly body: string }>,
): Promise<string> {
  const [repaired, never] = [await ask(REPAIRED), await ask(NEVER)];
  assert.deepEqual(
    [repaired.statusCode, never.statusCode],
    [200, 200],
    `${what} ${repaired.body.slice(0, 300)}`,
  );
  assertAlike(plain(repaired.body, REPAIRED), plain(never.body, NEVER), what);
  assert.doesNotMatch(repaired.body, /独1/, what);
  return repaired.body;
}

test('a query answers the same, and what was not repaired', async () => {
  const body = await requireSame('query', (one) =>
    call('inquirer', 'POST', '/api/v1/queries', queryOf(one, 'inquirer')),
  );
  assert.match(body, /共1/);
});

test('a report as of a day on which the penalty was known and not repaired is the same', async () => {
  const day = new Date(clock.now().getTime() - 3 * DAY_MS).toISOString().slice(0, 10);
  for (const login of ['inquirer', 'other-inquirer']) {
    const body = await requireSame('as of', ({ code }) =>
      call(login, 'GET', `/api/v1/enterprises/${code}/report?asOf=${day}`),
    );
    assert.match(body, /共1/, 'the day has its records');
  }
});

test('the other bank, which had it, is answered the same now, and alone has recalls', async () => {
  await requireSame('query again', (one) =>
    call('other-inquirer', 'POST', '/api/v1/queries', queryOf(one, 'other-inquirer')),
  );
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ recipient: string; enterprise: string; code: string }>(
      `select distinct r.recipient_id as recipient, r.enterprise_id::text as enterprise, c.code
       from rights.recalls r join lists.enterprise_codes c using (enterprise_id)`,
    ),
  );
  assert.deepEqual(
    rows.map(({ recipient, code, enterprise }) => [
      recipient,
      code,
      toEnterpriseId(enterprise) === enterprise,
    ]),
    [['other-bank', REPAIRED.code, true]],
  );
});

test('reports in every form, verification, score and portrait are the same', async () => {
  for (const part of ['report', 'report?format=html'])
    for (const login of ['inquirer', 'risk'])
      await requireSame(part, ({ code }) => call(login, 'GET', `/api/v1/enterprises/${code}/${part}`));
  for (const part of ['score', 'portrait'])
    await requireSame(part, (one) => {
      const consentId = consents.get(`inquirer ${one.code}`) ?? assert.fail();
      const asked = { consentId, purpose: 'loan_origination', application: 'LN-1', operator: '柜员7' };
      return call(
        'inquirer',
        'GET',
        `/api/v1/enterprises/${one.code}/${part}?${new URLSearchParams(asked).toString()}`,
      );
    });
  await requireSame('verification', (one) =>
    call('inquirer', 'POST', '/api/v1/verifications', {
      ...queryOf(one, 'inquirer', { contracts: undefined }),
      contract: 'n08_penalty',
      claims: [{ field: 'decision_no', value: '独1' }],
    }),
  );
});

async function ownReport(): Promise<string> {
  const url = `/api/v1/enterprises/${REPAIRED.code}/everything?part=records`;
  return (await call(REPAIRED.login, 'GET', url)).body;
}

/** Of these somebody at a bank reads each. */
const HEARD = [
  'monitoring/alerts',
  'monitoring/coverage',
  'monitoring/messages',
  'monitoring/watches',
  'recalls',
  'rights/terms/overdue',
  'whitelists',
];

test('lists that a bank is given or fetches say nothing of either', async () => {
  const heard = new Set<string>();
  for (const login of ['inquirer', 'risk', 'admin'])
    for (const path of [
      'recalls',
      'monitoring/alerts',
      'monitoring/messages',
      'monitoring/watches',
      'monitoring/coverage',
      'whitelists',
      'rights/terms/overdue',
    ]) {
      const answer = await call(login, 'GET', `/api/v1/${path}`);
      if (answer.statusCode === 200) heard.add(path);
      assert.ok(
        !answer.body.includes('独1') && !/repair|修复/.test(answer.body),
        `${path} ${answer.body.slice(0, 300)}`,
      );
    }
  assert.deepEqual([...heard].sort(), HEARD, 'somebody of the bank was answered');
});

test('a version delivered later is as little to be seen, from its publication on and as of every day', async () => {
  const later = penaltyRow({ ...REPAIRED, no: '独1', decidedOn, grade: '一般失信', status: '已履行' });
  await deliver(node.lists, { contract: 'n08_penalty', content: HEAD + later });
  const askAll = async (): Promise<void> => {
    await requireSame('query', (one) =>
      call('inquirer', 'POST', '/api/v1/queries', queryOf(one, 'inquirer')),
    );
    await requireSame('report', ({ code }) => call('inquirer', 'GET', `/api/v1/enterprises/${code}/report`));
    const day = new Date(clock.now().getTime() - 3 * DAY_MS).toISOString().slice(0, 10);
    await requireSame('as of', ({ code }) =>
      call('inquirer', 'GET', `/api/v1/enterprises/${code}/report?asOf=${day}`),
    );
  };
  await askAll();
  assert.equal((await followRepairs(context)).carried, 1);
  await askAll();
  await deliver(node.lists, { contract: 'n08_penalty', content: HEAD + later, kind: 'withdrawal' });
  await followRepairs(context);
  const anew = penaltyRow({ ...REPAIRED, no: '独1', decidedOn, grade: '一般失信', status: '有效' });
  await deliver(node.lists, { contract: 'n08_penalty', content: HEAD + anew });
  assert.match(await ownReport(), /独1/, 'it is on record, and its enterprise sees it');
  await askAll();
});

test('no route of repair answers a bank', async () => {
  for (const path of [
    `enterprises/${REPAIRED.code}/repair-notices`,
    `enterprises/${REPAIRED.code}/repairs`,
    'rights/repairs',
    'repair-portal/applications/XYZG-0001',
  ])
    for (const login of ['inquirer', 'other-inquirer', 'risk', 'admin'])
      assert.equal((await call(login, 'GET', `/api/v1/${path}`)).statusCode, 403, `${path} by ${login}`);
});
