import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addPeople, CODE } from './consent-setting.ts';
import { addOperator, endingOf, openTestApp, signIn } from './http-node.ts';

const { app, node } = await openTestApp(endingOf(after));
await addPeople(node);
await addOperator(node);

const get = async (login: string, url: string) => {
  const answer = await app.inject({ method: 'GET', url, headers: { cookie: await signIn(app, login) } });
  return {
    status: answer.statusCode,
    body: answer.json<Record<string, unknown> & { error?: { code: string } }>(),
  };
};

test('the rules in force are for anyone signed in, and before anything is published there are none', async () => {
  assert.deepEqual((await get('inquirer', '/api/v1/whitelists')).body, { whitelists: [] });
  assert.equal((await app.inject({ method: 'GET', url: '/api/v1/whitelists' })).statusCode, 401);
});

test('snapshot and changes are for institutions that were pushed the list', async () => {
  for (const part of ['snapshot', 'changes?after=0.0']) {
    const url = `/api/v1/whitelists/steady_honest/${part}`;
    assert.equal((await get('inquirer', url)).body.error?.code, 'whitelists.not_for_you');
    assert.equal((await get('enterprise-a', url)).body.error?.code, 'admission.not_a_participant');
    assert.equal((await get('clerk', url)).body.error?.code, 'whitelists.role_without');
  }
});

test('an enterprise sees its own lists and says whether it takes part, another one does not', async () => {
  const url = `/api/v1/enterprises/${CODE}/whitelists`;
  assert.deepEqual((await get('enterprise-a', url)).body, { whitelists: [] });
  assert.equal((await get('enterprise-b', url)).body.error?.code, 'policy.own_record_only');
  const put = async (login: string) => {
    const headers = { cookie: await signIn(app, login), origin: 'http://127.0.0.1:8080' };
    return await app.inject({
      method: 'PUT',
      url: `${url}/steady_honest`,
      payload: { takesPart: false },
      headers,
    });
  };
  assert.match((await put('enterprise-b')).body, /policy\.whitelist_left_by_itself/);
  assert.match((await put('enterprise-a')).body, /whitelists\.unknown/);
});

test('a portrait is for the enterprise itself; an institution names its consent', async () => {
  const url = `/api/v1/enterprises/${CODE}/portrait`;
  const own = await get('enterprise-a', `${url}?months=1`);
  assert.equal(own.status, 200, JSON.stringify(own.body));
  assert.equal((own.body['indicators'] as readonly { values: unknown[] }[])[0]?.values.length, 2);
  assert.equal((await get('enterprise-b', url)).body.error?.code, 'policy.own_record_only');
  assert.equal((await get('inquirer', url)).body.error?.code, 'request.invalid');
  const named = `${url}?consentId=cns_${'0'.repeat(26)}&purpose=loan_origination&application=LN-1&operator=op`;
  assert.equal((await get('inquirer', named)).body.error?.code, 'policy.consent_missing');
});
