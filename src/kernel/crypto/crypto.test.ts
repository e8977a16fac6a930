import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Refusal } from '../refusals.ts';
import { checkSuites } from './check-suites.ts';
import { equalSecrets } from './equal-secrets.ts';
import { KEY_USES, openKeyStore } from './key-store.ts';
import { jwkThumbprint } from './public-jwk.ts';
import { intl1 } from './intl-1.ts';

function keyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'keys '));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'keys');
}

test('the suite gives the known answers of its standards', () => {
  checkSuites();
});

test('a suite that computes wrongly stops the start', () => {
  assert.throws(() => checkSuites([{ ...intl1, digest: () => Buffer.alloc(32) }]), /SHA-256/);
  assert.throws(() => checkSuites([{ ...intl1, verify: () => true }]), /changed signature/);
  assert.throws(
    () => checkSuites([{ ...intl1, open: (_key, sealed) => Buffer.from(sealed) }]),
    /AES-256-GCM/,
  );
});

test('the thumbprint is that of RFC 8037 appendix A.3', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  assert.equal(jwkThumbprint(jwk), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
});

test('keys are made on first use, readable by their owner only, and are found again', (t) => {
  const folder = keyFolder(t);
  const first = openKeyStore(folder);
  for (const use of KEY_USES) {
    const key = first.get(use);
    assert.equal(openKeyStore(folder).get(use).kid, key.kid);
    assert.equal(key.publicJwk.d, undefined);
  }
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  assert.equal(new Set(KEY_USES.map((use) => first.get(use).kid)).size, KEY_USES.length);
});

test('after rotation the new key signs, the old one still verifies, and an open store notices', (t) => {
  const folder = keyFolder(t);
  const [one, other] = [openKeyStore(folder), openKeyStore(folder)];
  const old = one.get('receipt');
  other.get('receipt');
  const bytes = Buffer.from('before the rotation');
  const signature = old.sign(bytes);
  const fresh = one.rotate('receipt');
  assert.notEqual(fresh.kid, old.kid);
  assert.equal(one.get('receipt').kid, fresh.kid);
  assert.equal(other.get('receipt').kid, fresh.kid);
  const found = openKeyStore(folder).find(old.kid);
  assert(found !== undefined && intl1.verify(found.publicKey, bytes, signature));
  assert.equal(other.find('unknown'), undefined);
});

test('processes that start at once on an empty folder agree on every key', async (t) => {
  const folder = keyFolder(t);
  const script = `import { openKeyStore, KEY_USES } from ${JSON.stringify(import.meta.resolve('./key-store.ts'))};
    const store = openKeyStore(${JSON.stringify(folder)});
    console.log(KEY_USES.map((use) => store.get(use).kid).join(' '));`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const answers = await Promise.all([run(), run(), run(), run()]);
  assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1);
  assert.equal(readdirSync(folder).length, KEY_USES.length, 'no draft is left behind');
});

test('a key file open to others, damaged, or of another kind stops the start', (t) => {
  const folder = keyFolder(t);
  openKeyStore(folder).get('log');
  const file = join(folder, 'log-1.pem');
  const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;
  chmodSync(file, 0o644);
  assert.throws(() => openKeyStore(folder).get('log'), refusedWith('keys.open_to_others'));
  const es256 = intl1.makeKeyPair('ES256').privateKey.export({ format: 'pem', type: 'pkcs8' });
  for (const content of ['', 'not a key', es256]) {
    rmSync(file);
    writeFileSync(file, content, { mode: 0o600 });
    assert.throws(() => openKeyStore(folder).get('log'), refusedWith('keys.unreadable'));
  }
});

test('secrets are compared whole, whatever their lengths', () => {
  assert(equalSecrets('一个秘密', Buffer.from('一个秘密')));
  assert(!equalSecrets('secret', 'secre'));
  assert(!equalSecrets('', 'x'));
});
