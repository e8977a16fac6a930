import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { TOTP } from 'otpauth';
import { inTransaction, shapeConfig } from '#kernel';
import { authenticate, removeSecondFactor } from '#platform';
import {
  addOperator,
  addPerson,
  basic,
  endingOf,
  newAddress,
  openTestApp,
  openTestClock,
  PASSWORD,
} from './http-node.ts';

const ending = endingOf(after);
const clock = openTestClock();
const { app, node } = await openTestApp(ending, { clock });

function post(url: string, payload: object) {
  return app.inject({ method: 'POST', url, payload, headers: { 'x-forwarded-for': newAddress() } });
}
const signIn = (login: string, code?: string) =>
  post('/api/v1/session', { login, password: PASSWORD, ...(code === undefined ? {} : { code }) });

/** The code of the person's authenticator, some steps from now. */
function codeOf(secret: string, steps = 0): string {
  const timestamp = clock.now().getTime() + steps * 30_000;
  return new TOTP({ secret }).generate({ timestamp });
}

async function enrol(login: string): Promise<{ secret: string; recoveryCodes: string[]; uri: string }> {
  const answer = await post('/api/v1/second-factor', { login, password: PASSWORD });
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

async function enrolled(login: string) {
  await addOperator(node, login);
  const enrolment = await enrol(login);
  const code = codeOf(enrolment.secret);
  const answer = await post('/api/v1/second-factor/confirm', { login, password: PASSWORD, code });
  assert.equal(answer.statusCode, 204, answer.body);
  clock.advance(60_000);
  return enrolment;
}

describe('a second factor', () => {
  it('is not asked for until its first code came back', async () => {
    await addOperator(node, 'beginner');
    const first = await enrol('beginner');
    assert.match(first.uri, /^otpauth:\/\/totp\//);
    assert.equal((await signIn('beginner')).statusCode, 200);
    const second = await enrol('beginner');
    assert.notEqual(second.secret, first.secret, 'one that was not confirmed is replaced');
    const wrong = { login: 'beginner', password: PASSWORD, code: codeOf(first.secret) };
    assert.equal(
      (await post('/api/v1/second-factor/confirm', wrong)).json().error.code,
      'account.code_refused',
    );
  });

  it('is asked for at every way in once it is there', async () => {
    const { secret } = await enrolled('careful');
    const without = await signIn('careful');
    assert.deepEqual([without.statusCode, without.json().error.code], [401, 'account.code_required']);
    const machine = await app.inject({
      url: '/api/v1/deliveries',
      headers: { authorization: basic('careful') },
    });
    assert.deepEqual([machine.statusCode, machine.json().error.code], [401, 'account.code_required']);
    assert.equal((await signIn('careful', '000000')).json().error.code, 'account.code_refused');
    assert.equal((await signIn('careful', codeOf(secret))).statusCode, 200);
    const again = await post('/api/v1/second-factor', { login: 'careful', password: PASSWORD });
    assert.equal(
      again.json().error.code,
      'account.code_required',
      'who has only the password cannot replace it',
    );
  });

  it('takes a code once, also of two sign-ins at the same moment, and never an older one', async () => {
    const { secret } = await enrolled('once');
    const code = codeOf(secret);
    const answers = await Promise.all([signIn('once', code), signIn('once', code)]);
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 401]);
    assert.equal((await signIn('once', code)).json().error.code, 'account.code_refused');
    assert.equal((await signIn('once', codeOf(secret, -1))).statusCode, 401);
    clock.advance(30_000);
    assert.equal((await signIn('once', codeOf(secret))).statusCode, 200);
  });

  it('takes a code of a clock that is half a minute off, and no other', async () => {
    const { secret } = await enrolled('tolerant');
    for (const steps of [-3, 3])
      assert.equal((await signIn('tolerant', codeOf(secret, steps))).statusCode, 401);
    assert.equal((await signIn('tolerant', codeOf(secret, -1))).statusCode, 200);
    assert.equal((await signIn('tolerant', codeOf(secret, 1))).statusCode, 200);
  });

  it('takes each recovery code once', async () => {
    const { recoveryCodes } = await enrolled('phoneless');
    assert.equal(recoveryCodes.length, 8);
    const [first = '', second = ''] = recoveryCodes;
    assert.equal((await signIn('phoneless', first)).statusCode, 200);
    assert.equal((await signIn('phoneless', first)).json().error.code, 'account.code_refused');
    assert.equal((await signIn('phoneless', second.toUpperCase().replaceAll('-', ' '))).statusCode, 200);
  });

  it('counts wrong codes like wrong passwords', async () => {
    const { secret } = await enrolled('guessed');
    for (let attempt = 0; attempt < node.config.signIn.attemptsMax; attempt += 1)
      assert.equal((await signIn('guessed', '123456')).statusCode, 401);
    assert.equal((await signIn('guessed', codeOf(secret))).json().error.code, 'account.resting');
  });

  it('is taken away by a person with that right, with a leaf', async () => {
    await enrolled('lost');
    const act = { by: 'system:test', clock, keys: node.keys };
    await inTransaction(node.database, (tx) => removeSecondFactor(tx, act, 'lost'));
    assert.equal((await signIn('lost')).statusCode, 200);
    const { rows } = await node.database.pool.query<{ body: string }>(
      "select body from security.leaf_bodies where body like '%second_factor_removed%'",
    );
    assert.equal(rows.length, 1);
  });

  it('keeps neither secret nor recovery code in the database', async () => {
    const { secret, recoveryCodes } = await enrolled('sealed');
    const bytes = Buffer.from(new TOTP({ secret }).secret.bytes).toString('hex');
    const { rows } = await node.database.pool.query<{ text: string }>(
      `select f::text as text from platform.second_factors f union all select r::text from platform.recovery_codes r`,
    );
    const all = rows.map(({ text }) => text).join('\n');
    for (const kept of [
      secret,
      bytes,
      ...recoveryCodes,
      ...recoveryCodes.map((code) => code.replaceAll('-', '')),
    ])
      assert.ok(!all.includes(kept));
  });
});

