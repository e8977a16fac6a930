import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inTransaction, openFieldCipher, toEnterpriseId } from '#kernel';
import { makeDemonstrationAccounts, withdrawDemonstrationParticipants } from '#platform';
import { endingOf, openTestApp } from './http-node.ts';

const { app, node } = await openTestApp(endingOf(after));
/** Made by GB 32100 for an enterprise that does not exist. */
const CODE = '91110108MA0TEXT00Y';
const NAME = '北京样例商贸有限公司';
const act = { by: 'system:demonstration', clock: node.clock, keys: node.keys };

const enterpriseId = await inTransaction(node.database, async (tx) => {
  const [row] = await tx.rows<{ enterprise_id: string }>(
    `insert into lists.enterprises (standing, made_at) values ('registered', now()) returning enterprise_id`,
  );
  const id = toEnterpriseId(row?.enterprise_id ?? '');
  await tx.rows(
    `insert into lists.enterprise_codes (enterprise_id, code, kind, checksum_ok, known_from)
     values ($1, $2, 'uscc', true, now())`,
    [id, CODE],
  );
  await tx.rows(
    `insert into lists.enterprise_names (enterprise_id, name, name_key, is_current, known_from)
     values ($1, $2, $2, true, now())`,
    [id, NAME],
  );
  return id;
});

const start = () =>
  inTransaction(node.database, (tx) =>
    makeDemonstrationAccounts(tx, act, {
      dataFolder: node.config.dataFolder,
      packageFolder: node.config.packageFolder,
      policies: node.policies,
      cipher: openFieldCipher(node.config.keysFolder, node.config.suite),
      providers: { market: '北京市市场监督管理局', tax: '税务总局' },
      enterprise: { id: enterpriseId, name: NAME },
    }),
  );

const passwords = new Map((await start()).map(({ login, password }) => [login, password]));

type Call = { method?: 'GET' | 'POST' | 'DELETE'; body?: object };

