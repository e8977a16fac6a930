import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'openid-client';
import { type BankClient, freePort, openBank, registerBank } from '../support/oidc-client.ts';
import { addPeople, CODE, OTHER_CODE, requestOf } from './consent-setting.ts';
import { basic, endingOf, openTestApp, openTestClock, signIn } from './http-node.ts';

/** Well-formed, and in no register. */
const UNKNOWN_CODE = '91110108MA0ZZZZZ0X';
const ending = endingOf(after);
const clock = openTestClock();
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const issuer = `${publicUrl}/oidc`;
const { app, node } = await openTestApp(ending, { clock, publicUrl });
await addPeople(node);
await app.listen({ host: '127.0.0.1', port });
const bank = await openBank(issuer, await registerBank(node, { clientId: 'bank-app', redirectUris: [] }));

function detail(over: object = {}): object {
  const { enterprise: _, ...terms } = requestOf(clock);
  return { type: 'credit_information', ...terms, ...over };
}

function initiate(over: Record<string, string> = {}, { config }: BankClient = bank) {
  return oauth.initiateBackchannelAuthentication(config, {
    scope: 'openid',
    login_hint: CODE,
    authorization_details: JSON.stringify([detail()]),
    ...over,
  });
}

type Started = Awaited<ReturnType<typeof initiate>>;

/** Polls until there is an answer, or until `waitMs` has gone by without one. */
function poll(started: Started, { config, dpop }: BankClient = bank, waitMs = 20_000) {
  const signal = AbortSignal.timeout(waitMs);
  return oauth.pollBackchannelAuthenticationGrant(
    config,
    { ...started, interval: 1 },
    {},
    { DPoP: dpop, signal },
  );
}

/** One poll, as it comes: the error that says where the request stands. */
async function pollOnce(started: Started, client: BankClient = bank): Promise<string | undefined> {
  try {
    await oauth.genericGrantRequest(
      client.config,
      'urn:openid:params:grant-type:ciba',
      { auth_req_id: started.auth_req_id },
      { DPoP: client.dpop },
    );
    return undefined;
  } catch (error) {
    assert(error instanceof oauth.ResponseBodyError, String(error));
    return error.error;
  }
}

/** The newest consent that this enterprise finds among its own. */
async function newestConsent(login = 'enterprise-a'): Promise<{ consentId: string; state: string }> {
  const page = await app.inject({ url: '/consents', headers: { cookie: await signIn(app, login) } });
  const consentId = /\/consent\/(cns_[0-9a-z]{26})/.exec(page.body)?.[1] ?? '';
  const shown = await app.inject({
    url: `/api/v1/consents/${consentId}/words`,
    headers: { authorization: basic(login) },
  });
  return { consentId, ...shown.json<{ state: string }>() };
}

