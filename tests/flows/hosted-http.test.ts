import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import * as oauth from 'openid-client';
import { type HostedRunAnswer, sweepShadowRuns } from '#evaluation';
import { inTransaction } from '#kernel';
import { TAX_MANIFEST, taxUpload } from '../support/hosted-model.ts';
import { deliver } from '../support/lists.ts';
import { freePort, getToken, openBank, registerBank } from '../support/oidc-client.ts';
import { addPeople, CODE, dayFrom } from './consent-setting.ts';
import {
  addPerson,
  basic,
  endingOf,
  keepingLogger,
  type LoggedLine,
  newAddress,
  openTestApp,
  openTestClock,
} from './http-node.ts';

const SENT = 918_273.5;
const ending = endingOf(after);
const [clock, lines] = [openTestClock(), [] as LoggedLine[]];
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const { app, node } = await openTestApp(ending, { clock, publicUrl, logger: keepingLogger(lines) });
await addPeople(node);
for (const [login, participantId, roles] of [
  ['modeller', 'bank', ['modeller']],
  ['risk', 'bank-east', ['risk_officer']],
  ['other-modeller', 'other-bank', ['modeller', 'risk_officer']],
] as const)
  await addPerson(node, { login, kind: 'institution', roles: [...roles], participantId });
await addPerson(node, { login: 'data', kind: 'operator', roles: ['data_admin'] });
await deliver(node.lists, {
  contract: 'n08_penalty',
  content: `统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n${CODE},北京甲科技有限公司,京市监罚1号,案,罚款,1000,${dayFrom(clock, -100)},2099-02-01\n`,
});
await app.listen({ host: '127.0.0.1', port });
const consentId = await giveConsent();
const bank = await openBank(`${publicUrl}/oidc`, await registerBank(node, { clientId: 'bank-app' }));

type Said = { readonly status: number; readonly body: string; readonly code: string | undefined };

/** As a person does, or a program with login and password. */
async function send(login: string, method: 'GET' | 'POST', path: string, payload?: object): Promise<Said> {
  const headers = {
    authorization: basic(login),
    'x-forwarded-for': newAddress(),
    'idempotency-key': randomUUID(),
  };
  const url = `/api/v1/${path}`;
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  const { error } = answer.json<{ error?: { code: string } }>();
  return { status: answer.statusCode, body: answer.body, code: error?.code };
}

async function post<Body>(login: string, path: string, payload?: object): Promise<Body> {
  const { status, body } = await send(login, 'POST', path, payload);
  assert.equal(status, 200, `${path} ${body}`);
  return JSON.parse(body) as Body;
}

async function giveConsent(): Promise<string> {
  const fields = node.lists.catalogue.contracts.get('n14_tax_declaration')?.fields ?? [];
  const pending = await post<{ consentId: string; digest: string }>('inquirer', 'consents', {
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [{ id: 'n14_tax_declaration', fields: fields.map(({ name }) => name) }],
    fetch: 'periodic',
    frequency: { count: 5, unit: 'month' },
    dataFrom: dayFrom(clock, -700),
    validTo: dayFrom(clock, 50),
    dataLife: { count: 6, unit: 'month' },
  });
  await post('enterprise-a', `consents/${pending.consentId}/grant`, { digest: pending.digest });
  return pending.consentId;
}

const asked = (over: object = {}) => ({
  enterprise: CODE,
  consentId,
  purpose: 'loan_origination',
  application: 'LN-1',
  operator: '柜员 7',
  inputs: { turnover: SENT },
  ...over,
});

/** As a bank's program does: over the network, with a token bound to its key. */
async function call(path: string, payload: object, token: string, key: string = randomUUID()) {
  const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': key });
  const url = new URL(`${publicUrl}/api/v1/${path}`);
  const body = JSON.stringify(payload);
  const response = await oauth.fetchProtectedResource(bank.config, token, url, 'POST', body, headers, {
    DPoP: bank.dpop,
  });
  const text = await response.text();
  const { error, ...answer } = JSON.parse(text) as HostedRunAnswer & { error?: { code: string } };
  return { status: response.status, code: error?.code, text, answer };
}

/** Nine more enterprises that the version has seen, so that its trial is long enough. */
async function seeNineMore(model: string): Promise<void> {
  await inTransaction(node.database, (tx) =>
    tx.rows(
      `insert into evaluation.hosted_shadow_runs
         (enterprise_id, run_id, model_hash, institution, outcome, score, active_score, at)
       select 900000 + n, 'dsc_seen', $1, 'bank', 'scored', 50, null, $2 from generate_series(1, 9) n`,
      [model, clock.now()],
    ),
  );
}

