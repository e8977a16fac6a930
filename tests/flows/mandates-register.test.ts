import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { deliver } from '../support/lists.ts';
import { madeUpUscc } from '../../src/lists/check/check.test-support.ts';
import { addParticipants, dayFrom, requestOf } from './consent-setting.ts';
import { addPerson, basic, endingOf, openTestApp, openTestClock } from './http-node.ts';

const CODE = madeUpUscc(41);
const NAME = '北京甲科技有限公司';
const clock = openTestClock();
const { app, node } = await openTestApp(endingOf(after), { clock });
await inTransaction(node.database, addParticipants);

/** The registration as the authority delivers it. */
async function register(representative: string, scope = '软件开发'): Promise<string> {
  const receipt = await deliver(node.lists, {
    contract: 'n01_registration',
    content: `统一社会信用代码,企业名称,法定代表人,登记状态,成立日期,住所,经营范围\n${CODE},${NAME},${representative},存续,2015-03-01,北京市海淀区某路1号,${scope}\n`,
  });
  assert.equal(receipt.quarantined, 0, JSON.stringify(receipt));
  return receipt.state;
}

async function call(method: 'GET' | 'POST', url: string, login: string, payload?: object) {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization: basic(login) },
    ...(payload === undefined ? {} : { payload }),
  });
  const body = answer.json<Record<string, unknown> & { error?: { code: string } }>();
  return { status: answer.statusCode, code: body.error?.code ?? 'ok', body };
}

const MANDATES = `/api/v1/enterprises/${CODE}/mandates`;

/** A representative whose identity two officers have looked at. */
async function enterRepresentative(login: string): Promise<void> {
  const paper = { login, capacity: 'legal_representative', documentDigest: 'd'.repeat(64) };
  const entered = await call('POST', MANDATES, 'officer', paper);
  assert.equal(entered.code, 'ok', JSON.stringify(entered.body));
  const confirmed = await call(
    'POST',
    `${MANDATES}/${String(entered.body['mandateId'])}/confirm`,
    'officer2',
  );
  assert.equal(confirmed.code, 'ok');
}

/** Asked for by the bank, answered by this person; the code of the refusal or `ok`. */
async function grantAs(login: string): Promise<string> {
  const asked = await call('POST', '/api/v1/consents', 'inquirer', {
    ...requestOf(clock, { enterprise: CODE }),
    operator: '张三',
  });
  assert.equal(asked.code, 'ok', JSON.stringify(asked.body));
  const { consentId, digest } = asked.body;
  return (await call('POST', `/api/v1/consents/${String(consentId)}/grant`, login, { digest })).code;
}

async function stateOf(login: string): Promise<unknown> {
  const { body } = await call('GET', MANDATES, 'officer');
  const mandates = body['mandates'] as { login: string; state: string }[];
  return mandates.find((mandate) => mandate.login === login)?.state;
}

await register('张甲');
const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, CODE));
for (const login of ['officer', 'officer2'])
  await addPerson(node, { login, kind: 'operator', roles: ['admission_officer'] });
for (const login of ['boss', 'newboss'])
  await addPerson(node, { login, kind: 'enterprise', enterpriseId, roles: ['legal_representative'] });
await addPerson(node, { login: 'agent', kind: 'enterprise', enterpriseId, roles: ['agent'] });
await addPerson(node, {
  login: 'inquirer',
  kind: 'institution',
  roles: ['inquirer'],
  participantId: 'bank',
});

describe('when the register names another legal representative', () => {
  it('an agent under mandate gives consents until then', async () => {
    await enterRepresentative('boss');
    const granted = await call('POST', MANDATES, 'boss', {
      login: 'agent',
      scope: ['consent'],
      validTo: dayFrom(clock, 300),
    });
    assert.equal(granted.code, 'ok', JSON.stringify(granted.body));
    assert.equal(await grantAs('agent'), 'ok');
  });

  it('a correction of anything else, and a registration that does not name one, change nothing', async () => {
    assert.equal(await register('张甲', '软件开发；技术服务'), 'published');
    assert.equal(await register('', '软件开发'), 'published');
    assert.equal(await register('张甲', '软件开发'), 'published');
    assert.equal(await grantAs('agent'), 'ok');
  });

  it('mandates rest from the moment the corrected file is published, with a leaf each', async () => {
    assert.equal(await register('李乙'), 'published');
    assert.deepEqual([await stateOf('agent'), await stateOf('boss')], ['frozen', 'frozen']);
    assert.equal(await grantAs('agent'), 'mandate.frozen');
    assert.equal(await grantAs('boss'), 'mandate.frozen');
    const leaves = await inTransaction(node.database, (tx) =>
      tx.rows<{ reason: string; by: string }>(
        `select body::jsonb ->> 'reason' as reason, body::jsonb ->> 'by' as by
         from security.leaf_bodies where subject_id = $1 and body::jsonb ->> 'act' = 'mandate_frozen'`,
        [enterpriseId],
      ),
    );
    assert.deepEqual(
      leaves,
      [1, 2].map(() => ({ reason: 'representative_changed', by: 'system:register' })),
    );
  });

  it('the new representative confirms the agent, who gives consents again', async () => {
    await enterRepresentative('newboss');
    assert.equal(await grantAs('agent'), 'mandate.frozen', 'not confirmed by being there');
    const { body } = await call('GET', MANDATES, 'newboss');
    const frozen = (body['mandates'] as { mandateId: string; state: string }[]).find(
      ({ state }) => state === 'frozen',
    );
    assert.equal((await call('POST', `${MANDATES}/${frozen?.mandateId}/confirm`, 'newboss')).code, 'ok');
    assert.equal(await grantAs('agent'), 'ok');
    assert.equal(await grantAs('boss'), 'mandate.missing');
  });

  it('one who was named before a registration without a name is compared with the one after it', async () => {
    assert.equal(await register('', '软件开发'), 'published');
    assert.equal(await grantAs('agent'), 'ok');
    assert.equal(await register('王丙'), 'published');
    assert.equal(await grantAs('agent'), 'mandate.frozen');
  });
});