async function call(login: string | undefined, url: string, { method = 'GET', body }: Call = {}) {
  const text = `${login}:${passwords.get(login ?? '')}`;
  const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
  const answer = await app.inject({
    method,
    url,
    headers: login === undefined ? {} : { authorization },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

type Listed = {
  participantId: string;
  kind: string;
  institutionType: string | null;
  parentId: string | null;
  state: string;
  name: { zh: string };
  agreements: { with: string }[];
};

async function listed(): Promise<Map<string, Listed>> {
  const { status, body } = await call(undefined, '/api/v1/participants');
  assert.equal(status, 200);
  return new Map(body.participants.map((one: Listed) => [one.participantId, one]));
}

async function countLeaves(): Promise<number> {
  const [row] = await inTransaction(node.database, (tx) =>
    tx.rows<{ leaves: number }>('select count(*)::integer as leaves from security.receipts'),
  );
  return row?.leaves ?? 0;
}

describe('the demonstration city', () => {
  it('has the four platforms that the policy names, departments as contracts spell them, and every type', async () => {
    const all = [...(await listed()).values()];
    const platforms = all.filter(({ kind }) => kind === 'platform').map(({ name }) => name.zh);
    for (const named of ['市金融公共数据专区', '创信融', '市金融综合服务网', '市小微企业金融综合服务平台'])
      assert.ok(
        platforms.some((name) => name.includes(named)),
        named,
      );
    assert.equal(platforms.length, 4);
    const spelt = new Set([...node.lists.catalogue.contracts.values()].map((contract) => contract.provider));
    const departments = all.filter(({ kind }) => kind === 'provider');
    assert.deepEqual(
      departments.filter(({ name }) => !spelt.has(name.zh)).map(({ name }) => name.zh),
      [],
    );
    assert.ok(departments.length >= 18);
    const heads = all.filter(({ kind, parentId }) => kind === 'institution' && parentId === null);
    assert.equal(heads.length, 16);
    assert.equal(new Set(heads.map(({ institutionType }) => institutionType)).size, 4);
    assert.ok(heads.every(({ name }) => name.zh.startsWith('示范')));
  });

  it('has one institution in each state that a query meets', async () => {
    const all = await listed();
    const states = [
      'demo-bank',
      'demo-rural-bank',
      'demo-joint-bank',
      'demo-village-bank',
      'demo-private-bank',
      'demo-consulting',
      'demo-bank-tongzhou',
      'demo-bank-haidian',
    ].map((id) => all.get(id)?.state);
    assert.deepEqual(states, [
      'admitted',
      'trial',
      'suspended',
      'expired',
      'withdrawn',
      'none',
      'suspended',
      'admitted',
    ]);
    assert.deepEqual(all.get('demo-policy-bank')?.agreements, []);
    assert.deepEqual(
      all.get('demo-bank')?.agreements.map((agreement) => agreement.with),
      ['demo-chuangxinrong', 'demo-data-zone'],
    );
  });

  it('is made once: a second start changes nothing', async () => {
    const before = [await countLeaves(), await listed()];
    const again = await start();
    assert.deepEqual(new Map(again.map(({ login, password }) => [login, password])), passwords);
    assert.deepEqual([await countLeaves(), await listed()], before);
  });

  it('has an enterprise with a representative and an agent under mandate', async () => {
    const { status, body } = await call('enterprise', `/api/v1/enterprises/${CODE}/mandates`);
    assert.equal(status, 200);
    assert.deepEqual(
      body.mandates.map(({ login, capacity, state }: Record<string, string>) => [login, capacity, state]),
      [
        ['agent', 'agent', 'active'],
        ['enterprise', 'legal_representative', 'active'],
      ],
    );
  });
});

describe('admission over HTTP', () => {
  it('is proposed by one officer and approved by the other', async () => {
    const path = '/api/v1/participants/demo-consulting/admission-proposals';
    const change = { state: 'trial', reason: '材料齐全，安全评估通过' };
    const proposed = await call('admission', path, { method: 'POST', body: change });
    assert.equal(proposed.status, 200);
    const { proposalId } = proposed.body;
    const waiting = await call('admission2', '/api/v1/admission-proposals');
    assert.deepEqual(
      waiting.body.proposals.map((one: { proposalId: string }) => one.proposalId),
      [proposalId],
    );
    const approve = `/api/v1/admission-proposals/${proposalId}/approve`;
    const self = await call('admission', approve, { method: 'POST' });
    assert.deepEqual([self.status, self.body.error.code], [403, 'policy.two_persons']);
    assert.equal((await call('admission2', approve, { method: 'POST' })).status, 200);
    assert.equal((await listed()).get('demo-consulting')?.state, 'trial');
    const history = await call('admission', '/api/v1/participants/demo-consulting/admissions');
    assert.equal(history.body.versions.length, 1);
  });

  it('is suspended at once, and registered with offices and agreements', async () => {
    const suspend = '/api/v1/participants/demo-consulting/suspend';
    const body = { reason: '限期整改' };
    assert.equal((await call('admission', suspend, { method: 'POST', body })).status, 200);
    assert.equal((await listed()).get('demo-consulting')?.state, 'suspended');
    const office = {
      participantId: 'demo-consulting-east',
      kind: 'institution',
      institutionType: 'credit_service',
      parentId: 'demo-consulting',
      name: { zh: '示范信用管理咨询东城分公司', en: 'Demonstration Credit Consulting, Dongcheng' },
    };
    assert.equal(
      (await call('admission', '/api/v1/participants', { method: 'POST', body: office })).status,
      200,
    );
    const parties = { platformId: 'demo-small-firms', institutionId: 'demo-consulting' };
    const agreement = { ...parties, signedOn: '2026-01-05', documentDigest: 'a'.repeat(64) };
    assert.equal(
      (await call('admission', '/api/v1/agreements', { method: 'POST', body: agreement })).status,
      200,
    );
    assert.deepEqual(
      (await listed()).get('demo-consulting')?.agreements.map((one) => one.with),
      ['demo-small-firms'],
    );
    assert.equal(
      (await call('admission', '/api/v1/agreements/end', { method: 'POST', body: parties })).status,
      200,
    );
    assert.deepEqual((await listed()).get('demo-consulting')?.agreements, []);
  });

  it('is closed to everyone else', async () => {
    for (const login of [
      'data',
      'security',
      'audit',
      'bank',
      'bank-admin',
      'platform',
      'regulator',
      'enterprise',
    ])
      for (const url of ['/api/v1/admission-proposals', '/api/v1/participants/demo-bank/admissions'])
        assert.equal((await call(login, url)).status, 403, login);
    const url = '/api/v1/participants/demo-bank/suspend';
    const body = { reason: '测试' };
    assert.equal((await call('security', url, { method: 'POST', body })).status, 403);
    assert.equal((await call(undefined, url, { method: 'POST', body })).status, 401);
    assert.equal((await listed()).get('demo-bank')?.state, 'admitted');
  });
});

describe('mandates over HTTP', () => {
  const path = `/api/v1/enterprises/${CODE}/mandates`;

  it('are granted by the representative, in place of the former one, and ended', async () => {
    const body = {
      login: 'agent',
      scope: ['consent'],
      validTo: '2027-06-30',
      idNumber: '11010519491231002X',
    };
    const granted = await call('enterprise', path, { method: 'POST', body });
    assert.equal(granted.status, 200);
    const one = `${path}/${granted.body.mandateId}`;
    assert.equal((await call('agent', path, { method: 'POST', body })).status, 403);
    const ended = await call('enterprise', one, { method: 'DELETE' });
    assert.equal(ended.status, 200);
    const again = await call('enterprise', one, { method: 'DELETE' });
    assert.deepEqual([again.status, again.body.error.code], [404, 'mandate.unknown']);
  });

  it('from paper take two officers', async () => {
    const body = {
      login: 'agent',
      capacity: 'agent',
      scope: ['query'],
      validTo: '2027-06-30',
      documentDigest: 'e'.repeat(64),
    };
    const entered = await call('admission', path, { method: 'POST', body });
    assert.equal(entered.status, 200);
    const confirm = `${path}/${entered.body.mandateId}/confirm`;
    assert.equal(
      (await call('admission', confirm, { method: 'POST' })).body.error.code,
      'policy.two_persons',
    );
    assert.equal((await call('admission2', confirm, { method: 'POST' })).status, 200);
  });

  it('are not for banks to see or give, and an identity number never comes back', async () => {
    const seen = await call('bank', path);
    assert.equal(seen.status, 403);
    const body = { login: 'agent', scope: ['consent'], validTo: '2027-06-30' };
    const given = await call('bank', path, { method: 'POST', body });
    assert.deepEqual([given.status, given.body.error.code], [403, 'policy.own_enterprise_only']);
    assert.ok(!JSON.stringify((await call('enterprise', path)).body).includes('110105'));
  });

  it('with an unknown field or scope are refused', async () => {
    const body = { login: 'agent', scope: ['consent'], validTo: '2027-06-30' };
    for (const wrong of [
      { ...body, extra: 1 },
      { ...body, scope: ['everything'] },
      { ...body, validTo: 'soon' },
    ])
      assert.equal((await call('enterprise', path, { method: 'POST', body: wrong })).status, 400);
  });
});

describe('a city’s node', () => {
  it('answers nobody whom its database brings along from a demonstration', async () => {
    const withdrawn = await inTransaction(node.database, (tx) => withdrawDemonstrationParticipants(tx, act));
    assert.ok(withdrawn > 40);
    const left = [...(await listed()).values()].filter(({ state }) => state !== 'withdrawn');
    assert.deepEqual(left, []);
    assert.equal(await inTransaction(node.database, (tx) => withdrawDemonstrationParticipants(tx, act)), 0);
  });
});
