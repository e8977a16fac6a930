import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'openid-client';
import { inTransaction } from '#kernel';
import { disableClient, rotateClientKey, sweepIdentity } from '#platform';
import {
  actingOn,
  type Algorithm,
  freePort,
  getToken,
  grantOf,
  type KeyPair,
  makeKeys,
  makeProof,
  openBank,
  type ProofOver,
  registerBank,
} from '../support/oidc-client.ts';
import { addPeople, requestOf } from './consent-setting.ts';
import { basic, endingOf, openTestApp, openTestClock } from './http-node.ts';

const ending = endingOf(after);
const clock = openTestClock();
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const issuer = `${publicUrl}/oidc`;
const { app, node } = await openTestApp(ending, { clock, publicUrl });
await addPeople(node);
await app.listen({ host: '127.0.0.1', port });
const bank = await openBank(issuer, await registerBank(node, { clientId: 'bank-app' }));

const PATH = '/api/v1/lists';
const TARGET = `${publicUrl}${PATH}`;

/** One call by hand; answers with status, refusal code and what the header says. */
async function call(headers: Record<string, string>, { url = TARGET, method = 'GET' } = {}) {
  const answer = await fetch(url, { method, headers });
  const body = (await answer.json()) as { error?: { code: string } };
  return {
    status: answer.status,
    code: body.error?.code,
    challenge: answer.headers.get('www-authenticate'),
    nonce: answer.headers.get('dpop-nonce') ?? '',
  };
}

async function callWith(
  token: string,
  keys: KeyPair,
  over: ProofOver & { url?: string; method?: string } = {},
) {
  const at = { method: over.method ?? 'GET', url: over.url ?? TARGET };
  const proof = await makeProof(
    keys,
    { method: 'GET', url: TARGET, token, nonce: node.identity.nonce() },
    over,
  );
  return await call({ authorization: `DPoP ${token}`, dpop: proof }, at);
}

/** A token signed as the node signs, with these claims over a good one’s. */
async function signToken(claims: object, header: object = {}): Promise<string> {
  const key = node.keys.get('oidc');
  const good = jose.decodeJwt(await getToken(bank));
  return await new jose.SignJWT({ ...good, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header })
    .sign(key.privateKey);
}