async function answer(act: 'grant' | 'reject', login = 'enterprise-a'): Promise<string> {
  const cookie = await signIn(app, login);
  const { consentId } = await newestConsent(login);
  const page = await app.inject({ url: `/consent/${consentId}`, headers: { cookie } });
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec(page.body)?.[1] ?? '';
  const done = await app.inject({
    method: 'POST',
    url: `/consent/${consentId}/${act}`,
    headers: { cookie, origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
    payload: act === 'grant' ? `digest=${digest}` : '',
  });
  assert.equal(done.statusCode, 303, done.body);
  return consentId;
}

async function count(): Promise<number> {
  const { rows } = await node.database.pool.query<{ n: number }>(
    'select count(*)::integer as n from consent.consents',
  );
  return rows[0]?.n ?? 0;
}

describe('consent without the bank’s screen (CIBA)', () => {
  it('is answered on the enterprise’s own page, and the token arrives by poll with the consent id', async () => {
    const started = await initiate({ binding_message: '核对码 4821' });
    assert.deepEqual(Object.keys(started).sort(), ['auth_req_id', 'expires_in']);
    assert.equal(started.expires_in, 86_400);
    assert.equal(await pollOnce(started), 'authorization_pending');
    const consentId = await answer('grant');
    const tokens = await poll(started);
    assert.deepEqual(tokens.authorization_details, [{ type: 'credit_information', consent_id: consentId }]);
    assert.equal(tokens.token_type, 'dpop');
    const claims = jose.decodeJwt(tokens.access_token);
    assert.deepEqual(claims.authorization_details, [{ type: 'credit_information', consent_id: consentId }]);
    const thumbprint = await jose.calculateJwkThumbprint(await jose.exportJWK(bank.proofKeys.publicKey));
    assert.deepEqual(claims.cnf, { jkt: thumbprint });
    const url = new URL(`${publicUrl}/api/v1/consents/${consentId}`);
    const read = await oauth.fetchProtectedResource(
      bank.config,
      tokens.access_token,
      url,
      'GET',
      undefined,
      undefined,
      { DPoP: bank.dpop },
    );
    assert.equal(((await read.json()) as { state: string }).state, 'active');
  });

  it('tells the bank whom it asked and nobody else', async () => {
    const started = await initiate();
    await answer('grant');
    const tokens = await poll(started);
    assert.equal(tokens.claims()?.sub, CODE);
    assert.deepEqual(Object.keys(tokens.claims() ?? {}).sort(), ['aud', 'exp', 'iat', 'iss', 'sub']);
    assert.equal(jose.decodeJwt(tokens.access_token).sub, CODE);
  });

  it('shows the enterprise the words that the bank shows too', async () => {
    await initiate({ binding_message: '核对码 7310' });
    const { consentId } = await newestConsent();
    const cookie = await signIn(app, 'enterprise-a');
    const page = await app.inject({ url: `/consent/${consentId}`, headers: { cookie } });
    assert.match(page.body, /核对码 7310/);
    const other = await app.inject({
      url: `/consent/${consentId}`,
      headers: { cookie: await signIn(app, 'enterprise-b') },
    });
    assert.doesNotMatch(other.body, /7310/);
  });

  it('ends with access_denied when the enterprise declines, and when it has revoked meanwhile', async () => {
    const declined = await initiate();
    await answer('reject');
    await assert.rejects(poll(declined), { error: 'access_denied' });
    const revoked = await initiate();
    const consentId = await answer('grant');
    const cookie = await signIn(app, 'enterprise-a');
    const payload = '';
    const headers = { cookie, origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' };
    await app.inject({ method: 'POST', url: `/consent/${consentId}/revoke`, headers, payload });
    assert.equal(await pollOnce(revoked), 'access_denied');
  });

  it('gives its tokens once, and to the client alone that asked', async () => {
    const started = await initiate();
    await answer('grant');
    const other = await openBank(issuer, await registerBank(node, { clientId: 'other-app' }));
    assert.equal(await pollOnce(started, other), 'invalid_grant');
    const polls = await Promise.all([pollOnce(started), pollOnce(started)]);
    assert.equal(polls.filter((error) => error === undefined).length, 1);
    assert.equal(await pollOnce(started), 'invalid_grant');
  });

  it('answers for an enterprise that is in no register as for one that never answers', async () => {
    const before = await count();
    const asked = await initiate({ login_hint: UNKNOWN_CODE, requested_expiry: '2' });
    assert.equal(await count(), before, 'nothing is written for it');
    const silent = await initiate({ login_hint: OTHER_CODE, requested_expiry: '2' });
    assert.equal(await count(), before + 1);
    assert.deepEqual(Object.keys(asked).sort(), Object.keys(silent).sort());
    assert.deepEqual([asked.expires_in, silent.expires_in], [2, 2]);
    assert.equal(asked.auth_req_id.length, silent.auth_req_id.length);
    for (const started of [asked, silent]) assert.equal(await pollOnce(started), 'authorization_pending');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    for (const started of [asked, silent]) assert.equal(await pollOnce(started), 'expired_token');
    clock.advance(3_000);
    assert.equal((await newestConsent('enterprise-b')).state, 'rejected', 'it can no longer be given');
    clock.advance(-3_000);
  });

  it('refuses what a redirect would refuse, before it looks for the enterprise', async () => {
    const before = await count();
    const wrong: readonly [Record<string, string>, string, RegExp][] = [
      [asking({ purpose: 'marketing' }), 'invalid_authorization_details', /consent\.purpose_unknown/],
      [asking({ extra: 1 }), 'invalid_authorization_details', /consent\.request_malformed/],
      [asking({ validTo: '2099-01-01' }), 'invalid_authorization_details', /consent\.above_bound/],
      [asking({ enterprise: OTHER_CODE }), 'invalid_request', /different enterprises/],
      [{ authorization_details: '[]' }, 'invalid_request', /authorization_details/],
      [{ login_hint: CODE.toLowerCase() }, 'invalid_request', /half-width capitals/],
      [{ login_hint: '９１１１０１０８ＭＡ０１ＡＢＣＤ３Ｎ' }, 'invalid_request', /half-width capitals/],
      [{ login_hint: '' }, 'invalid_request', /login_hint/],
      [{ binding_message: '<b>now</b>' }, 'invalid_binding_message', /punctuation/],
      [{ binding_message: 'x'.repeat(41) }, 'invalid_binding_message', /punctuation/],
      [{ user_code: '1234' }, 'invalid_request', /user_code/],
      [{ scope: 'credit' }, 'invalid_request', /openid/],
    ];
    for (const [over, code, said] of wrong) {
      for (const hint of [CODE, UNKNOWN_CODE]) {
        await assert.rejects(initiate({ login_hint: hint, ...over }), (error: oauth.ResponseBodyError) => {
          assert.equal(error.error, code, JSON.stringify(over));
          assert.match(error.error_description ?? '', said);
          return true;
        });
      }
    }
    assert.equal(await count(), before);
  });

  it('is not asked for by whoever is not admitted, with a leaf, and says nothing of the enterprise', async () => {
    await node.database.pool.query(
      "update platform.admissions set state = 'suspended' where participant_id = 'other-bank'",
    );
    const suspended = { clientId: 'suspended-app', participantId: 'other-bank' };
    const other = await openBank(issuer, await registerBank(node, suspended));
    const said = new Set<string>();
    for (const login_hint of [CODE, UNKNOWN_CODE]) {
      await assert.rejects(initiate({ login_hint }, other), (error: oauth.ResponseBodyError) => {
        said.add(`${error.error} ${error.error_description}`);
        return error.error === 'access_denied';
      });
    }
    assert.equal(said.size, 1);
    const { rows } = await node.database.pool.query<{ n: number }>(
      "select count(*)::integer as n from security.leaf_bodies where body like '%asker_not_admitted%'",
    );
    assert.equal(rows[0]?.n, 2);
  });

  it('is asked for under the client’s own signature alone', async () => {
    const { backchannel_authentication_endpoint: url = '' } = bank.config.serverMetadata();
    const body = new URLSearchParams({ client_id: 'bank-app', scope: 'openid', login_hint: CODE });
    const unsigned = await fetch(url, { method: 'POST', body });
    assert.equal(((await unsigned.json()) as { error: string }).error, 'invalid_client');
    const metadata = bank.config.serverMetadata();
    assert.deepEqual(metadata.backchannel_token_delivery_modes_supported, ['poll']);
    assert.equal(metadata.backchannel_user_code_parameter_supported, false);
  });

  it('binds the token to the key of the poll: without a proof there is none', async () => {
    const started = await initiate();
    await answer('grant');
    const bare = oauth.genericGrantRequest(bank.config, 'urn:openid:params:grant-type:ciba', {
      auth_req_id: started.auth_req_id,
    });
    await assert.rejects(bare, { error: 'invalid_grant' });
    assert.equal(await pollOnce(started), undefined, 'the request is still good for whoever proves a key');
  });
});

function asking(over: object): Record<string, string> {
  return { authorization_details: JSON.stringify([detail(over)]) };
}
