import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { buildApp } from '../../src/entry/http/app.ts';
import { HTTP_LIMITS } from '../../src/entry/http/http-limits.ts';
import { freePort, getToken, makeProof, openBank, registerBank } from '../support/oidc-client.ts';
import { addPeople } from './consent-setting.ts';
import { endingOf, openTestNode } from './http-node.ts';

const ending = endingOf(after);
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
/** It stands still within its minute, so that no test runs over the end of one. */
const start = Math.floor(Date.now() / 60_000) * 60_000 + 20_000;
const offset = start - Date.now();
let minutes = 0;
const clock = { now: () => new Date(Math.min(Date.now() + offset, start + 30_000) + minutes * 60_000) };
const node = await openTestNode(ending, { publicUrl, clock });
await addPeople(node);
const apps = [await buildApp(node), await buildApp(node)] as const;
for (const [at, app] of apps.entries()) {
  ending.after(() => app.close());
  await app.listen({ host: '127.0.0.1', port: at === 0 ? port : 0 });
}

let logins = 0;

/** A login of its own each time, since a login rests by itself after wrong attempts. */
const signIn = (app: (typeof apps)[number], address: string) =>
  app.inject({
    method: 'POST',
    url: '/api/v1/session',
    payload: { login: `nobody-${(logins += 1)}`, password: 'wrong password again' },
    headers: { 'x-forwarded-for': address },
  });

/** Fewer calls than the limit, so that only what the other process counted can refuse one; counts travel each second. */
async function signInUntilRefused(app: (typeof apps)[number], address: string, callsMax: number) {
  for (let call = 1; call < callsMax; call += 1) {
    const answer = await signIn(app, address);
    if (answer.statusCode !== 401) return answer;
    await wait(1_500);
  }
  return await signIn(app, address);
}

test('a limit of an address holds over all processes, and says when to come again', async () => {
  const [one, other] = apps;
  const max = HTTP_LIMITS.signInsPerMinuteMax;
  const first = await signIn(one, '203.0.113.9');
  assert.equal(first.headers['ratelimit-policy'], `"address";q=${max};w=60`);
  assert.match(String(first.headers.ratelimit), new RegExp(`^"address";r=${max - 1};t=\\d+$`));
  for (let at = 1; at < max; at += 1) assert.equal((await signIn(one, '203.0.113.9')).statusCode, 401);
  assert.equal((await signIn(one, '203.0.113.9')).statusCode, 429);
  const refused = await signInUntilRefused(other, '203.0.113.9', max - 2);
  assert.deepEqual([refused.statusCode, refused.json().error.code], [429, 'request.too_many']);
  const seconds = Number(refused.headers['retry-after']);
  assert.ok(seconds >= 1 && seconds <= 60);
  assert.equal((await signIn(other, '203.0.113.10')).statusCode, 401, 'another address is not touched');
  const { rows } = await node.database.pool.query('select party from platform.call_minutes');
  assert.ok(rows.length > 0);
  assert.doesNotMatch(JSON.stringify(rows), /203\.0\.113/, 'addresses themselves are not written');
  minutes += 1;
  assert.equal((await signIn(other, '203.0.113.9')).statusCode, 401, 'a new minute');
});

test('a program’s calls are a share of its institution, which the answers tell', async () => {
  const bank = await openBank(`${publicUrl}/oidc`, await registerBank(node, { clientId: 'bank-app' }));
  const token = await getToken(bank);
  const call = async () => {
    const url = `${publicUrl}/api/v1/source-shares`;
    const dpop = await makeProof(bank.proofKeys, {
      method: 'GET',
      url,
      token,
      nonce: node.identity.nonce(),
    });
    return await fetch(url, { headers: { authorization: `DPoP ${token}`, dpop } });
  };
  const left = async (): Promise<number> => {
    const answer = await call();
    assert.equal(answer.status, 200);
    assert.equal(
      answer.headers.get('ratelimit-policy'),
      `"institution";q=${HTTP_LIMITS.callsPerMinuteMax};w=60`,
    );
    return Number(/;r=(\d+);/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
  };
  const before = await left();
  assert.equal(await left(), before - 1);
});