describe('a call under a token', () => {
  it('is taken with a fresh proof, through a client that knows nothing of us', async () => {
    const token = await getToken(bank);
    for (const query of ['', '?a=1&b=2']) {
      const url = new URL(`${TARGET}${query}`);
      const answer = await oauth.fetchProtectedResource(
        bank.config,
        token,
        url,
        'GET',
        undefined,
        undefined,
        { DPoP: bank.dpop },
      );
      assert.equal(answer.status, 200);
      assert.ok(answer.headers.get('dpop-nonce'));
    }
  });

  it('is taken with any of the accepted algorithms', async () => {
    for (const algorithm of ['ES256', 'PS256', 'EdDSA'] satisfies Algorithm[]) {
      const client = { clientId: `bank-${algorithm.toLowerCase()}`, algorithm };
      const other = await openBank(issuer, await registerBank(node, client));
      const answer = await oauth.fetchProtectedResource(
        other.config,
        await getToken(other),
        new URL(TARGET),
        'GET',
        undefined,
        undefined,
        { DPoP: other.dpop },
      );
      assert.equal(answer.status, 200, algorithm);
    }
  });

  it('is refused without token or proof, and under Bearer', async () => {
    const token = await getToken(bank);
    const proof = await makeProof(bank.proofKeys, {
      method: 'GET',
      url: TARGET,
      token,
      nonce: node.identity.nonce(),
    });
    const missing = await call({ dpop: proof });
    assert.deepEqual([missing.status, missing.code], [401, 'token.missing']);
    assert.equal(missing.challenge, 'DPoP algs="ES256 PS256 EdDSA Ed25519"');
    const bearer = await call({ authorization: `Bearer ${token}`, dpop: proof });
    assert.deepEqual([bearer.status, bearer.code], [401, 'token.wrong_scheme']);
    const bare = await call({ authorization: `DPoP ${token}` });
    assert.deepEqual([bare.status, bare.code], [401, 'proof.missing']);
    assert.match(bare.challenge ?? '', /^DPoP error="invalid_dpop_proof"/);
    const twice = await call({ authorization: `DPoP ${token}`, dpop: `${proof},${proof}` });
    assert.equal(twice.code, 'proof.malformed');
  });

  it('is not taken with its token in the address', async () => {
    const url = `${TARGET}?access_token=${await getToken(bank)}`;
    assert.deepEqual((await call({}, { url })).code, 'account.not_signed_in');
  });

  it('names each fault of a token by its own code', async () => {
    const past = Math.floor(clock.now().getTime() / 1_000) - 1;
    const stranger = await makeKeys();
    const good = jose.decodeJwt(await getToken(bank));
    const foreign = await new jose.SignJWT(good)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: node.keys.get('oidc').kid })
      .sign(stranger.privateKey);
    const faults: readonly [string, string][] = [
      ['rubbish', 'token.malformed'],
      ['a.b.c', 'token.malformed'],
      [`${'a'.repeat(5_000)}`, 'token.malformed'],
      [await signToken({}, { typ: 'JWT' }), 'token.wrong_type'],
      [await signToken({}, { kid: 'unknown' }), 'token.bad_signature'],
      [foreign, 'token.bad_signature'],
      [await signToken({ iss: 'https://other.example/oidc' }), 'token.wrong_issuer'],
      [await signToken({ aud: 'https://other.example/api' }), 'token.wrong_audience'],
      [await signToken({ aud: [`${publicUrl}/api`, 'https://other.example'] }), 'token.wrong_audience'],
      [await signToken({ exp: past }), 'token.expired'],
      [await signToken({ exp: undefined }), 'token.expired'],
      [await signToken({ cnf: undefined }), 'token.unbound'],
      [await signToken({ client_id: 'nobody' }), 'token.client_disabled'],
    ];
    for (const [token, code] of faults) {
      const answer = await callWith(token, bank.proofKeys);
      assert.deepEqual([answer.status, answer.code], [401, code], token.slice(0, 40));
      assert.match(
        answer.challenge ?? '',
        new RegExp(`^DPoP error="invalid_token", error_description="${code}"`),
      );
    }
  });

  it('takes no unsigned token, nor one signed with the public key as a secret', async () => {
    const good = jose.decodeJwt(await getToken(bank));
    const none = new jose.UnsecuredJWT(good).encode();
    const { kid, publicKey } = node.keys.get('oidc');
    const secret = new TextEncoder().encode(publicKey.export({ format: 'pem', type: 'spki' }).toString());
    const hmac = await new jose.SignJWT(good)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
      .sign(secret);
    for (const token of [none, hmac]) {
      const { status, code } = await callWith(token, bank.proofKeys);
      assert.equal(status, 401);
      assert.ok(code === 'token.malformed' || code === 'token.bad_signature', code);
    }
  });

  it('names each fault of a proof by its own code', async () => {
    const token = await getToken(bank);
    const keys = bank.proofKeys;
    const now = Math.floor(clock.now().getTime() / 1_000);
    const thief = await makeKeys();
    const faults: readonly [string, ProofOver & { url?: string; method?: string }][] = [
      ['proof.wrong_type', { header: { typ: 'JWT' } }],
      ['proof.wrong_algorithm', { header: { jwk: { kty: 'oct', k: undefined } } }],
      ['proof.private_key', { header: { jwk: await jose.exportJWK(keys.privateKey) } }],
      ['proof.bad_signature', { signer: thief.privateKey }],
      [
        'proof.wrong_key',
        { header: { jwk: await jose.exportJWK(thief.publicKey) }, signer: thief.privateKey },
      ],
      ['proof.wrong_method', { claims: { htm: 'POST' } }],
      ['proof.wrong_method', { claims: { htm: 'get' } }],
      ['proof.wrong_target', { claims: { htu: `${publicUrl}/api/v1/deliveries` } }],
      ['proof.wrong_target', { claims: { htu: `https://127.0.0.1:${port}${PATH}` } }],
      ['proof.wrong_target', { url: `${publicUrl}/api/v1/deliveries` }],
      ['proof.wrong_target', { claims: { htu: 7 } }],
      ['proof.stale', { claims: { iat: now - 400 } }],
      ['proof.stale', { claims: { iat: now + 400 } }],
      ['proof.malformed', { claims: { iat: 'now' } }],
      ['proof.malformed', { claims: { jti: '' } }],
      ['proof.malformed', { claims: { jti: 'x'.repeat(300) } }],
      ['proof.wrong_token', { claims: { ath: undefined } }],
      ['proof.wrong_token', { claims: { ath: 'x' } }],
      ['proof.nonce', { claims: { nonce: undefined } }],
      ['proof.nonce', { claims: { nonce: 'made-up' } }],
    ];
    for (const [code, over] of faults) {
      const answer = await callWith(token, keys, over);
      assert.deepEqual([answer.status, answer.code], [401, code], JSON.stringify(over.claims ?? over.header));
      const error = code === 'proof.nonce' ? 'use_dpop_nonce' : 'invalid_dpop_proof';
      assert.match(answer.challenge ?? '', new RegExp(`^DPoP error="${error}"`));
      assert.notEqual(answer.nonce, '');
    }
  });

  it('takes an address that is written otherwise for the same one', async () => {
    const token = await getToken(bank);
    for (const htu of [
      `${TARGET}?q=1#f`,
      `HTTP://127.0.0.1:${port}${PATH}`,
      `${publicUrl}/api/v1/x/../lists`,
    ])
      assert.equal((await callWith(token, bank.proofKeys, { claims: { htu } })).status, 200, htu);
  });

  it('takes a proof once, also of many calls at the same moment', async () => {
    const token = await getToken(bank);
    const proof = await makeProof(bank.proofKeys, {
      method: 'GET',
      url: TARGET,
      token,
      nonce: node.identity.nonce(),
    });
    const headers = { authorization: `DPoP ${token}`, dpop: proof };
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(headers)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.equal(answers.filter(({ code }) => code === 'proof.replayed').length, 7);
    assert.equal((await call(headers)).code, 'proof.replayed');
  });

  it('is refused when its nonce has ended, and goes on with the one it is given', async () => {
    const token = await getToken(bank);
    const nonce = node.identity.nonce();
    clock.advance(4.5 * 60_000);
    const claims = { nonce, iat: Math.floor(clock.now().getTime() / 1_000) };
    const ended = await callWith(token, bank.proofKeys, { claims });
    assert.equal(ended.code, 'proof.nonce');
    const again = await callWith(token, bank.proofKeys, { claims: { ...claims, nonce: ended.nonce } });
    assert.equal(again.status, 200);
    clock.advance(31_000);
    const late = { nonce: again.nonce, iat: Math.floor(clock.now().getTime() / 1_000) };
    assert.equal((await callWith(token, bank.proofKeys, { claims: late })).code, 'token.expired');
    clock.advance(-4.5 * 60_000 - 31_000);
  });

  it('forgets used proofs and old state when they cannot be used again', async () => {
    const count = async () => {
      const { rows } = await node.database.pool.query<{ n: number }>(
        'select count(*)::integer as n from platform.used_proofs',
      );
      return rows[0]?.n ?? 0;
    };
    assert.ok((await count()) > 0);
    await sweepIdentity(node.database, clock);
    const before = await count();
    assert.ok(before > 0, 'what could be used again stays');
    clock.advance(11 * 60_000);
    assert.ok((await sweepIdentity(node.database, clock)) >= before);
    assert.equal(await count(), 0);
    clock.advance(-11 * 60_000);
  });
});