test('an institution’s machine brings a model, two persons approve it, and it scores under a consent', async () => {
  const ownToken = await getToken(bank);
  const uploaded = await call('models', taxUpload(), ownToken);
  assert.equal(uploaded.status, 200, uploaded.text);
  const { model } = uploaded.answer as unknown as { model: string };
  const at = `models/${model}`;
  assert.equal((await send('modeller', 'POST', `${at}/shadow`)).code, 'hosted.step_wrong');
  assert.deepEqual(await post('modeller', `${at}/validate`), { model, state: 'validated' });
  assert.deepEqual(await post('modeller', `${at}/shadow`), { model, state: 'shadow' });

  const token = await getToken(bank, consentId);
  const inShadow = await call('models/tax-card/runs', asked(), token);
  assert.partialDeepStrictEqual(inShadow.answer, { outcome: 'shadow', score: null, budget: { bits: 0 } });
  assert.equal((await send('risk', 'POST', `${at}/approve`)).code, 'hosted.shadow_too_short');
  await seeNineMore(model);
  const byBank = await post('risk', `${at}/approve`);
  assert.deepEqual(byBank, { model, state: 'shadow', approvals: ['institution'] });
  assert.equal(
    (await send('data', 'POST', `${at}/approve`)).code,
    'hosted.unknown',
    'whose it is must be said',
  );
  const byNode = await post('data', `${at}/approve?institution=bank`);
  assert.deepEqual(byNode, { model, state: 'active', approvals: ['institution', 'node'] });

  const key = randomUUID();
  const first = await call('models/tax-card/runs', asked(), token, key);
  assert.equal(first.status, 200, first.text);
  assert.partialDeepStrictEqual(first.answer, {
    institution: 'bank',
    outcome: 'scored',
    score: 20, // one penalty, taxes not known, the turnover
    model: { name: 'tax-card', version: 1, hash: model },
    reasons: [{ code: 'R1' }],
    budget: { datasets: [{ contract: 'n14_tax_declaration' }] },
    receipt: { kind: 'evaluation_run' },
  });
  assert.equal((await call('models/tax-card/runs', asked(), token, key)).text, first.text, 'once per key');

  const { models } = JSON.parse((await send('modeller', 'GET', 'models')).body) as { models: object[] };
  assert.partialDeepStrictEqual(models, [{ model, institution: 'bank', name: 'tax-card', state: 'active' }]);
  const card = await send('data', 'GET', `${at}/card?institution=bank`);
  assert.partialDeepStrictEqual(JSON.parse(card.body), {
    title: TAX_MANIFEST.title,
    inputs: TAX_MANIFEST.inputs,
    output: TAX_MANIFEST.output,
    shadow: { enterprises: 10, scored: 10 },
  });
  assert.deepEqual(await post('risk', `${at}/retire`), { model, state: 'retired' });
  assert.equal((await call('models/tax-card/runs', asked(), token)).code, 'hosted.not_running');
});

test('what does not hold is refused by its name, and another institution learns nothing of a model', async () => {
  const { model } = await post<{ model: string }>('modeller', 'models', taxUpload('other-card'));
  const codeOf = async (said: Promise<{ code: string | undefined }>) => (await said).code;
  const run = (token: string, over: object, name = 'other-card') =>
    codeOf(call(`models/${name}/runs`, asked(over), token));
  const upload = (body: object) => codeOf(send('modeller', 'POST', 'models', body));
  const { content, manifest } = taxUpload('third-card');
  assert.equal(await upload({ manifest: { ...manifest, extra: 1 }, content }), 'hosted.manifest_wrong');
  assert.equal(await upload(taxUpload('other-card')), 'hosted.exists');
  assert.equal(await upload({ manifest, content: 'no base64!' }), 'request.invalid');
  assert.equal(await upload({ manifest, content, extra: 1 }), 'request.invalid');
  const large = { manifest, content: Buffer.alloc(1024 ** 2 + 1).toString('base64') };
  assert.equal(await upload(large), 'hosted.too_large');

  for (const act of ['validate', 'shadow', 'approve', 'retire'])
    assert.equal(await codeOf(send('other-modeller', 'POST', `models/${model}/${act}`)), 'hosted.unknown');
  assert.equal(await codeOf(send('other-modeller', 'GET', `models/${model}/card`)), 'hosted.unknown');
  assert.deepEqual(JSON.parse((await send('other-modeller', 'GET', 'models')).body), { models: [] });
  assert.equal(
    (await send('inquirer', 'POST', 'models', taxUpload('fourth-card'))).status,
    403,
    'an inquirer brings no models',
  );

  const token = await getToken(bank, consentId);
  assert.equal(await run(token, {}), 'hosted.not_running');
  assert.equal(await run(await getToken(bank), {}), 'query.token_without_consent');
  assert.equal(await run(token, { purpose: 'curiosity' }), 'request.invalid');
  assert.equal(await run(token, { contracts: ['n08_penalty'] }), 'request.invalid');
  assert.equal(await run(token, {}, 'Other'), 'request.invalid');
  assert.equal((await app.inject({ url: '/api/v1/models' })).statusCode, 401);
});

test('an ONNX file of the largest size that is taken fits into the body of an upload', async () => {
  const manifest = { ...TAX_MANIFEST, name: 'wide', format: 'onnx' };
  const content = Buffer.alloc(4 * 1024 ** 2).toString('base64');
  const said = await send('modeller', 'POST', 'models', { manifest, content });
  assert.equal(said.code, 'hosted.manifest_wrong', 'the body was read; the manifest lacks its tensors');
});

test('what was sent with a call stands in no log line, and what was said in shadow goes after a quarter', async () => {
  assert.ok(lines.length > 0);
  assert.ok(!JSON.stringify(lines).includes(String(SENT)));
  const count = async () => {
    const { rows } = await node.database.pool.query<{ n: number }>(
      'select count(*)::integer as n from evaluation.hosted_shadow_runs',
    );
    return rows[0]?.n;
  };
  assert.equal(await sweepShadowRuns(node.database, clock), 0);
  assert.equal(await count(), 10);
  clock.advance(93 * 86_400_000);
  assert.equal(await sweepShadowRuns(node.database, clock), 10);
  assert.equal(await count(), 0);
});
