import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'openid-client';
import { inTransaction } from '#kernel';
import { findConsent } from '#consent';
import { openReader, type Page, pushRequest, redeem, valueOf } from '../support/oidc-browser.ts';
import {
  type BankClient,
  freePort,
  makeKeys,
  openBank,
  REDIRECT,
  registerBank,
} from '../support/oidc-client.ts';
import { addPeople, CODE, OTHER_CODE, requestOf } from './consent-setting.ts';
import { endingOf, openTestApp, openTestClock, PASSWORD } from './http-node.ts';

const ending = endingOf(after);
const clock = openTestClock();
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const { app, node } = await openTestApp(ending, { clock, publicUrl });
await addPeople(node);
await app.listen({ host: '127.0.0.1', port });
const registered = await registerBank(node, { clientId: 'bank-app' });
const bank = await openBank(`${publicUrl}/oidc`, registered);

const detail = (over: object = {}) => ({ type: 'credit_information', ...requestOf(clock), ...over });

/** To the page with the six lines, signed in as this enterprise. */
async function reach(client: BankClient, login = 'enterprise-a', asked: object = detail()) {
  const pushed = await pushRequest(client, asked);
  const reader = openReader(new URL(publicUrl));
  const form = await reader.open(pushed.url);
  const path = form.url.pathname.replace(/\/ask$/, '');
  const question = await reader.submit(form, `${path}/sign-in`, { login, password: PASSWORD });
  return { pushed, reader, path, question };
}

async function allow(client: BankClient, asked: object = detail()) {
  const { pushed, reader, path, question } = await reach(client, 'enterprise-a', asked);
  const back = await reader.submit(question, `${path}/allow`, { digest: valueOf(question, 'digest') });
  return { back: back.url, pushed };
}

function consentIdOf(answer: oauth.TokenEndpointResponse): string {
  const [granted] = answer.authorization_details ?? [];
  assert.deepEqual(Object.keys(granted ?? {}).sort(), ['consent_id', 'type']);
  const id = granted?.consent_id;
  assert(typeof id === 'string');
  return id;
}

