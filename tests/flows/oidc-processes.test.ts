import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import * as jose from 'jose';
import { openKeyStore } from '#kernel';
import { auditLog, urlSource } from '#security';
import { HTTP_LIMITS } from '../../src/entry/http/http-limits.ts';
import { deliver } from '../support/lists.ts';
import { type Answered, callAs, grantAs, read } from '../support/oidc-asks.ts';
import { freePort, getToken, makeProof, openBank, registerBank } from '../support/oidc-client.ts';
import { type NodeProcess, startNode } from '../support/oidc-node.ts';
import { addPeople, CODE, requestOf } from './consent-setting.ts';
import {
  addOperator,
  basic,
  endingOf,
  newAddress,
  openTestClock,
  openTestNode,
  PASSWORD,
} from './http-node.ts';

const PATH = '/api/v1/lists';
const ending = endingOf(after);
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const issuer = `${publicUrl}/oidc`;
const node = await openTestNode(ending, { publicUrl });
await addPeople(node);
await addOperator(node);
await deliver(node.lists, {
  contract: 'n08_penalty',
  content: `统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期
${CODE},北京甲科技有限公司,京市监罚〔2026〕1号,案,罚款,1000,2026-02-01,2027-02-01
`,
});
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

type Credentials = { readonly login: string; readonly password: string };

function signIn({ url }: NodeProcess, body: Credentials, from = newAddress()): Promise<Response> {
  return fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify(body),
  });
}

async function codeOf(answer: Response): Promise<string | undefined> {
  return (await read(answer)).code;
}

/** A consent that the enterprise has given, and a token for it. */
async function givenConsent(over: object): Promise<{ consentId: string; token: string }> {
  const asked = await callAs(bank, await getToken(bank), {
    url: `${publicUrl}/api/v1/consents`,
    body: requestOf(openTestClock(), { frequency: { count: 10, unit: 'month' }, ...over }),
  });
  const { consentId } = asked.body as { consentId: string };
  assert.equal((await grantAs(publicUrl, 'enterprise-a', consentId)).status, 200);
  return { consentId, token: await getToken(bank, consentId) };
}

/** One query at this process, with a proof for the public address. */
async function query({ url }: NodeProcess, token: string, consentId: string): Promise<Answered> {
  const at = { method: 'POST', url: `${publicUrl}/api/v1/queries`, token };
  const { nonce } = await call(url, token, await proofFor(token, 'none'));
  return await read(
    await fetch(`${url}/api/v1/queries`, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${token}`,
        dpop: await makeProof(bank.proofKeys, { ...at, nonce }),
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({
        enterprise: CODE,
        consentId,
        purpose: 'loan_origination',
        contracts: ['n08_penalty'],
        application: 'LN-1',
        operator: '客户经理 7',
      }),
    }),
  );
}

type Included = { readonly receipt: unknown; readonly place: number };

/** The receipt with its place in the tree, as soon as it has one. */
async function included({ url }: NodeProcess, id: string): Promise<Included> {
  let found: { receipt: unknown; included: { index: number } | null } | undefined;
  await eventually(async () => {
    found = (await (await fetch(`${url}/api/v1/receipts/${id}`)).json()) as typeof found;
    return found?.included != null;
  });
  return { receipt: found?.receipt, place: found?.included?.index ?? -1 };
}

/** Until it is so; a test that waits too long fails. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isSo()) return;
    await setTimeout(100);
  }
  assert.fail('it did not come about');
}

/** Limits are by the minute of the clock: a test that counts begins where a minute has some time left. */
async function startOfMinute(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000) % 60;
  if (second > 40) await setTimeout((61 - second) * 1_000);
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

  it('serve the same sessions: begun at either, ended at either', async () => {
    for (const [here, there] of [
      [first, second],
      [second, first],
    ] as const) {
      const answer = await signIn(here, { login: 'data', password: PASSWORD });
      const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const look = async ({ url }: NodeProcess) =>
        (await fetch(`${url}/api/v1/session`, { headers: { cookie } })).status;
      assert.deepEqual([await look(here), await look(there)], [200, 200]);
      const out = { method: 'DELETE', headers: { cookie, origin: publicUrl } };
      assert.equal((await fetch(`${there.url}/api/v1/session`, out)).status, 204);
      assert.deepEqual([await look(here), await look(there)], [401, 401]);
    }
  });

  it('count wrong passwords together until the login rests', async () => {
    await addOperator(node, 'guessed');
    const wrong = { login: 'guessed', password: 'wrong' };
    for (const process of [first, second, first, second, first])
      assert.equal(await codeOf(await signIn(process, wrong)), 'account.sign_in_refused');
    for (const process of [second, first]) {
      const right = await signIn(process, { login: 'guessed', password: PASSWORD });
      assert.deepEqual([right.status, await codeOf(right)], [429, 'account.resting']);
    }
  });

  it('count the sign-ins of one address together', async () => {
    await startOfMinute();
    const from = newAddress();
    const tries = (process: NodeProcess) => signIn(process, { login: '', password: '' }, from);
    for (let sent = 0; sent < HTTP_LIMITS.signInsPerMinuteMax; sent += 1)
      assert.equal((await tries(first)).status, 400);
    assert.equal((await tries(first)).status, 429);
    await eventually(async () => (await tries(second)).status === 429);
    assert.equal((await signIn(second, { login: '', password: '' }, newAddress())).status, 400);
  });

  it('count the uses of one consent together', async () => {
    const { consentId, token } = await givenConsent({ frequency: { count: 3, unit: 'month' } });
    const ask = (process: NodeProcess) => query(process, token, consentId);
    const answers = [await ask(first), await ask(second), await ask(first)];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    for (const process of [second, first]) {
      const more = await ask(process);
      assert.deepEqual([more.status, more.code], [429, 'consent.too_often']);
    }
  });

  it('see at once what the enterprise revoked at the other', async () => {
    const { consentId, token } = await givenConsent({});
    assert.equal((await query(first, token, consentId)).status, 200);
    const revoked = await fetch(`${second.url}/api/v1/consents/${consentId}/revoke`, {
      method: 'POST',
      headers: { authorization: basic('enterprise-a') },
    });
    assert.equal(revoked.status, 200);
    assert.deepEqual((await query(first, token, consentId)).code, 'policy.consent_revoked');
  });

  it('write one log, of which either proves every entry', async () => {
    const { consentId, token } = await givenConsent({});
    const receipts: string[] = [];
    for (const process of [first, second, first, second]) {
      const { body } = await query(process, token, consentId);
      receipts.push((body as { receipt: { id: string } }).receipt.id);
    }
    const places = new Set<number>();
    for (const id of receipts) {
      const proofs = [await included(first, id), await included(second, id)];
      assert.deepEqual(proofs[0]?.receipt, proofs[1]?.receipt);
      for (const { place } of proofs) places.add(place);
    }
    assert.equal(places.size, receipts.length, 'each has one place, whoever is asked');
    const heads = await Promise.all(
      [first, second].map(async ({ url }) => {
        const audit = await auditLog({ source: urlSource(`${url}/api/v1/log`) });
        assert.equal(audit.fault, undefined);
        return audit.head;
      }),
    );
    assert.ok(heads.every((head) => head !== undefined && head.size >= receipts.length));
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
