/**
 * What must be refused, seen from outside: a bank's program on openid-client, an enterprise in a browser. One test for
 * each case; the first shows that the same calls succeed when nothing is wrong with them.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as oauth from 'openid-client';
import { inTransaction, toEnterpriseId } from '#kernel';
import { callAs, grantAs, read, recordRequests } from '../support/oidc-asks.ts';
import { openReader, pushRequest, valueOf } from '../support/oidc-browser.ts';
import { freePort, getToken, makeKeys, openBank, registerBank } from '../support/oidc-client.ts';
import { deliver } from '../support/lists.ts';
import { addMandate, addPeople, CODE, requestOf } from './consent-setting.ts';
import { addPerson, endingOf, openTestApp, openTestClock, PASSWORD } from './http-node.ts';

const FULL_WIDTH = '９１１１０１０８ＭＡ０１ＡＢＣＤ３Ｎ';
const ending = endingOf(after);
const clock = openTestClock();
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const issuer = `${publicUrl}/oidc`;
const { app, node } = await openTestApp(ending, { clock, publicUrl });
await addPeople(node);
await inTransaction(node.database, (tx) =>
  tx.rows(
    `insert into platform.participants
       (participant_id, kind, institution_type, parent_id, lineage, name_zh, name_en, made_by, made_at)
     values ('bank-west', 'institution', 'bank', 'bank', array['bank', 'bank-west'], '京华银行海淀支行', 'west', 'test', now())`,
    [],
  ),
);
await deliver(node.lists, {
  contract: 'n08_penalty',
  content: `统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期
${CODE},北京甲科技有限公司,京市监罚〔2026〕1号,案,罚款,1000,2026-02-01,2027-02-01
`,
});
await app.listen({ host: '127.0.0.1', port });
const bank = await openBank(issuer, await registerBank(node, { clientId: 'bank-app' }));
const east = await openBranch('bank-east');
const west = await openBranch('bank-west');

function openBranch(participantId: string) {
  return registerBank(node, { clientId: `${participantId}-app`, participantId }).then((registered) =>
    openBank(issuer, registered),
  );
}

const QUERIES = `${publicUrl}/api/v1/queries`;
const question = (consentId: string, over: object = {}) => ({
  enterprise: CODE,
  consentId,
  purpose: 'loan_origination',
  contracts: ['n08_penalty'],
  application: 'LN-1',
  operator: '客户经理 7',
  ...over,
});

/** A consent that the enterprise has given, and a token of the client for it. */
async function given(over: object = {}, client = bank) {
  const own = await getToken(client);
  const asked = await callAs(client, own, {
    url: `${publicUrl}/api/v1/consents`,
    body: requestOf(clock, over),
  });
  const { consentId } = asked.body as { consentId: string };
  assert.equal((await grantAs(publicUrl, 'enterprise-a', consentId)).status, 200);
  return { consentId, token: await getToken(client, consentId) };
}

const detail = (over: object = {}) => ({ type: 'credit_information', ...requestOf(clock), ...over });

async function refusedAtPush(over: object): Promise<string> {
  const error = await pushRequest(bank, detail(over)).then(
    () => assert.fail('the request was taken'),
    (reason: unknown) => reason,
  );
  assert(error instanceof oauth.ResponseBodyError);
  assert.equal(error.error, 'invalid_authorization_details');
  return error.error_description ?? '';
}