describe('a client', () => {
  it('gets a token that names a consent only for one of its own that is in force', async () => {
    const asked = await fetch(`${publicUrl}/api/v1/consents`, {
      method: 'POST',
      headers: { authorization: basic('inquirer'), 'content-type': 'application/json' },
      body: JSON.stringify(requestOf(clock, { platforms: ['platform'] })),
    });
    const { consentId } = (await asked.json()) as { consentId: string };
    await assert.rejects(grantOf(bank, consentId), { error: 'invalid_grant' });
    const words = await fetch(`${publicUrl}/api/v1/consents/${consentId}/words`, {
      headers: { authorization: basic('enterprise-a') },
    });
    const { digest } = (await words.json()) as { digest: string };
    const granted = await fetch(`${publicUrl}/api/v1/consents/${consentId}/grant`, {
      method: 'POST',
      headers: { authorization: basic('enterprise-a'), 'content-type': 'application/json' },
      body: JSON.stringify({ digest }),
    });
    assert.equal(granted.status, 200);
    const answer = await grantOf(bank, consentId);
    assert.deepEqual(answer.authorization_details, [{ type: 'credit_information', consent_id: consentId }]);
    const platform = { clientId: 'platform-app', participantId: 'platform' };
    const named = await openBank(issuer, await registerBank(node, platform));
    assert.ok(await grantOf(named, consentId));
    const stranger = { clientId: 'stranger-app', participantId: 'other-bank' };
    const other = await openBank(issuer, await registerBank(node, stranger));
    await assert.rejects(grantOf(other, consentId), (error: oauth.ResponseBodyError) => {
      assert.equal(error.error, 'invalid_authorization_details');
      assert.match(error.error_description ?? '', /consent\.unknown/);
      return true;
    });
  });

  it('acts for its own participant as a machine, and names no consent without one', async () => {
    const claims = jose.decodeJwt(await getToken(bank));
    assert.equal(claims.authorization_details, undefined);
    const token = await getToken(bank);
    const proof = await makeProof(bank.proofKeys, {
      method: 'GET',
      url: TARGET,
      token,
      nonce: node.identity.nonce(),
    });
    const dpop = { authorization: `DPoP ${token}`, dpop: proof, method: 'GET', url: `${PATH}?x=1` };
    const found = await node.identity.verifyCallStateless(dpop);
    const { id, kind, roles, participantId, enterpriseId } = found.caller;
    assert.deepEqual(
      { id, kind, roles, participantId, enterpriseId },
      {
        id: 'client:bank-app',
        kind: 'institution',
        roles: ['machine'],
        participantId: 'bank',
        enterpriseId: null,
      },
    );
    assert.deepEqual(found.consentIds, []);
  });

  it('gets no token by another audience, without a proof, or by a secret', async () => {
    const { config, dpop } = bank;
    const resource = 'https://other.example/api';
    await assert.rejects(oauth.clientCredentialsGrant(config, { resource }, { DPoP: dpop }), {
      error: 'invalid_target',
    });
    await assert.rejects(oauth.clientCredentialsGrant(config), { error: 'invalid_grant' });
    const secret = await oauth.discovery(
      new URL(issuer),
      'bank-app',
      undefined,
      oauth.ClientSecretPost('secret'),
      {
        execute: [oauth.allowInsecureRequests],
      },
    );
    await assert.rejects(oauth.clientCredentialsGrant(secret, {}, { DPoP: dpop }), {
      error: 'invalid_client',
    });
  });

  it('signs with its own key, for this server alone, and for minutes only', async () => {
    const registered = await registerBank(node, { clientId: 'strict-app' });
    const ask = async (claims: object, signer = registered.keys.privateKey) => {
      const kid = await jose.calculateJwkThumbprint(await jose.exportJWK(registered.keys.publicKey));
      const now = Math.floor(Date.now() / 1_000);
      const assertion = await new jose.SignJWT({
        iss: 'strict-app',
        sub: 'strict-app',
        aud: issuer,
        jti: crypto.randomUUID(),
        iat: now,
        exp: now + 60,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid })
        .sign(signer);
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'strict-app',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      });
      const url = `${issuer}/token`;
      const proof = await makeProof(registered.keys, {
        method: 'POST',
        url,
        token: '',
        nonce: node.identity.nonce(),
      });
      const send = (dpop: string) => fetch(url, { method: 'POST', body, headers: { dpop } });
      const answer = await send(proof);
      return { status: answer.status, error: ((await answer.json()) as { error?: string }).error, send };
    };
    const good = await ask({});
    assert.equal(good.status, 200);
    const replayed = await good.send(
      await makeProof(registered.keys, {
        method: 'POST',
        url: `${issuer}/token`,
        token: '',
        nonce: node.identity.nonce(),
      }),
    );
    assert.equal(
      ((await replayed.json()) as { error: string }).error,
      'invalid_client',
      'an assertion is used once',
    );
    const now = Math.floor(Date.now() / 1_000);
    for (const claims of [
      { aud: `${issuer}/token` },
      { aud: [issuer] },
      { aud: 'https://other.example' },
      { exp: now + 3_600 },
      { exp: now - 60 },
      { iss: 'bank-app' },
    ]) {
      assert.equal((await ask(claims)).error, 'invalid_client', JSON.stringify(claims));
    }
    assert.equal((await ask({}, (await makeKeys()).privateKey)).error, 'invalid_client');
  });

  it('changes its key by adding one, and the old one ends when it is retired', async () => {
    const old = await registerBank(node, { clientId: 'rotating-app' });
    const next = { ...old, keys: await makeKeys() };
    const jwk = await jose.exportJWK(next.keys.publicKey);
    const rotate = (rotation: { key?: unknown; retire?: string }) =>
      inTransaction(node.database, (tx) =>
        rotateClientKey(tx, actingOn(node), { clientId: 'rotating-app', ...rotation }),
      );
    await assert.rejects(getToken(await openBank(issuer, next)), { error: 'invalid_client' });
    await rotate({ key: jwk });
    assert.ok(await getToken(await openBank(issuer, old)));
    assert.ok(await getToken(await openBank(issuer, next)));
    await assert.rejects(rotate({ key: jwk }), { code: 'client.key_known' });
    const retire = await jose.calculateJwkThumbprint(await jose.exportJWK(old.keys.publicKey));
    await rotate({ retire });
    await assert.rejects(getToken(await openBank(issuer, old)), { error: 'invalid_client' });
    assert.ok(await getToken(await openBank(issuer, next)));
    const last = await jose.calculateJwkThumbprint(jwk);
    await assert.rejects(rotate({ retire: last }), { code: 'client.key_unfit' });
  });

  it('that is disabled gets no token and is served no more, whatever token it holds', async () => {
    const leaving = await openBank(issuer, await registerBank(node, { clientId: 'leaving-app' }));
    const token = await getToken(leaving);
    assert.equal((await callWith(token, leaving.proofKeys)).status, 200);
    await inTransaction(node.database, (tx) => disableClient(tx, actingOn(node), 'leaving-app'));
    await assert.rejects(getToken(leaving), { error: 'invalid_client' });
    clock.advance(2_001);
    assert.equal((await callWith(token, leaving.proofKeys)).code, 'token.client_disabled');
    clock.advance(-2_001);
    await assert.rejects(registerBank(node, { clientId: 'leaving-app' }), { code: 'client.taken' });
  });

  it('of a participant that is not admitted still proves who it is', async () => {
    await node.database.pool.query(
      "update platform.admissions set state = 'suspended' where participant_id = 'other-bank'",
    );
    const suspended = { clientId: 'suspended-app', participantId: 'other-bank' };
    const other = await openBank(issuer, await registerBank(node, suspended));
    assert.equal((await callWith(await getToken(other), other.proofKeys)).status, 200);
  });

  it('is registered with public keys that fit, for an institution or a platform', async () => {
    const register = (client: object) => registerBank(node, { clientId: 'new-app', ...client });
    await assert.rejects(register({ clientId: 'Bad Id' }), { code: 'client.malformed' });
    await assert.rejects(register({ redirectUris: ['http://bank.example/cb'] }), {
      code: 'client.malformed',
    });
    await assert.rejects(register({ participantId: 'nobody' }), { code: 'client.wrong_participant' });
  });
});

describe('keys of the node', () => {
  it('change without a restart; tokens under the old one stay good', async () => {
    const before = await getToken(bank);
    const first = node.keys.get('oidc').kid;
    const next = node.keys.rotate('oidc').kid;
    const token = await getToken(bank);
    assert.equal(jose.decodeProtectedHeader(before).kid, first);
    assert.equal(jose.decodeProtectedHeader(token).kid, next);
    const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as {
      keys: { kid: string; d?: string }[];
    };
    assert.deepEqual(
      keys.map(({ kid }) => kid),
      [next, first],
    );
    assert.ok(keys.every((key) => !('d' in key)));
    for (const one of [before, token]) assert.equal((await callWith(one, bank.proofKeys)).status, 200);
  });
});
