import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import { inTransaction, shapeConfig } from '#kernel';
import { authenticate, disableAccount, linkOutsideAccount, unlinkOutsideAccount } from '#platform';
import { openReader } from '../support/oidc-browser.ts';
import { freePort, makeKeys } from '../support/oidc-client.ts';
import { openOutsideServer, withClaims } from '../support/oidc-outside.ts';
import { addPeople } from './consent-setting.ts';
import {
  addOperator,
  addPerson,
  addProvider,
  basic,
  endingOf,
  keepingLogger,
  type LoggedLine,
  openTestApp,
  openTestClock,
  PASSWORD,
} from './http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SUBJECT = '110101199003070000';
const ending = endingOf(after);
const clock = openTestClock();
const lines: LoggedLine[] = [];
const folder = mkdtempSync(join(tmpdir(), 'xinqiao-outside-'));
ending.after(() => rmSync(folder, { recursive: true, force: true }));
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const redirectUri = `${publicUrl}/sign-in/outside/back`;
const keys = await makeKeys();
const keyFile = join(folder, 'outside-key.json');
writeFileSync(keyFile, JSON.stringify({ ...(await jose.exportJWK(keys.privateKey)), kid: 'ours' }), {
  mode: 0o600,
});
const jwk = { ...(await jose.exportJWK(keys.publicKey)), kid: 'ours', use: 'sig' };
const outside = await openOutsideServer(ending, { redirectUri, method: 'private_key_jwt', jwk });
const settings = {
  XINQIAO_OIDC_ISSUER: outside.issuer,
  XINQIAO_OIDC_CLIENT: 'xinqiao',
  XINQIAO_OIDC_KEY: keyFile,
  XINQIAO_OIDC_NAME: '北京市统一身份认证',
  XINQIAO_PASSWORDS: 'machines',
};
const { app, node } = await openTestApp(ending, { clock, publicUrl, settings, logger: keepingLogger(lines) });
await addPeople(node);
await addOperator(node, 'data');
await addProvider(node, 'department', '北京市税务局');
await app.listen({ host: '127.0.0.1', port });

const act = { by: 'system:test', clock, keys: node.keys };
const link = (login: string, subject: string) =>
  inTransaction(node.database, (tx) =>
    linkOutsideAccount(tx, act, { login, subjectHash: node.identity.requireOutside().subjectHash(subject) }),
  );
await link('enterprise-a', SUBJECT);

const sites = [new URL(publicUrl), new URL(outside.issuer)] as const;
const START = `${publicUrl}/sign-in/outside?to=/consents`;

/** Signs in as this person and stands at the page where that ends. */
async function signIn(sub = SUBJECT, spoil?: (token: string) => Promise<string>) {
  outside.person = { sub };
  outside.spoil = spoil;
  return await openReader(...sites).open(START);
}

/** Codes that the refusals on the way left in the log of the node; none of a person in it. */
function warnings(): string[] {
  return lines.filter(({ level }) => level === 'warn').map(({ fields }) => JSON.stringify(fields));
}