describe('a program is answered when everything holds, and refused', () => {
  it('— is answered', async () => {
    const { consentId, token } = await given();
    const answer = await callAs(bank, token, { url: QUERIES, body: question(consentId) });
    assert.equal(answer.status, 200);
    const [penalty] = (answer.body as { datasets: { outcome: string }[] }).datasets;
    assert.equal(penalty?.outcome, 'ok');
    assert.ok(await pushRequest(bank, detail()));
  });

  it('with a token without authorization_details', async () => {
    const { consentId } = await given();
    const answer = await callAs(bank, await getToken(bank), { url: QUERIES, body: question(consentId) });
    assert.deepEqual([answer.status, answer.code], [403, 'query.token_without_consent']);
  });

  it('with a token for another consent than the request names', async () => {
    const [first, second] = [await given(), await given()];
    const body = question(second.consentId);
    const answer = await callAs(bank, first.token, { url: QUERIES, body });
    assert.deepEqual([answer.status, answer.code], [403, 'query.token_of_other_consent']);
  });

  it('with an unknown field, in a pushed request and in a query', async () => {
    assert.match(await refusedAtPush({ note: 'please' }), /consent\.request_malformed/);
    const nested = { contracts: [{ id: 'n01_registration', note: 'please' }] };
    assert.match(await refusedAtPush(nested), /consent\.request_malformed/);
    const { consentId, token } = await given();
    const answer = await callAs(bank, token, { url: QUERIES, body: question(consentId, { note: 'please' }) });
    assert.deepEqual([answer.status, answer.code], [400, 'request.invalid']);
  });

  it('for a purpose outside the dictionary, in a pushed request and in a query', async () => {
    assert.match(await refusedAtPush({ purpose: 'marketing' }), /consent\.purpose_unknown/);
    assert.match(await refusedAtPush({ purpose: 'LOAN_ORIGINATION' }), /consent\.purpose_unknown/);
    const { consentId, token } = await given();
    for (const purpose of ['marketing', 'Loan_Origination', '贷前审批', '']) {
      const answer = await callAs(bank, token, { url: QUERIES, body: question(consentId, { purpose }) });
      assert.deepEqual([answer.status, answer.code], [400, 'request.invalid'], purpose);
    }
  });

  it('with a DPoP proof that was used, at the interface and at the token endpoint', async () => {
    const client = await openBank(issuer, await registerBank(node, { clientId: 'recorded-app' }));
    const sent = recordRequests(client);
    await getToken(client);
    const asked = sent.at(-1);
    assert.ok(asked !== undefined);
    const again = await fetch(asked.url, asked.init);
    assert.equal(again.status, 401, 'the assertion was used, and the proof');
    const { consentId, token } = await given({}, client);
    assert.equal((await callAs(client, token, { url: QUERIES, body: question(consentId) })).status, 200);
    const call = sent.at(-1);
    assert.ok(call !== undefined && call.url === QUERIES);
    const replayed = await read(await fetch(call.url, call.init));
    assert.deepEqual([replayed.status, replayed.code], [401, 'proof.replayed']);
  });

  it('with a stolen token, without its key', async () => {
    const { consentId, token } = await given();
    const body = question(consentId);
    const thief = { ...bank, dpop: oauth.getDPoPHandle(bank.config, await makeKeys()) };
    const otherKey = await callAs(thief, token, { url: QUERIES, body });
    assert.deepEqual([otherKey.status, otherKey.code], [401, 'proof.wrong_key']);
    const bare = await fetch(QUERIES, {
      method: 'POST',
      headers: { authorization: `DPoP ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal((await read(bare)).code, 'proof.missing');
    const bearer = await oauth
      .fetchProtectedResource(bank.config, token, new URL(QUERIES), 'POST', JSON.stringify(body))
      .catch((error: oauth.WWWAuthenticateChallengeError) => error.response);
    assert.deepEqual([bearer.status, (await read(bearer)).code], [401, 'token.wrong_scheme']);
  });

  it('under a consent of another branch', async () => {
    const { consentId, token } = await given({ branch: 'bank-east' }, east);
    const body = question(consentId);
    assert.equal((await callAs(east, token, { url: QUERIES, body })).status, 200);
    const foreign = await getToken(west, consentId);
    const refused = await callAs(west, foreign, { url: QUERIES, body });
    assert.deepEqual([refused.status, refused.code], [403, 'policy.consent_missing']);
    const naming = question(consentId, { branch: 'bank-east' });
    const named = await callAs(west, foreign, { url: QUERIES, body: naming });
    assert.deepEqual(
      [named.status, named.code],
      [422, 'admission.branch_unknown'],
      'nor as the other branch',
    );
    const head = await callAs(bank, await getToken(bank, consentId), { url: QUERIES, body });
    assert.deepEqual(
      [head.status, head.code],
      [403, 'policy.consent_missing'],
      'nor by the head office for itself',
    );
  });

  it('when who answers for the enterprise has a mandate that is out of date', async () => {
    const { rows } = await node.database.pool.query<{ id: string }>(
      "select enterprise_id as id from platform.accounts where login = 'enterprise-a'",
    );
    const enterpriseId = toEnterpriseId(rows[0]?.id ?? '');
    const accountId = await addPerson(node, { login: 'agent', kind: 'enterprise', enterpriseId });
    await inTransaction(node.database, (tx) =>
      addMandate(tx, { enterpriseId, accountId, capacity: 'agent', scope: ['consent'] }),
    );
    await node.database.pool.query('update platform.mandates set valid_to = $2 where account_id = $1', [
      accountId,
      new Date(clock.now().getTime() - 1_000),
    ]);
    const { url } = await pushRequest(bank, detail());
    const reader = openReader(new URL(publicUrl));
    const form = await reader.open(url);
    const path = form.url.pathname.replace(/\/ask$/, '');
    const asked = await reader.submit(form, `${path}/sign-in`, { login: 'agent', password: PASSWORD });
    const refused = await reader.submit(asked, `${path}/allow`, { digest: valueOf(asked, 'digest') });
    assert.deepEqual([refused.status, refused.url.origin], [403, publicUrl]);
    const own = await getToken(bank);
    const pending = await callAs(bank, own, { url: `${publicUrl}/api/v1/consents`, body: requestOf(clock) });
    const { consentId } = pending.body as { consentId: string };
    const answered = await grantAs(publicUrl, 'agent', consentId);
    assert.deepEqual([answered.status, answered.code], [403, 'mandate.expired']);
    await assert.rejects(getToken(bank, consentId), { error: 'invalid_grant' });
  });

  it('with a code in another case or width, by a code of its own', async () => {
    const { consentId, token } = await given();
    const own = await getToken(bank);
    for (const enterprise of [CODE.toLowerCase(), FULL_WIDTH, ` ${CODE}`, `${CODE.slice(0, 17)}n`]) {
      const asked = await callAs(bank, token, { url: QUERIES, body: question(consentId, { enterprise }) });
      assert.deepEqual([asked.status, asked.code], [422, 'register.code_form'], enterprise);
      assert.match(await refusedAtPush({ enterprise }), /register\.code_form/);
      const url = `${publicUrl}/api/v1/consents`;
      const consent = await callAs(bank, own, { url, body: requestOf(clock, { enterprise }) });
      assert.deepEqual([consent.status, consent.code], [422, 'register.code_form'], enterprise);
      const hinted = oauth.initiateBackchannelAuthentication(bank.config, {
        scope: 'openid',
        login_hint: enterprise,
        authorization_details: JSON.stringify([detail({ enterprise: undefined })]),
      });
      await assert.rejects(hinted, { error: 'invalid_request' });
    }
    const upper = await callAs(bank, token, { url: QUERIES, body: question(consentId.toUpperCase()) });
    assert.deepEqual(
      [upper.status, upper.code],
      [400, 'request.invalid'],
      'nor with the consent’s id in capitals',
    );
  });
});
