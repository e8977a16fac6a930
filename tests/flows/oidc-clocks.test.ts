import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'openid-client';
import { freePort, getToken, makeProof, openBank, registerBank } from '../support/oidc-client.ts';
import { addPeople } from './consent-setting.ts';
import { endingOf, openTestApp } from './http-node.ts';

const ending = endingOf(after);
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const issuer = `${publicUrl}/oidc`;
const { app, node } = await openTestApp(ending, { publicUrl });
await addPeople(node);
await app.listen({ host: '127.0.0.1', port });
const registered = await registerBank(node, { clientId: 'bank-app' });
const bank = await openBank(issuer, registered);
const LISTS = `${publicUrl}/api/v1/lists`;

const nowS = (): number => Math.floor(Date.now() / 1_000);

/** The library with a clock that is off by so many seconds: what it signs, assertion and proof, says so. */
async function withClockOff(seconds: number): Promise<oauth.Configuration> {
  const key = { key: registered.keys.privateKey, kid: await thumbprint() };
  return await oauth.discovery(
    new URL(issuer),
    'bank-app',
    { [oauth.clockSkew]: seconds },
    oauth.PrivateKeyJwt(key),
    { execute: [oauth.allowInsecureRequests] },
  );
}

async function thumbprint(): Promise<string> {
  return await jose.calculateJwkThumbprint(await jose.exportJWK(registered.keys.publicKey));
}

async function tokenWithClockOff(seconds: number): Promise<string> {
  const config = await withClockOff(seconds);
  const dpop = oauth.getDPoPHandle(config, bank.proofKeys);
  return (await oauth.clientCredentialsGrant(config, {}, { DPoP: dpop })).access_token;
}

/** A token asked for by an assertion with these times; the error, if it is refused. */
async function errorOf(times: object): Promise<string | undefined> {
  const claims = { iss: 'bank-app', sub: 'bank-app', aud: issuer, jti: crypto.randomUUID(), ...times };
  const assertion = await new jose.SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: await thumbprint() })
    .sign(registered.keys.privateKey);
  const url = `${issuer}/token`;
  const nonce = node.identity.nonce();
  const answer = await fetch(url, {
    method: 'POST',
    headers: { dpop: await makeProof(bank.proofKeys, { method: 'POST', url, token: '', nonce }) },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'bank-app',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  });
  return ((await answer.json()) as { error?: string }).error;
}

async function callWith(iat: number): Promise<string | undefined> {
  const token = await getToken(bank);
  const nonce = node.identity.nonce();
  const at = { method: 'GET', url: LISTS, token, nonce };
  const dpop = await makeProof(bank.proofKeys, at, { claims: { iat } });
  const answer = await fetch(LISTS, { headers: { authorization: `DPoP ${token}`, dpop } });
  return ((await answer.json()) as { error?: { code: string } }).error?.code;
}

describe('clocks that differ', () => {
  it('are borne in an assertion up to ten seconds, and refused from a minute on', async () => {
    const now = nowS();
    const inside: readonly object[] = [
      { iat: now + 10, nbf: now + 9, exp: now + 70 },
      { iat: now + 55, exp: now + 115 },
      { iat: now - 65, exp: now - 4 },
      { iat: now, exp: now + 300 },
    ];
    for (const times of inside) assert.equal(await errorOf(times), undefined, JSON.stringify(times));
    const outside: readonly object[] = [
      { iat: now + 65, exp: now + 120 },
      { iat: now, nbf: now + 65, exp: now + 120 },
      { iat: now - 80, exp: now - 15 },
      { iat: now, exp: now + 330 },
      { iat: now },
      { iat: 'now', exp: now + 60 },
    ];
    for (const times of outside) assert.equal(await errorOf(times), 'invalid_client', JSON.stringify(times));
  });

  it('are borne in a proof five minutes behind and one ahead, and no more', async () => {
    for (const off of [-295, 0, 55]) assert.equal(await callWith(nowS() + off), undefined, String(off));
    for (const off of [-305, 65, 400]) assert.equal(await callWith(nowS() + off), 'proof.stale', String(off));
  });

  it('show no more to the library than a refusal when they are too far apart', async () => {
    for (const seconds of [-45, -8, 8]) assert.ok(await tokenWithClockOff(seconds), String(seconds));
    for (const seconds of [-80, 70, 3_600])
      await assert.rejects(tokenWithClockOff(seconds), { error: 'invalid_client' }, String(seconds));
  });

  it('are borne at the interface as at the server, through the library', async () => {
    const token = await getToken(bank);
    const ask = async (seconds: number): Promise<number> => {
      const config = await withClockOff(seconds);
      const DPoP = oauth.getDPoPHandle(config, bank.proofKeys);
      return await oauth
        .fetchProtectedResource(config, token, new URL(LISTS), 'GET', undefined, undefined, { DPoP })
        .then(({ status }) => status)
        .catch((error: oauth.WWWAuthenticateChallengeError) => error.response.status);
    };
    assert.deepEqual(await Promise.all([-280, -8, 8, 50].map(ask)), [200, 200, 200, 200]);
    assert.deepEqual(await Promise.all([-320, 70].map(ask)), [401, 401]);
  });
});