describe('a person who signs in at the city’s identity provider', () => {
  it('comes back to where they were, signed in to the account that is linked', async () => {
    const page = await signIn();
    assert.equal(page.status, 200);
    assert.equal(page.url.href, `${publicUrl}/consents`);
    assert.match(page.text, /我的授权/);
    assert.doesNotMatch(page.text, /请先登录/);
  });

  it('finds the way there on the sign-in page, and no field for a password', async () => {
    const page = await openReader(...sites).open(`${publicUrl}/consents`);
    assert.match(page.text, /用北京市统一身份认证登录/);
    assert.match(page.text, /href="\/sign-in\/outside\?to=%2Fconsents"/);
    assert.doesNotMatch(page.text, /type="password"/);
  });

  it('is not let in without an explicit link, and no account is made', async () => {
    const count = async () =>
      (await node.database.pool.query<{ n: number }>('select count(*)::integer as n from platform.accounts'))
        .rows[0]?.n;
    const before = await count();
    const page = await signIn('enterprise-a');
    assert.equal(page.status, 403);
    assert.match(page.text, /还没有关联到本节点的账号/);
    assert.equal(await count(), before);
  });

  it('is not let in to an account that is disabled or whose link was taken away', async () => {
    await addPerson(node, { login: 'leaving', kind: 'reader' });
    await link('leaving', 'leaving-person');
    assert.equal((await signIn('leaving-person')).url.pathname, '/consents');
    await inTransaction(node.database, (tx) => disableAccount(tx, act, 'leaving'));
    assert.equal((await signIn('leaving-person')).status, 403);
    await addPerson(node, { login: 'moving', kind: 'reader' });
    await link('moving', 'moving-person');
    outside.person = { sub: 'moving-person' };
    const reader = openReader(...sites);
    await reader.open(START);
    await inTransaction(node.database, (tx) => unlinkOutsideAccount(tx, act, 'moving'));
    assert.match((await reader.open(`${publicUrl}/consents`)).text, /请先登录/, 'its sessions ended too');
    assert.equal((await signIn('moving-person')).status, 403);
  });

  it('is refused when the answer has one thing wrong, whichever it is', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const stranger = await makeKeys();
    const unsigned = async (token: string) => new jose.UnsecuredJWT(jose.decodeJwt(token)).encode();
    const wrong: readonly [string, (token: string) => Promise<string>][] = [
      ['another nonce', withClaims(outside, { nonce: 'made-up' })],
      ['no nonce', withClaims(outside, { nonce: undefined })],
      ['another issuer', withClaims(outside, { iss: 'https://evil.example' })],
      ['for another client', withClaims(outside, { aud: 'somebody-else' })],
      ['expired', withClaims(outside, { exp: now - 60, iat: now - 120 })],
      ['without an expiry', withClaims(outside, { exp: undefined })],
      ['without a subject', withClaims(outside, { sub: undefined })],
      ['not signed', unsigned],
      ['signed by a stranger', withClaims(outside, {}, stranger.privateKey)],
      ['changed after it was signed', async (token) => changed(token)],
      ['no token at all', async () => 'rubbish'],
    ];
    for (const [what, spoil] of wrong) {
      const page = await signIn(SUBJECT, spoil);
      assert.equal(page.status, 401, what);
      assert.match(page.text, /身份认证没有通过/, what);
    }
    assert.equal((await signIn()).status, 200, 'and let in again when nothing is wrong');
    assert.equal(warnings().length, wrong.length);
    assert.ok(!warnings().some((line) => line.includes(SUBJECT)));
  });

  it('is refused when the address they come back at is not what was asked for', async () => {
    outside.person = { sub: SUBJECT };
    outside.spoil = undefined;
    const stopped = openReader(new URL(publicUrl));
    const asked = await stopped.open(START);
    assert.equal(asked.url.origin, outside.issuer);
    assert.equal(asked.url.searchParams.get('code_challenge_method'), 'S256');
    assert.ok(asked.url.searchParams.get('nonce'));
    const state = asked.url.searchParams.get('state') ?? '';
    for (const query of [
      `code=x&state=${state}&iss=${encodeURIComponent('https://evil.example')}`,
      `code=x&state=made-up&iss=${encodeURIComponent(outside.issuer)}`,
      `error=access_denied&state=${state}&iss=${encodeURIComponent(outside.issuer)}`,
      `state=${state}`,
      `code=x&state=${state}&iss=${encodeURIComponent(outside.issuer)}`,
    ]) {
      const reader = openReader(new URL(publicUrl));
      const at = await reader.open(START);
      const own = at.url.searchParams.get('state') ?? '';
      const page = await reader.open(`${redirectUri}?${query.replaceAll(state, own)}`);
      assert.equal(page.status, 401, query);
    }
  });

  it('finishes what this browser began, once, and within minutes', async () => {
    const victim = openReader(new URL(publicUrl));
    const begun = await victim.open(START);
    const state = begun.url.searchParams.get('state') ?? '';
    const back = `${redirectUri}?code=x&state=${state}&iss=${encodeURIComponent(outside.issuer)}`;
    assert.equal((await openReader(new URL(publicUrl)).open(back)).status, 410, 'another browser');
    assert.equal((await victim.open(back)).status, 401);
    assert.equal((await victim.open(back)).status, 410, 'a second time');
    const slow = openReader(new URL(publicUrl));
    const late = (await slow.open(START)).url.searchParams.get('state') ?? '';
    clock.advance(11 * 60_000);
    assert.equal((await slow.open(`${redirectUri}?code=x&state=${late}`)).status, 410);
    clock.advance(-11 * 60_000);
  });

  it('goes on to a page of this node and to no other', async () => {
    for (const to of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:x', '/a?b']) {
      const page = await openReader(new URL(publicUrl)).open(
        `${publicUrl}/sign-in/outside?to=${encodeURIComponent(to)}`,
      );
      assert.equal(page.status, 400, to);
    }
  });

  it('needs a second factor there where one is needed here', async () => {
    await link('data', 'operator-person');
    const strict = await openTestApp(ending, {
      clock,
      publicUrl,
      settings: { ...settings, XINQIAO_TOTP: 'required', XINQIAO_OIDC_SECOND_FACTOR: 'otp,urn:city:level2' },
    });
    const { outside: people } = strict.node.identity;
    assert.ok(people !== undefined);
    await addOperator(strict.node, 'operator');
    await inTransaction(strict.node.database, (tx) =>
      linkOutsideAccount(tx, act, { login: 'operator', subjectHash: people.subjectHash('operator-person') }),
    );
    outside.person = { sub: 'operator-person' };
    const enter = async (claims: object) => {
      outside.spoil = withClaims(outside, claims);
      const { address, state } = await people.begin('/');
      const { url } = await openReader(new URL(outside.issuer)).open(address);
      return await people.finish(`${url.pathname}${url.search}`, state);
    };
    for (const claims of [{}, { amr: ['pwd'] }, { acr: 'urn:city:level1' }])
      await assert.rejects(enter(claims), { code: 'account.outside_weak' });
    assert.equal((await enter({ amr: ['pwd', 'otp'] })).caller.kind, 'operator');
    assert.equal((await enter({ acr: 'urn:city:level2' })).caller.kind, 'operator');
  });
});

