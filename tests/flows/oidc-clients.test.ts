import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import { makeKeys } from '../support/oidc-client.ts';
import { addPeople } from './consent-setting.ts';
import { addPerson, basic, endingOf, openTestApp } from './http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ending = endingOf(after);
const { app, node } = await openTestApp(ending);
await addPeople(node);
await addPerson(node, { login: 'security', kind: 'operator', roles: ['security_admin'] });
const admin = { kind: 'institution', participantId: 'bank', roles: ['institution_admin'] } as const;
await addPerson(node, { login: 'bank-admin', ...admin });

const jwk = async () => await jose.exportJWK((await makeKeys()).publicKey);

function post(login: string, url: string, payload: object = {}) {
  return app.inject({ method: 'POST', url, payload, headers: { authorization: basic(login) } });
}

async function register(login: string, over: object = {}) {
  const client = {
    clientId: 'bank-core',
    participantId: 'bank',
    label: '核心系统',
    keys: await jwk(),
    ...over,
  };
  return await post(login, '/api/v1/clients', client);
}

async function listed(
  login: string,
): Promise<{ clientId: string; keys: { kid: string; retiredAt: string | null }[] }[]> {
  const answer = await app.inject({ url: '/api/v1/clients', headers: { authorization: basic(login) } });
  return answer.json<{ clients: [] }>().clients;
}

describe('clients', () => {
  it('are kept by the security administrator, and by an institution’s own administrator for itself', async () => {
    assert.equal((await register('security')).statusCode, 200);
    assert.equal((await register('bank-admin', { clientId: 'bank-branch' })).statusCode, 200);
    const foreign = await register('bank-admin', { clientId: 'foreign', participantId: 'other-bank' });
    assert.equal(foreign.statusCode, 403);
    assert.equal((await register('inquirer', { clientId: 'inquirers-own' })).statusCode, 403);
    assert.equal((await register('enterprise-a', { clientId: 'enterprises-own' })).statusCode, 403);
    await register('security', { clientId: 'other-core', participantId: 'other-bank' });
    assert.equal((await listed('security')).length, 3);
    assert.deepEqual(
      (await listed('bank-admin')).map(({ clientId }) => clientId),
      ['bank-branch', 'bank-core'],
    );
  });

  it('hand in public keys only, and of a kind that is taken', async () => {
    const whole = await jose.exportJWK((await makeKeys()).privateKey);
    const small = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 255).toString('base64url') };
    const p384 = await jose.exportJWK((await jose.generateKeyPair('ES384', { extractable: true })).publicKey);
    for (const keys of [whole, small, p384, {}, { keys: [] }, { kty: 'oct', k: 'AAAA' }]) {
      const answer = await register('security', { clientId: 'unfit', keys });
      assert.deepEqual(
        [answer.statusCode, answer.json().error.code],
        [422, 'client.key_unfit'],
        JSON.stringify(keys),
      );
    }
    assert.ok((await listed('security')).every(({ clientId }) => clientId !== 'unfit'));
  });

  it('change keys and are disabled, each act with its leaf', async () => {
    assert.equal(
      (await post('bank-admin', '/api/v1/clients/bank-core/keys', { key: await jwk() })).statusCode,
      200,
    );
    const [, core] = await listed('bank-admin');
    const retire = core?.keys[0]?.kid ?? '';
    assert.equal((await post('bank-admin', '/api/v1/clients/bank-core/keys', { retire })).statusCode, 200);
    const many = await Promise.all([1, 2, 3, 4].map(jwk));
    for (const [at, key] of many.entries()) {
      const { statusCode } = await post('security', '/api/v1/clients/bank-core/keys', { key });
      assert.equal(statusCode, at < 3 ? 200 : 409);
    }
    assert.equal((await post('bank-admin', '/api/v1/clients/bank-core/disable')).statusCode, 200);
    assert.equal((await post('bank-admin', '/api/v1/clients/bank-core/disable')).statusCode, 404);
    const { rows } = await node.database.pool.query<{ body: string }>(
      "select body from security.leaf_bodies where body like '%bank-core%' order by receipt_id",
    );
    const acts = rows.map(({ body }) => (JSON.parse(body) as { act: string }).act);
    assert.deepEqual(acts.slice(0, 2), ['client_registered', 'client_keys_changed']);
    assert.equal(acts.at(-1), 'client_disabled');
  });

  it('are kept from the shell too', async () => {
    const file = join(node.config.dataFolder, 'key.json');
    writeFileSync(file, JSON.stringify(await jwk()));
    const { PATH = '' } = process.env;
    const run = (...words: string[]): Record<string, unknown> => {
      const env = {
        PATH,
        DATABASE_URL: node.database.url,
        XINQIAO_DATA: node.config.dataFolder,
        XINQIAO_KEYS: node.config.keysFolder,
        XINQIAO_PARTITIONS: '1',
      };
      const main = join(ROOT, 'src/entry/cli/main.ts');
      const said = execFileSync(process.execPath, [main, 'clients', ...words, '--json'], {
        env,
        encoding: 'utf8',
      });
      return JSON.parse(said) as Record<string, unknown>;
    };
    run('register', 'shell-client', '--participant', 'platform', '--key', file);
    assert.deepEqual(run('disable', 'shell-client'), { clientId: 'shell-client', disabled: true });
  });
});
