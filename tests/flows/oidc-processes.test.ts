import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import { openKeyStore } from '#kernel';
import { freePort, getToken, makeProof, openBank, registerBank } from '../support/oidc-client.ts';
import { startNode } from '../support/oidc-node.ts';
import { addPeople } from './consent-setting.ts';
import { addOperator, endingOf, openTestNode, PASSWORD } from './http-node.ts';

const PATH = '/api/v1/lists';
const ending = endingOf(after);
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const issuer = `${publicUrl}/oidc`;
const node = await openTestNode(ending, { publicUrl });
await addPeople(node);
await addOperator(node);
const registered = await registerBank(node, { clientId: 'bank-app' });
const settings = {
  DATABASE_URL: node.database.url,
  XINQIAO_DATA: node.config.dataFolder,
  XINQIAO_KEYS: node.config.keysFolder,
  XINQIAO_PUBLIC_URL: publicUrl,
  XINQIAO_PARTITIONS: '1',
};
/** The first stands at the public address; the second is reached as a proxy reaches it. */
const first = await startNode(ending, { ...settings, PORT: String(port) });
const second = await startNode(ending, { ...settings, PORT: '0' });
const bank = await openBank(issuer, registered);

async function call(at: string, token: string, proof: string) {
  const answer = await fetch(`${at}${PATH}`, { headers: { authorization: `DPoP ${token}`, dpop: proof } });
  const { error } = (await answer.json()) as { error?: { code: string } };
  return { status: answer.status, code: error?.code, nonce: answer.headers.get('dpop-nonce') ?? '' };
}

/** Proofs name the public address, whichever process they reach. */
function proofFor(token: string, nonce: string): Promise<string> {
  return makeProof(bank.proofKeys, { method: 'GET', url: `${publicUrl}${PATH}`, token, nonce });
}

describe('two processes of one node', () => {
  it('take each other’s tokens and nonces', async () => {
    const token = await getToken(bank);
    const { nonce } = await call(first.url, token, await proofFor(token, 'none'));
    assert.notEqual(nonce, '');
    assert.equal((await call(second.url, token, await proofFor(token, nonce))).status, 200);
    const other = await call(second.url, token, await proofFor(token, 'none'));
    assert.equal((await call(first.url, token, await proofFor(token, other.nonce))).status, 200);
  });

  it('refuse a proof that the other has taken, also at the same moment', async () => {
    const token = await getToken(bank);
    const { nonce } = await call(first.url, token, await proofFor(token, 'none'));
    const proof = await proofFor(token, nonce);
    assert.equal((await call(first.url, token, proof)).status, 200);
    assert.equal((await call(second.url, token, proof)).code, 'proof.replayed');
    const fresh = await proofFor(token, nonce);
    const answers = await Promise.all(
      [first, second, first, second].map(({ url }) => call(url, token, fresh)),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  });

  it('serve the same sessions', async () => {
    const answer = await fetch(`${first.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: 'data', password: PASSWORD }),
    });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const seen = await fetch(`${second.url}/api/v1/session`, { headers: { cookie } });
    assert.equal(seen.status, 200);
    const out = { method: 'DELETE', headers: { cookie, origin: publicUrl } };
    assert.equal((await fetch(`${second.url}/api/v1/session`, out)).status, 204);
    assert.equal((await fetch(`${first.url}/api/v1/session`, { headers: { cookie } })).status, 401);
  });

  it('see a key that a third one made, without a restart', async () => {
    const before = await getToken(bank);
    const { kid } = openKeyStore(node.config.keysFolder).rotate('oidc');
    for (const { url } of [first, second]) {
      const { keys } = (await (await fetch(`${url}/oidc/jwks`)).json()) as { keys: { kid: string }[] };
      assert.equal(keys[0]?.kid, kid);
    }
    const token = await getToken(bank);
    assert.equal(jose.decodeProtectedHeader(token).kid, kid);
    const { nonce } = await call(second.url, token, await proofFor(token, 'none'));
    for (const one of [before, token])
      assert.equal((await call(second.url, one, await proofFor(one, nonce))).status, 200);
  });

  it('state the public address, whatever a request says of itself', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const answer = await fetch(`${second.url}/oidc/.well-known/openid-configuration`, { headers });
    const metadata = (await answer.json()) as Record<string, unknown>;
    assert.equal(metadata.token_endpoint, `${issuer}/token`);
    assert.equal(metadata.issuer, issuer);
  });
});