describe('an account', () => {
  it('is linked to one person, and a person to one account, each act with its leaf', async () => {
    await addPerson(node, { login: 'first', kind: 'reader' });
    await addPerson(node, { login: 'second', kind: 'reader' });
    await link('first', 'one-person');
    await assert.rejects(link('second', 'one-person'), { code: 'account.outside_taken' });
    await assert.rejects(link('nobody', 'some-person'), { code: 'account.unknown' });
    await link('first', 'other-person');
    await link('second', 'one-person');
    const { rows } = await node.database.pool.query<{ n: number }>(
      "select count(*)::integer as n from security.leaf_bodies where body like '%outside_account_linked%'",
    );
    assert.ok((rows[0]?.n ?? 0) >= 3);
  });

  it('is kept without the person’s name at the provider', async () => {
    const { rows } = await node.database.pool.query<{ text: string }>(
      `select o::text as text from platform.outside_accounts o
       union all select body from security.leaf_bodies
       union all select s::text from platform.oauth_state s`,
    );
    const hex = Buffer.from(SUBJECT).toString('hex');
    assert.ok(rows.every(({ text }) => !text.includes(SUBJECT) && !text.includes(hex)));
  });

  it('is linked from the shell, with the name on standard input', async () => {
    await addPerson(node, { login: 'shell', kind: 'reader' });
    const { PATH = '' } = process.env;
    const env = {
      PATH,
      ...settings,
      DATABASE_URL: node.database.url,
      XINQIAO_DATA: node.config.dataFolder,
      XINQIAO_KEYS: node.config.keysFolder,
      XINQIAO_PARTITIONS: '1',
      XINQIAO_PUBLIC_URL: publicUrl,
    };
    const main = join(ROOT, 'src/entry/cli/main.ts');
    execFileSync(process.execPath, [main, 'accounts', 'link', 'shell'], {
      env,
      input: 'shell-person\n',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    assert.equal((await signIn('shell-person')).url.pathname, '/consents');
  });
});

describe('passwords', () => {
  it('are taken of programs alone where the node says so', async () => {
    const payload = { login: 'data', password: PASSWORD };
    const person = await app.inject({ method: 'POST', url: '/api/v1/session', payload });
    assert.deepEqual([person.statusCode, person.json().error.code], [403, 'account.passwords_off']);
    const headers = { authorization: basic('department') };
    assert.equal((await app.inject({ url: '/api/v1/deliveries', headers })).statusCode, 200);
  });

  it('are taken of nobody where they are off, right or wrong', async () => {
    const rules = { ...node.identity.rules, passwords: 'off' } as const;
    for (const password of [PASSWORD, 'wrong'])
      await assert.rejects(authenticate(node.database, clock, { login: 'data', password }, rules), {
        code: 'account.passwords_off',
      });
  });
});

describe('settings of the identity provider', () => {
  const shape = (env: object) => shapeConfig({ XINQIAO_DATA: folder, ...env });

  it('are refused at start when a half is missing or nobody could sign in', () => {
    const { XINQIAO_PASSWORDS: _, ...whole } = settings;
    assert.equal(shape(whole).outside?.claim, 'sub');
    const { XINQIAO_OIDC_CLIENT: __, ...noClient } = whole;
    const { XINQIAO_OIDC_KEY: ___, ...noKey } = whole;
    for (const env of [
      noClient,
      noKey,
      { ...whole, XINQIAO_OIDC_SECRET: keyFile },
      { ...whole, XINQIAO_OIDC_ISSUER: 'http://identity.example' },
      { XINQIAO_PASSWORDS: 'off' },
    ])
      assert.throws(() => shape(env), { code: 'config.wrong_value' }, JSON.stringify(env));
  });

  it('name a key file that nobody else can read', async () => {
    const open = join(folder, 'open.json');
    writeFileSync(open, '{}', { mode: 0o644 });
    await assert.rejects(openTestApp(ending, { settings: { ...settings, XINQIAO_OIDC_KEY: open } }), {
      code: 'keys.open_to_others',
    });
  });

  it('may name a secret, and another claim than sub', async () => {
    const secretFile = join(folder, 'secret');
    const secret = 'a secret of the identity provider';
    writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
    const server = await openOutsideServer(ending, { redirectUri, method: 'client_secret_basic', secret });
    const { XINQIAO_OIDC_KEY: _, ...rest } = settings;
    const other = await openTestApp(ending, {
      clock,
      publicUrl,
      settings: {
        ...rest,
        XINQIAO_OIDC_ISSUER: server.issuer,
        XINQIAO_OIDC_SECRET: secretFile,
        XINQIAO_OIDC_CLAIM: 'uid',
      },
    });
    const people = other.node.identity.requireOutside();
    await addPerson(other.node, { login: 'reader', kind: 'reader' });
    await inTransaction(other.node.database, (tx) =>
      linkOutsideAccount(tx, act, { login: 'reader', subjectHash: people.subjectHash('u-7') }),
    );
    server.person = { sub: 'pairwise-1', uid: 'u-7' };
    const { address, state } = await people.begin('/consents');
    const { url } = await openReader(new URL(server.issuer)).open(address);
    const { caller, goOnTo } = await people.finish(`${url.pathname}${url.search}`, state);
    assert.deepEqual([caller.kind, goOnTo], ['reader', '/consents']);
  });

  it('lead to a plain refusal when the provider cannot be reached', async () => {
    const away = `http://127.0.0.1:${await freePort()}`;
    const other = await openTestApp(ending, { settings: { ...settings, XINQIAO_OIDC_ISSUER: away } });
    const answer = await other.app.inject({ url: '/sign-in/outside' });
    assert.equal(answer.statusCode, 503);
    assert.match(answer.body, /暂时连不上身份认证/);
  });
});

/** One letter of the claims is another. */
function changed(token: string): string {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const body = Buffer.from(claims, 'base64url').toString().replace(SUBJECT, SUBJECT.replace('1', '2'));
  return [header, Buffer.from(body).toString('base64url'), signature].join('.');
}