describe('rules of a node', () => {
  const signInRules = (env: object) => ({
    ...node.identity.rules,
    ...shapeConfig({ XINQIAO_DATA: node.config.dataFolder, ...env }).signIn,
  });
  const enter = (login: string, rules: ReturnType<typeof signInRules>, password = PASSWORD) =>
    authenticate(node.database, clock, { login, password }, rules);

  it('may require a second factor of operators and institutions, and of nobody else', async () => {
    const rules = signInRules({ XINQIAO_TOTP: 'required' });
    await addOperator(node, 'bare');
    await addPerson(node, { login: 'reader', kind: 'reader' });
    await assert.rejects(enter('bare', rules), { code: 'account.second_factor_missing' });
    assert.equal((await enter('reader', rules)).kind, 'reader');
    const off = signInRules({ XINQIAO_TOTP: 'off' });
    await enrolled('switched-off');
    assert.ok(await enter('switched-off', off));
  });

  it('say when a login rests, and for how long', async () => {
    const rules = signInRules({ XINQIAO_SIGN_IN_ATTEMPTS: '2', XINQIAO_SIGN_IN_REST: '60' });
    await addOperator(node, 'strict');
    for (const _ of [1, 2])
      await assert.rejects(enter('strict', rules, 'wrong'), { code: 'account.sign_in_refused' });
    await assert.rejects(enter('strict', rules), { code: 'account.resting' });
    clock.advance(59 * 60_000);
    await assert.rejects(enter('strict', rules), { code: 'account.resting' });
    clock.advance(61_000);
    assert.ok(await enter('strict', rules));
  });

  it('are refused at start when they make no sense', () => {
    for (const env of [
      { XINQIAO_TOTP: 'sometimes' },
      { XINQIAO_SESSION_IDLE: '0' },
      { XINQIAO_PASSWORD_MIN: '4' },
    ])
      assert.throws(() => shapeConfig(env), { code: 'config.wrong_value' });
  });
});
