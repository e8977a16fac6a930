import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inTransaction, type Tx } from '#kernel';
import { addPeople, CODE, requestOf } from './consent-setting.ts';
import {
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
const { app, node } = await openTestApp(endingOf(after), { clock });
const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(node.database, work);
const origin = 'http://127.0.0.1:8080';

await addPeople(node);
await addPerson(node, { login: 'auditor', kind: 'operator', roles: ['audit_admin'] });

const as = (login: string) => ({ authorization: basic(login) });

function post(url: string, login: string, payload?: object) {
  return app.inject({
    method: 'POST',
    url,
    headers: as(login),
    ...(payload === undefined ? {} : { payload }),
  });
}

const get = (url: string, login: string) => app.inject({ url, headers: as(login) });

async function asked(over: object = {}) {
  const answer = await post('/api/v1/consents', 'inquirer', {
    ...requestOf(clock),
    operator: '张三',
    ...over,
  });
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<{ consentId: string; code: string; link: string; qr: string; digest: string }>();
}

describe('the interface of consents', () => {
  it('asks with link and QR code, tells the asker the state alone, and takes the enterprise’s answer', async () => {
    const { consentId, link, qr, digest } = await asked();
    assert.match(link, /^http:\/\/127\.0\.0\.1:8080\/consent\/[A-Za-z0-9_-]{27}$/);
    assert.match(qr, /^<svg /);
    const polled = await get(`/api/v1/consents/${consentId}`, 'inquirer');
    assert.deepEqual(Object.keys(polled.json()).sort(), [
      'answerBy',
      'consentId',
      'state',
      'validTo',
      'version',
    ]);
    assert.equal(polled.json().state, 'pending');
    const words = await get(`/api/v1/consents/${consentId}/words`, 'enterprise-a');
    assert.equal(words.statusCode, 200, words.body);
    assert.equal(words.json().digest, digest);
    assert.equal(words.json().institution.name.zh, '京华银行');
    const granted = await post(`/api/v1/consents/${consentId}/grant`, 'enterprise-a', { digest });
    assert.equal(granted.json().state, 'active', granted.body);
    for (const [act, state] of [
      ['pause', 'paused'],
      ['resume', 'active'],
      ['revoke', 'revoked'],
    ]) {
      const changed = await post(`/api/v1/consents/${consentId}/${act}`, 'enterprise-a');
      assert.equal(changed.json().state, state, changed.body);
      assert.equal((await get(`/api/v1/consents/${consentId}`, 'inquirer')).json().state, state);
    }
  });

  it('knows nothing of a consent to those who are no party', async () => {
    const { consentId, digest, code } = await asked();
    for (const login of ['other-inquirer', 'enterprise-b', 'auditor']) {
      for (const url of [`/api/v1/consents/${consentId}`, `/api/v1/consents/${code}/words`]) {
        const answer = await get(url, login);
        assert.equal(answer.statusCode, 404, `${login} ${url}`);
        assert.equal(answer.json().error.code, 'consent.unknown');
      }
      const answer = await post(`/api/v1/consents/${consentId}/grant`, login, { digest });
      assert.equal(answer.json().error.code, 'consent.unknown');
    }
    assert.equal((await app.inject({ url: `/api/v1/consents/${consentId}` })).statusCode, 401);
  });

  it('refuses a member that it does not describe, and a purpose outside the dictionary', async () => {
    const extra = await post('/api/v1/consents', 'inquirer', { ...requestOf(clock), extra: true });
    assert.equal(extra.statusCode, 400);
    const purpose = await post('/api/v1/consents', 'inquirer', requestOf(clock, { purpose: 'marketing' }));
    assert.equal(purpose.statusCode, 422);
    assert.equal(purpose.json().error.code, 'consent.purpose_unknown');
    const bound = await post(
      '/api/v1/consents',
      'inquirer',
      requestOf(clock, { dataLife: { count: 9, unit: 'year' } }),
    );
    assert.equal(bound.statusCode, 412);
    assert.match(bound.json().error.message.en, /dataLifeMax/);
  });

  it('lists an enterprise’s consents for itself and for the auditor, and for nobody else', async () => {
    for (const login of ['enterprise-a', 'auditor']) {
      const answer = await get(`/api/v1/enterprises/${CODE}/consents`, login);
      assert.equal(answer.statusCode, 200, `${login} ${answer.body}`);
      const [first] = answer.json().consents;
      assert.equal(first.lastUsedAt, null);
      assert.doesNotMatch(answer.body, /enterpriseId|requestedBy|张三/);
    }
    for (const login of ['enterprise-b', 'inquirer']) {
      assert.equal((await get(`/api/v1/enterprises/${CODE}/consents`, login)).statusCode, 403, login);
    }
  });

  it('publishes the bounds to anyone', async () => {
    const answer = await app.inject({ url: '/api/v1/fair-use' });
    assert.equal(answer.statusCode, 200);
    const { hash, institutions } = answer.json();
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(institutions.length, 4);
    assert.ok(institutions[0].bounds[0].validityMax.count > 0);
  });

  it('takes a paper consent in: scan, entry, confirmation by another person', async () => {
    const scan = await app.inject({
      method: 'PUT',
      url: '/api/v1/consent-scans',
      headers: { ...as('clerk'), 'content-type': 'application/pdf' },
      payload: Buffer.from('%PDF-1.7\n%%EOF\n'),
    });
    assert.equal(scan.statusCode, 200, scan.body);
    const signedOn = requestOf(clock).dataFrom;
    const paper = { ...requestOf(clock), scanDigest: scan.json().digest, signedOn };
    const entered = await post('/api/v1/consents/paper', 'clerk', paper);
    assert.equal(entered.statusCode, 200, entered.body);
    const { consentId, digest } = entered.json();
    const own = await post(`/api/v1/consents/${consentId}/confirm`, 'clerk', { digest });
    assert.equal(own.json().error.code, 'policy.two_persons');
    const seen = await get(`/api/v1/consents/${consentId}/paper`, 'compliance');
    assert.equal(seen.json().digest, digest, seen.body);
    assert.equal(
      (await post(`/api/v1/consents/${consentId}/confirm`, 'compliance', { digest })).json().state,
      'active',
    );
    const image = await get(`/api/v1/consents/${consentId}/scan`, 'enterprise-a');
    assert.equal(image.headers['content-type'], 'application/pdf');
    assert.match(image.body, /^%PDF/);
    assert.equal((await get(`/api/v1/consents/${consentId}/scan`, 'enterprise-b')).statusCode, 404);
    assert.equal(
      (await post(`/api/v1/consents/${consentId}/revoke`, 'enterprise-a')).json().state,
      'revoked',
    );
  });

  it('refuses a scan that is none, one that is too large, and one from anyone but the counter', async () => {
    const put = (login: string, payload: Buffer) =>
      app.inject({
        method: 'PUT',
        url: '/api/v1/consent-scans',
        headers: { ...as(login), 'content-type': 'application/octet-stream' },
        payload,
      });
    assert.equal((await put('clerk', Buffer.from('<html>'))).json().error.code, 'consent.scan_unreadable');
    assert.equal((await put('clerk', Buffer.alloc(10 * 1024 ** 2 + 1))).statusCode, 413);
    assert.equal((await put('inquirer', Buffer.from('%PDF-1.7'))).statusCode, 403);
  });
});

describe('the page of a consent', () => {
  const open = (path: string, cookie?: string) =>
    app.inject({ url: path, headers: cookie === undefined ? {} : { cookie } });
  const submit = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: path,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': newAddress(),
        origin,
        ...headers,
      },
      payload: new URLSearchParams(form).toString(),
    });

  it('shows nothing before sign-in, nor to another enterprise, whether or not there is a consent', async () => {
    const { code } = await asked();
    const [real, other] = [await open(`/consent/${code}`), await open(`/consent/${'A'.repeat(27)}`)];
    assert.equal(real.statusCode, 200);
    assert.doesNotMatch(real.body, /京华银行|贷前/);
    assert.equal(real.body.replaceAll(code, ''), other.body.replaceAll('A'.repeat(27), ''));
    const cookie = await signIn(app, 'enterprise-b');
    const stranger = await open(`/consent/${code}`, cookie);
    assert.equal(stranger.statusCode, 404);
    assert.doesNotMatch(stranger.body, /京华银行|贷前/);
  });

  it('lets the enterprise sign in, read, agree, and revoke in two clicks', async () => {
    const { code, consentId } = await asked();
    const wrong = await submit(`/consent/${code}/sign-in`, { login: 'enterprise-a', password: 'wrong' });
    assert.equal(wrong.statusCode, 401);
    assert.match(wrong.body, /账号或口令不对|账号或密码不对/);
    const signed = await submit(`/consent/${code}/sign-in`, { login: 'enterprise-a', password: PASSWORD });
    assert.equal(signed.statusCode, 303);
    assert.equal(signed.headers.location, `/consent/${code}`);
    const [cookieSet] = signed.cookies;
    const cookie = `${cookieSet?.name}=${cookieSet?.value}`;
    const page = await open(`/consent/${code}`, cookie);
    assert.match(page.body, /京华银行请您授权查询/);
    assert.equal(page.body.match(/<li>/g)?.length, 6);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.doesNotMatch(page.body, /<script|style=/);
    const digest = /name="digest" value="([0-9a-f]{64})"/.exec(page.body)?.[1] ?? '';
    const granted = await submit(`/consent/${code}/grant`, { digest }, { cookie });
    assert.equal(granted.statusCode, 303, granted.body);
    const list = await open('/consents', cookie);
    assert.match(list.body, new RegExp(`action="/consent/${consentId}/revoke"`));
    const revoked = await submit(`/consent/${consentId}/revoke`, {}, { cookie });
    assert.equal(revoked.statusCode, 303, revoked.body);
    assert.match((await open(`/consent/${code}`, cookie)).body, /已撤销/);
  });

  it('refuses a form of another site, a digest of other words, and a form without sign-in', async () => {
    const { code } = await asked();
    const cookie = await signIn(app, 'enterprise-a');
    for (const from of ['https://evil.example', 'null']) {
      const answer = await submit(`/consent/${code}/reject`, {}, { cookie, origin: from });
      assert.equal(answer.statusCode, 403, from);
    }
    const other = await submit(`/consent/${code}/grant`, { digest: '0'.repeat(64) }, { cookie });
    assert.equal(other.statusCode, 409);
    assert.match(other.body, /不是同一份/);
    assert.equal((await submit(`/consent/${code}/reject`, {})).statusCode, 401);
    assert.match((await open(`/consent/${code}`, cookie)).body, /待答复/);
  });

  it('escapes what an institution is called', async () => {
    await within((tx) =>
      tx.rows(`update platform.participants set name_zh = '<b>银行</b>' where participant_id = 'other-bank'`),
    );
    const answer = await post('/api/v1/consents', 'other-inquirer', requestOf(clock));
    const cookie = await signIn(app, 'enterprise-a');
    const page = await open(`/consent/${answer.json().code}`, cookie);
    assert.match(page.body, /&lt;b&gt;银行&lt;\/b&gt;请您/);
    assert.doesNotMatch(page.body, /<b>/);
  });
});
