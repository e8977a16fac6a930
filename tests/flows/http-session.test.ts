import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inTransaction, LIMITS } from '#kernel';
import { disableAccount, listAccounts, setPassword } from '#platform';
import {
  addOperator,
  addPerson,
  basic,
  endingOf,
  newAddress,
  openTestApp,
  openTestClock,
  PASSWORD,
  signIn,
} from './http-node.ts';

const clock = openTestClock();
const ending = endingOf(after);
const { app, node } = await openTestApp(ending, { clock });
await addOperator(node);

function post(payload: object, headers: Record<string, string> = {}) {
  const fromElsewhere = { 'x-forwarded-for': newAddress(), ...headers };
  return app.inject({ method: 'POST', url: '/api/v1/session', payload, headers: fromElsewhere });
}

function who(cookie: string) {
  return app.inject({ url: '/api/v1/session', headers: { cookie } });
}

const act = () => ({ by: 'system:test', clock, keys: node.keys });

describe('sessions', () => {
  it('signs in with a cookie that scripts cannot read and other sites do not send', async () => {
    const answer = await post({ login: 'data', password: PASSWORD });
    assert.equal(answer.statusCode, 200);
    const [cookie] = answer.cookies;
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, 'Strict');
    assert.deepEqual(answer.json(), {
      login: 'data',
      label: { zh: '测试账号', en: 'Test account' },
      kind: 'operator',
      roles: ['data_admin'],
      organisation: null,
      isDemonstration: false,
    });
  });

  it('keeps no token in the database, only its hash', async () => {
    const cookie = await signIn(app, 'data');
    const token = cookie.slice(cookie.indexOf('=') + 1);
    const rows = await inTransaction(node.database, (tx) =>
      tx.rows<{ found: boolean }>(
        'select exists (select from platform.sessions s where s::text like $1) as found',
        [`%${token}%`],
      ),
    );
    assert.deepEqual(rows, [{ found: false }]);
    assert.equal(Buffer.from(token, 'base64url').length, 32);
  });

  it('says the same of a wrong password and of an unknown login', async () => {
    const wrong = await post({ login: 'data', password: 'wrong' });
    const unknown = await post({ login: 'nobody', password: 'wrong' });
    assert.equal(wrong.statusCode, 401);
    assert.equal(unknown.statusCode, 401);
    assert.deepEqual(unknown.json().error, wrong.json().error);
    assert.equal(wrong.json().error.code, 'account.sign_in_refused');
    await post({ login: 'data', password: PASSWORD });
  });

  it('ends with signing out', async () => {
    const cookie = await signIn(app, 'data');
    assert.equal((await who(cookie)).statusCode, 200);
    const out = await app.inject({
      method: 'DELETE',
      url: '/api/v1/session',
      headers: { cookie, origin: 'http://127.0.0.1:8080' },
    });
    assert.equal(out.statusCode, 204);
    assert.equal((await who(cookie)).statusCode, 401);
  });

  it('ends the session that the browser had when it signs in again', async () => {
    const first = await signIn(app, 'data');
    const again = await post(
      { login: 'data', password: PASSWORD },
      { cookie: first, origin: 'http://127.0.0.1:8080' },
    );
    assert.equal(again.statusCode, 200);
    assert.equal((await who(first)).statusCode, 401);
  });

  it('ends after half an hour without activity, and not before', async () => {
    const cookie = await signIn(app, 'data');
    clock.advance(LIMITS.sessionIdleMs - 60_000);
    assert.equal((await who(cookie)).statusCode, 200);
    clock.advance(LIMITS.sessionIdleMs - 60_000);
    assert.equal((await who(cookie)).statusCode, 200);
    clock.advance(LIMITS.sessionIdleMs + 1_000);
    assert.equal((await who(cookie)).statusCode, 401);
  });

  it('ends after twelve hours however busy', async () => {
    const cookie = await signIn(app, 'data');
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      clock.advance(20 * 60_000);
      assert.equal((await who(cookie)).statusCode, 200);
    }
    clock.advance(20 * 60_000);
    assert.equal((await who(cookie)).statusCode, 401);
  });

  it('ends with a new password, and with the account', async () => {
    await addPerson(node, { login: 'leaver', kind: 'reader' });
    const earlier = await signIn(app, 'leaver');
    await inTransaction(node.database, (tx) =>
      setPassword(tx, act(), { login: 'leaver', password: PASSWORD }),
    );
    assert.equal((await who(earlier)).statusCode, 401);
    const later = await signIn(app, 'leaver');
    await inTransaction(node.database, (tx) => disableAccount(tx, act(), 'leaver'));
    assert.equal((await who(later)).statusCode, 401);
    assert.equal((await post({ login: 'leaver', password: PASSWORD })).statusCode, 401);
  });

  it('takes a token of any other form for none', async () => {
    for (const token of ['', 'x', 'a'.repeat(43), "' or 1=1 --", 'é'.repeat(43)]) {
      assert.equal((await who(`xinqiao=${encodeURIComponent(token)}`)).statusCode, 401);
    }
  });
});

