import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { decide, recordDisclosure, recordLeaf } from '#security';
import { openProcessing } from '../../src/entry/processing.ts';
import { continueNotices } from '#rights';
import { addPeople, callerOf, CODE, OTHER_CODE } from './consent-setting.ts';
import { addPerson, endingOf, openTestApp, signIn } from './http-node.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';

const { app, node } = await openTestApp(endingOf(after));
await addPeople(node);
for (const login of ['security', 'security-two'])
  await addPerson(node, { login, kind: 'operator', roles: ['security_admin'] });
const context = openProcessing(node);
const PENALTY = 'n08_penalty';
const REPRESENTATIVE = '测试人甲';
const HOUR_MS = 3_600_000;

type Body = Record<string, unknown> & { error?: { code: string } };
type Id = { readonly id: string };

async function call(login: string, url: string, payload?: object): Promise<{ status: number; body: Body }> {
  const headers = { cookie: await signIn(app, login), origin: 'http://127.0.0.1:8080' };
  const asked = payload === undefined ? { method: 'GET' as const } : { method: 'POST' as const, payload };
  const answer = await app.inject({ ...asked, url, headers });
  return { status: answer.statusCode, body: answer.json<Body>() };
}

async function done(login: string, url: string, payload: object): Promise<Body> {
  const { status, body } = await call(login, url, payload);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const codeOf = async (login: string, url: string, payload: object): Promise<string | undefined> =>
  (await call(login, url, payload)).body.error?.code;
const step = (act: string, words = '已办理', regulator?: string) => ({
  act,
  words,
  ...(regulator !== undefined && { regulator }),
});
const NOTICE = {
  information: '登记和处罚信息',
  cause: '账号被盗用',
  harm: '可能被用于诈骗',
  measures: '账号已停用',
  advice: '留意可疑来电',
  contact: '010-12345',
};

/** Two penalties of the one enterprise that name one person; one answer of it left to the bank. */
await inTransaction(node.database, async (tx) => {
  const contract = node.lists.catalogue.contracts.get(PENALTY) ?? assert.fail();
  const at = node.clock.now();
  const knownFrom = new Date(at.getTime() - HOUR_MS);
  const deliveryNo = await addDelivery(tx, contract, knownFrom);
  for (const [code, numbers] of [
    [CODE, ['罚1', '罚2']],
    [OTHER_CODE, ['罚3']],
  ] as const) {
    const { enterpriseId } = await findEnterprise(tx, code);
    const records = numbers.map((decision_no, n) => ({
      enterpriseId,
      deliveryNo,
      rowNo: n,
      knownFrom,
      values: {
        decision_no,
        penalty_kind: 'fine',
        decided_on: '2026-10-12',
        penalised_representative: REPRESENTATIVE,
      },
    }));
    await addRecords(tx, contract, records);
    if (code !== CODE) continue;
    const asked = { caller: callerOf({}), purpose: 'public_report', subject: enterpriseId } as const;
    const permit = decide(tx, context.policies, { ...asked, contracts: [contract], asOf: { knownAt: at } });
    const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'answer', at, body: {} });
    const contents = { contracts: [PENALTY], contentDigest: 'sha256:00', institution: 'bank' };
    await recordDisclosure(tx, { permit, kind: 'answer', ...contents, receiptId, at });
  }
});

async function open(): Promise<string> {
  const noticedAt = new Date(node.clock.now().getTime() - 1_000).toISOString();
  const opened = await done('security', '/api/v1/incidents', { kind: 'leak', noticedAt, what: '账号被盗用' });
  assert.equal(typeof opened['regulatorsDueOn'], 'string');
  return String(opened['incidentId']);
}

const span = () => ({
  contracts: [PENALTY],
  from: new Date(node.clock.now().getTime() - 2 * HOUR_MS).toISOString(),
  to: new Date(node.clock.now().getTime() + HOUR_MS).toISOString(),
});