describe('consent by redirect', () => {
  it('leads from a pushed request over six lines to a token that names the consent', async () => {
    const { pushed, reader, path, question } = await reach(bank);
    assert.equal(question.status, 200);
    assert.equal(question.text.match(/<li>/g)?.length, 6);
    assert.match(question.text, /京华银行/);
    const page: Page = await reader.submit(question, `${path}/allow`, {
      digest: valueOf(question, 'digest'),
    });
    assert.equal(`${page.url.origin}${page.url.pathname}`, REDIRECT);
    assert.equal(page.url.searchParams.get('iss'), `${publicUrl}/oidc`);
    const answer = await redeem(bank, page.url, pushed);
    assert.equal(answer.token_type, 'dpop');
    assert.equal(answer.expires_in, 300);
    const consentId = consentIdOf(answer);
    const record = await inTransaction(node.database, (tx) => findConsent(tx, clock, consentId));
    assert.deepEqual([record?.state, record?.givenHow], ['active', 'redirect']);
    const claims = jose.decodeJwt(answer.access_token);
    assert.deepEqual(claims.authorization_details, [{ type: 'credit_information', consent_id: consentId }]);
    assert.deepEqual(
      [claims.iss, claims.aud, claims.client_id],
      [`${publicUrl}/oidc`, `${publicUrl}/api`, 'bank-app'],
    );
    const thumbprint = await jose.calculateJwkThumbprint(await jose.exportJWK(bank.proofKeys.publicKey));
    assert.deepEqual(claims.cnf, { jkt: thumbprint });
    assert.equal(jose.decodeProtectedHeader(answer.access_token).typ, 'at+jwt');
  });

  it('gives each request a grant of its own, and ending one leaves the other', async () => {
    const [first, second] = [await allow(bank), await allow(bank)];
    const one = await redeem(bank, first.back, first.pushed);
    const two = await redeem(bank, second.back, second.pushed);
    assert.notEqual(consentIdOf(one), consentIdOf(two));
    const refresh = (token: string | undefined) =>
      oauth.refreshTokenGrant(bank.config, token ?? '', {}, { DPoP: bank.dpop });
    const renewed = await refresh(one.refresh_token);
    assert.equal(consentIdOf(renewed), consentIdOf(one));
    assert.equal(renewed.refresh_token, one.refresh_token, 'refresh tokens are not rotated');
    await oauth.tokenRevocation(bank.config, one.refresh_token ?? '');
    await assert.rejects(refresh(one.refresh_token), { error: 'invalid_grant' });
    assert.equal(consentIdOf(await refresh(two.refresh_token)), consentIdOf(two));
  });

  it('renews no token once the enterprise has revoked the consent', async () => {
    const { back, pushed } = await allow(bank);
    const answer = await redeem(bank, back, pushed);
    const { reader } = await reach(bank);
    const list = await reader.open(`${publicUrl}/consent/${consentIdOf(answer)}`);
    await reader.submit(list, `/consent/${consentIdOf(answer)}/revoke`, {});
    const renewal = oauth.refreshTokenGrant(bank.config, answer.refresh_token ?? '', {}, { DPoP: bank.dpop });
    await assert.rejects(renewal, { error: 'invalid_grant' });
  });

  it('takes the enterprise back with access_denied when it declines, and keeps that', async () => {
    const { reader, path, question } = await reach(bank);
    const page = await reader.submit(question, `${path}/refuse`, {});
    assert.equal(page.url.searchParams.get('error'), 'access_denied');
    assert.equal(page.url.searchParams.get('code'), null);
    const { rows } = await node.database.pool.query<{ id: string }>(
      'select consent_id as id from consent.consents order by consent_id desc limit 1',
    );
    const record = await inTransaction(node.database, (tx) => findConsent(tx, clock, rows[0]?.id ?? ''));
    assert.deepEqual([record?.state, record?.givenHow], ['rejected', 'redirect']);
  });

  it('grants once, however often the button is pressed', async () => {
    const count = async () =>
      (await node.database.pool.query<{ n: number }>('select count(*)::integer as n from consent.consents'))
        .rows[0]?.n ?? 0;
    const { pushed, reader, path, question } = await reach(bank);
    const before = await count();
    const digest = valueOf(question, 'digest');
    const presses = [1, 2, 3].map(() => reader.submit(question, `${path}/allow`, { digest }));
    const pages = await Promise.all(presses);
    assert.equal(await count(), before + 1);
    const back = pages.find(({ url }) => url.searchParams.has('code'));
    assert.ok(back !== undefined, 'and one of the presses is back at the bank with the code');
    await redeem(bank, back.url, pushed);
  });

  it('shows nothing to another browser, and nothing to someone who is no enterprise', async () => {
    const { path } = await reach(bank);
    const stranger = openReader(new URL(publicUrl));
    const form = await stranger.open(`${publicUrl}${path}/ask`);
    const asEnterprise = await stranger.submit(form, `${path}/sign-in`, {
      login: 'enterprise-b',
      password: PASSWORD,
    });
    assert.equal(asEnterprise.status, 410);
    assert.doesNotMatch(asEnterprise.text, /<li>/);
    const { question } = await reach(bank, 'clerk');
    assert.match(question.text, /Only an enterprise can give consent/);
    assert.doesNotMatch(question.text, /<li>/);
  });

  it('is not answered by another enterprise than the one asked', async () => {
    assert.notEqual(CODE, OTHER_CODE);
    const { question } = await reach(bank, 'enterprise-b');
    assert.equal(question.status, 403);
    assert.doesNotMatch(question.text, /<li>/);
  });

  it('is not answered from another site, nor for other words than were shown', async () => {
    const { reader, path, question } = await reach(bank);
    const forged = await reader.submit(question, `${path}/allow`, { digest: '0'.repeat(64) });
    assert.equal(forged.url.origin, publicUrl);
    assert.equal(forged.status, 409);
    const foreign = await fetch(`${publicUrl}${path}/allow`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: new URLSearchParams({ digest: valueOf(question, 'digest') }),
    });
    assert.equal(foreign.status, 403);
    const after = await reader.submit(question, `${path}/allow`, { digest: valueOf(question, 'digest') });
    assert.equal(after.url.origin, new URL(REDIRECT).origin, 'a refused answer leaves the question open');
  });

  it('sets no cookie that another site could use to act, and runs no script', async () => {
    const { url } = await pushRequest(bank, detail());
    const answer = await fetch(url, { redirect: 'manual' });
    const cookies = answer.headers.getSetCookie();
    assert.ok(cookies.length > 0);
    for (const cookie of cookies) assert.match(cookie, /samesite=lax; httponly/i);
    const page = await fetch(new URL(answer.headers.get('location') ?? '', publicUrl));
    const text = await page.text();
    assert.doesNotMatch(text, /<script|<style| style=/);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal(page.headers.get('cache-control'), 'no-store');
  });
});