describe('attempts', () => {
  it('lets a login rest after five wrong passwords, the right one included, and wakes it later', async () => {
    for (let attempt = 0; attempt < LIMITS.signInAttemptsMax; attempt += 1) {
      assert.equal((await post({ login: 'data', password: `wrong ${attempt}` })).statusCode, 401);
    }
    const resting = await post({ login: 'data', password: PASSWORD });
    assert.equal(resting.statusCode, 429);
    assert.equal(resting.json().error.code, 'account.resting');
    clock.advance(LIMITS.signInRestMs + 1_000);
    assert.equal((await post({ login: 'data', password: PASSWORD })).statusCode, 200);
  });

  it('lets a login rest that does not exist, so that resting tells nothing', async () => {
    const statuses = [];
    for (let attempt = 0; attempt <= LIMITS.signInAttemptsMax; attempt += 1) {
      statuses.push((await post({ login: 'ghost', password: 'wrong' })).statusCode);
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
  });

  it('counts attempts at the same moment', async () => {
    clock.advance(LIMITS.signInRestMs + 1_000);
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, attempt) => post({ login: 'data', password: `wrong ${attempt}` })),
    );
    const looked = answers.filter(({ statusCode }) => statusCode === 401).length;
    assert.equal(looked, LIMITS.signInAttemptsMax);
    clock.advance(LIMITS.signInRestMs + 1_000);
  });

  it('forgets earlier wrong attempts once the right password came', async () => {
    for (let round = 0; round < 2; round += 1) {
      for (let attempt = 0; attempt < LIMITS.signInAttemptsMax - 1; attempt += 1) {
        assert.equal((await post({ login: 'data', password: 'wrong' })).statusCode, 401);
      }
      assert.equal((await post({ login: 'data', password: PASSWORD })).statusCode, 200);
    }
  });
});

describe('machines', () => {
  it('may send their account with each request, many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        app.inject({ url: '/api/v1/deliveries', headers: { authorization: basic('data') } }),
      ),
    );
    assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]));
  });

  it('are refused with a wrong password, and no browser is asked for one', async () => {
    const answer = await app.inject({
      url: '/api/v1/deliveries',
      headers: { authorization: basic('data', 'wrong') },
    });
    assert.equal(answer.statusCode, 401);
    assert.doesNotMatch(String(answer.headers['www-authenticate']), /basic/i);
  });

  it('cannot do with a malformed header what they cannot do without', async () => {
    for (const authorization of [
      'Basic',
      'Basic !!!',
      'Basic QQ==',
      `Basic ${'A'.repeat(5_000)}`,
      'Bearer x',
    ]) {
      assert.equal(
        (await app.inject({ url: '/api/v1/deliveries', headers: { authorization } })).statusCode,
        401,
      );
    }
  });
});

describe('accounts', () => {
  it('are refused with a taken login, a malformed one, a short password or a wrong shape', async () => {
    await addPerson(node, { login: 'one', kind: 'reader' });
    await assert.rejects(addPerson(node, { login: 'one', kind: 'reader' }), { code: 'account.login_taken' });
    await assert.rejects(addPerson(node, { login: 'Ö ne', kind: 'reader' }), {
      code: 'account.login_malformed',
    });
    await assert.rejects(addPerson(node, { login: 'two', kind: 'reader', password: 'short' }), {
      code: 'account.password_short',
    });
    await assert.rejects(addPerson(node, { login: 'two', kind: 'enterprise' }), {
      code: 'account.shape_wrong',
    });
    await assert.rejects(addPerson(node, { login: 'two', kind: 'provider' }), {
      code: 'account.shape_wrong',
    });
  });

  it('leave a leaf for each act, which names no login', async () => {
    await addPerson(node, { login: 'named-person', kind: 'reader' });
    const bodies = await inTransaction(node.database, (tx) =>
      tx.rows<{
        body: string;
      }>(`select b.body from security.leaf_bodies b join security.receipts r using (receipt_id)
        where r.kind = 'administrative_act'`),
    );
    assert.ok(bodies.some(({ body }) => body.includes('account_made')));
    assert.ok(bodies.every(({ body }) => !body.includes('named-person')));
  });

  it('are listed without anything of their password', async () => {
    const accounts = await inTransaction(node.database, listAccounts);
    assert.ok(accounts.length > 0);
    assert.doesNotMatch(JSON.stringify(accounts), /password|salt|hash/i);
  });
});