test('an incident goes from notice to closing, tells whom it concerns, and shows no value', async () => {
  const id = await open();
  const path = `/api/v1/incidents/${id}`;
  const steps = `${path}/steps`;
  assert.equal(await codeOf('security', `${path}/notices`, NOTICE), 'incidents.not_now', 'nobody knows whom');
  const left = { ...span(), basis: 'disclosures', participants: ['bank'] };
  const scoped = await done('security', `${path}/scope`, left);
  assert.deepEqual(scoped, { enterprises: 1, disclosures: 1, records: 2, persons: 1, soleTraders: 0 });
  const nobody = await done('security', `${path}/scope`, { ...left, participants: ['other-bank'] });
  assert.equal(nobody['enterprises'], 0);
  await done('security', `${path}/scope`, left);
  await done('security', steps, step('regulator_told', '已报告', 'cyberspace'));
  assert.equal(
    await codeOf('security', steps, step('regulator_told', '已报告', 'nobody')),
    'incidents.regulator_unknown',
  );
  assert.equal(
    await codeOf('security', steps, step('closing_proposed')),
    'incidents.not_now',
    'nobody was told',
  );
  assert.deepEqual(await done('security', `${path}/notices`, NOTICE), { told: 1 });
  assert.deepEqual(await continueNotices(context), { told: 0 });
  await done('security', steps, step('measure'));
  await done('security', steps, step('closing_proposed'));
  assert.equal(await codeOf('security', steps, step('closed')), 'policy.incident_two_persons');
  const closed = await done('security-two', steps, step('closed'));
  assert.equal(closed['state'], 'closed');
  assert.equal(await codeOf('security', steps, step('measure')), 'incidents.not_now');
  const text = JSON.stringify(closed);
  assert.equal(text.includes(REPRESENTATIVE) || text.includes(CODE), false);
  const receipts = (closed['steps'] as { receiptId: string }[]).map(({ receiptId }) => receiptId);
  const bodies = await inTransaction(node.database, (tx) =>
    tx.rows<Id & { body: string }>(
      'select receipt_id as id, body from security.leaf_bodies where receipt_id = any($1)',
      [receipts],
    ),
  );
  assert.equal(bodies.length, receipts.length, 'each step is a leaf');
  assert.ok(
    bodies.every(({ body }) => !body.includes('账号')),
    'with digests of the words',
  );
});

test('the enterprise finds its notice among everything and acknowledges it; others find none', async () => {
  const own = await call('enterprise-a', `/api/v1/enterprises/${CODE}/everything?part=incidents`);
  assert.equal(own.status, 200, JSON.stringify(own.body));
  const text = JSON.stringify(own.body);
  assert.ok(text.includes(NOTICE.advice) && text.includes(NOTICE.contact));
  const id = /inc_[0-9a-z]{26}/.exec(text)?.[0] ?? assert.fail();
  const path = (code: string) => `/api/v1/enterprises/${code}/incidents/${id}/acknowledged`;
  const first = await done('enterprise-a', path(CODE), {});
  assert.deepEqual(await done('enterprise-a', path(CODE), {}), first, 'the first time stands');
  assert.equal(await codeOf('enterprise-b', path(OTHER_CODE), {}), 'incidents.notice_unknown');
  assert.equal(await codeOf('enterprise-b', path(CODE), {}), 'security.not_permitted');
  const head = await call('security', `/api/v1/incidents/${id}`);
  assert.deepEqual([head.body['told'], head.body['acknowledged']], [1, 1]);
});

test('what the node itself holds is scoped by records, and not to tell takes a reason and two persons', async () => {
  const id = await open();
  const path = `/api/v1/incidents/${id}`;
  const steps = `${path}/steps`;
  const scoped = await done('security', `${path}/scope`, { ...span(), basis: 'records' });
  assert.deepEqual(scoped, { enterprises: 2, disclosures: 0, records: 3, persons: 2, soleTraders: 0 });
  const one = await done('security', `${path}/scope`, {
    ...span(),
    basis: 'records',
    enterprises: [OTHER_CODE],
  });
  assert.deepEqual([one['enterprises'], one['records'], one['persons']], [1, 1, 1]);
  const field = `${PENALTY}.decision_no`;
  const narrow = await done('security', `${path}/scope`, { ...span(), basis: 'records', fields: [field] });
  assert.deepEqual([narrow['enterprises'], narrow['persons']], [2, 0], 'no field of a person');
  const wrong = { ...span(), basis: 'records', fields: [`${PENALTY}.no_such`] };
  assert.equal(await codeOf('security', `${path}/scope`, wrong), 'incidents.scope_not_valid');
  assert.equal(await codeOf('security', steps, step('withholding_proposed', ' ')), 'incidents.words_missing');
  await done('security', steps, step('withholding_proposed', '数据已加密，密钥未泄露'));
  assert.equal(await codeOf('security', steps, step('withholding_approved')), 'policy.incident_two_persons');
  const withheld = await done('security-two', steps, step('withholding_approved'));
  assert.equal(withheld['state'], 'not_told');
  await done('security', steps, step('notice_ordered', '要求通知', 'cyberspace'));
  assert.equal(await codeOf('security', steps, step('withholding_proposed')), 'incidents.not_now');
  assert.deepEqual(await done('security', `${path}/notices`, NOTICE), { told: 2 });
  const future = new Date(node.clock.now().getTime() + HOUR_MS).toISOString();
  assert.equal(
    await codeOf('security', '/api/v1/incidents', { kind: 'loss', noticedAt: future, what: '丢失' }),
    'incidents.instant_not_valid',
  );
});