describe('the authorization server', () => {
  const body = (over: Record<string, string>) => pushRequest(bank, detail(), over);

  it('takes pushed requests only', async () => {
    const url = oauth.buildAuthorizationUrl(bank.config, {
      redirect_uri: REDIRECT,
      code_challenge: await oauth.calculatePKCECodeChallenge(oauth.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
      authorization_details: JSON.stringify([detail()]),
    });
    const page = await openReader(new URL(publicUrl)).open(url);
    const said = page.url.searchParams.get('error_description') ?? page.text;
    assert.match(said, /Pushed Authorization Request/);
  });

  it('uses a pushed request once', async () => {
    const { pushed } = await allow(bank);
    const page = await openReader(new URL(publicUrl)).open(pushed.url);
    assert.match(page.url.searchParams.get('error') ?? page.text, /invalid_request_uri/);
  });

  it('wants PKCE by S256, a registered redirect address and a response type of code', async () => {
    await assert.rejects(body({ code_challenge_method: 'plain' }), { error: 'invalid_request' });
    await assert.rejects(body({ code_challenge: '' }), { error: 'invalid_request' });
    for (const redirect_uri of ['https://evil.example/cb', `${REDIRECT}/`, 'https://bank.example/CB'])
      await assert.rejects(body({ redirect_uri }), { error: 'invalid_request' });
    for (const response_type of ['token', 'id_token', 'code token']) {
      await assert.rejects(body({ response_type }), (error: { error: string }) =>
        ['unsupported_response_type', 'unauthorized_client', 'invalid_request'].includes(error.error),
      );
    }
  });

  it('refuses a consent request that the dictionary and the bounds do not take, and names why', async () => {
    const wrong: readonly [object, RegExp][] = [
      [detail({ purpose: 'marketing' }), /consent\.purpose_unknown/],
      [detail({ extra: 1 }), /consent\.request_malformed/],
      [detail({ validTo: '2099-01-01' }), /consent\.above_bound/],
      [{ type: 'payment_initiation' }, /unsupported authorization details type/],
      [{ type: 'credit_information', consent_id: 'cns_00000000000000000000000000' }, /token endpoint/],
    ];
    for (const [asked, said] of wrong) {
      await assert.rejects(pushRequest(bank, asked), (error: oauth.ResponseBodyError) => {
        assert.equal(error.error, 'invalid_authorization_details');
        assert.match(error.error_description ?? '', said);
        return true;
      });
    }
    const two = JSON.stringify([detail(), detail()]);
    await assert.rejects(body({ authorization_details: two }), { error: 'invalid_authorization_details' });
  });

  it('lets nobody in who asks for no consent', async () => {
    const pushed = await body({ authorization_details: '[]' });
    const page = await openReader(new URL(publicUrl)).open(pushed.url);
    assert.equal(page.url.searchParams.get('error'), 'invalid_request');
  });

  it('redeems a code once, for its own client, verifier and address, and within a minute', async () => {
    const once = await allow(bank);
    const answer = await redeem(bank, once.back, once.pushed);
    await assert.rejects(redeem(bank, once.back, once.pushed), { error: 'invalid_grant' });
    const renewal = oauth.refreshTokenGrant(bank.config, answer.refresh_token ?? '', {}, { DPoP: bank.dpop });
    await assert.rejects(renewal, { error: 'invalid_grant' }, 'a code used twice ends what it gave');
    const other = await openBank(`${publicUrl}/oidc`, await registerBank(node, { clientId: 'other-app' }));
    const stolen = await allow(bank);
    await assert.rejects(redeem(other, stolen.back, stolen.pushed), { error: 'invalid_grant' });
    const verifier = oauth.randomPKCECodeVerifier();
    const wrong = redeem(bank, stolen.back, { ...stolen.pushed, verifier });
    await assert.rejects(wrong, { error: 'invalid_grant' });
    const late = await allow(bank);
    clock.advance(61_000);
    await assert.rejects(redeem(bank, late.back, late.pushed), { error: 'invalid_grant' });
  });

  it('redeems a code for the key alone that pushed its request', async () => {
    const { back, pushed } = await allow(bank);
    const thief = { ...bank, dpop: oauth.getDPoPHandle(bank.config, await makeKeys()) };
    await assert.rejects(redeem(thief, back, pushed), { error: 'invalid_grant' });
  });

  it('takes no pushed request without the client’s own signature, and keeps one for minutes', async () => {
    const { pushed_authorization_request_endpoint: url = '' } = bank.config.serverMetadata();
    const body = new URLSearchParams({
      client_id: 'bank-app',
      response_type: 'code',
      redirect_uri: REDIRECT,
    });
    const answer = await fetch(url, { method: 'POST', body });
    assert.equal(answer.status, 401);
    assert.equal(((await answer.json()) as { error: string }).error, 'invalid_client');
    const { rows } = await node.database.pool.query<{ seconds: number }>(
      `select extract(epoch from max(expires_at) - $1::timestamptz)::integer as seconds
       from platform.oauth_state where model = 'PushedAuthorizationRequest'`,
      [clock.now()],
    );
    assert.ok((rows[0]?.seconds ?? 600) < 600);
  });

  it('sends browsers on by 303 alone', async () => {
    const { url } = await pushRequest(bank, detail());
    assert.equal((await fetch(url, { redirect: 'manual' })).status, 303);
  });

  it('redeems one of two codes that come at the same moment', async () => {
    const { back, pushed } = await allow(bank);
    const tries = await Promise.allSettled([redeem(bank, back, pushed), redeem(bank, back, pushed)]);
    assert.ok(tries.filter(({ status }) => status === 'fulfilled').length <= 1);
  });

  it('says of itself what FAPI 2.0 asks', async () => {
    const metadata = bank.config.serverMetadata();
    assert.equal(metadata.issuer, `${publicUrl}/oidc`);
    assert.equal(metadata.require_pushed_authorization_requests, true);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
    assert.deepEqual(metadata.token_endpoint_auth_methods_supported, ['private_key_jwt']);
    assert.deepEqual(metadata.response_types_supported, ['code']);
    assert.deepEqual(metadata.authorization_details_types_supported, ['credit_information']);
    assert.ok(!(metadata.grant_types_supported ?? []).some((type) => /implicit|password/.test(type)));
    for (const algorithm of metadata.dpop_signing_alg_values_supported ?? [])
      assert.match(algorithm, /^(ES256|PS256|EdDSA|Ed25519)$/);
    const insert = await fetch(`${publicUrl}/.well-known/oauth-authorization-server/oidc`);
    assert.equal(((await insert.json()) as { issuer: string }).issuer, `${publicUrl}/oidc`);
  });
});
