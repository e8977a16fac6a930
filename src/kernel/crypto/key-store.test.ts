import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Refusal } from '../refusals.ts';
import { gm1 } from './gm-1.ts';
import { KEY_USES, openKeyStore } from './key-store.ts';
import { jwkThumbprint } from './public-jwk.ts';
import { verifyByKey } from './suites.ts';

function keyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'keys '));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('each suite gives every use its algorithm, and log, pdf and oidc keep theirs', (t) => {
  const [intl, gm] = [openKeyStore(keyFolder(t)), openKeyStore(keyFolder(t), 'gm-1')];
  const algorithms = Object.fromEntries(
    KEY_USES.map((use) => [use, [intl.get(use).algorithm, gm.get(use).algorithm]]),
  );
  assert.deepEqual(algorithms, {
    log: ['Ed25519', 'Ed25519'],
    log_gm: ['SM2', 'SM2'],
    receipt: ['Ed25519', 'SM2'],
    report: ['ES256', 'SM2'],
    consent: ['Ed25519', 'SM2'],
    pdf: ['ES256', 'ES256'],
    oidc: ['ES256', 'ES256'],
  });
  assert.deepEqual([gm.get('receipt').suite, gm.get('log').suite], ['gm-1', 'intl-1']);
  assert.deepEqual([intl.suite, gm.suite], ['intl-1', 'gm-1']);
});

test('a use signs in the layout that its readers know', (t) => {
  const store = openKeyStore(keyFolder(t), 'gm-1');
  const bytes = Buffer.from('m');
  for (const use of KEY_USES) {
    const key = store.get(use);
    const form = use === 'report' || use === 'oidc' ? 'ieee-p1363' : 'der';
    assert(verifyByKey(key.publicKey, bytes, key.sign(bytes), form), use);
  }
});

test('an SM2 key is published with its thumbprint and without its secret', (t) => {
  const { kid, publicJwk } = openKeyStore(keyFolder(t), 'gm-1').get('receipt');
  assert.deepEqual([publicJwk.kty, publicJwk.crv, publicJwk.d], ['EC', 'SM2', undefined]);
  assert.equal(kid, jwkThumbprint(publicJwk));
});

test('after a switch in either direction the suite’s own key signs, and all keys verify', (t) => {
  const folder = keyFolder(t);
  const bytes = Buffer.from('before the switch');
  const old = openKeyStore(folder).get('receipt');
  const [oldSignature, gm] = [old.sign(bytes), openKeyStore(folder, 'gm-1')];
  const fresh = gm.get('receipt');
  assert.deepEqual([fresh.suite, gm.get('receipt').kid], ['gm-1', fresh.kid]);
  assert.deepEqual(
    gm.all('receipt').map(({ kid }) => kid),
    [old.kid, fresh.kid],
  );
  const back = openKeyStore(folder);
  assert.equal(back.get('receipt').kid, old.kid, 'the suite still has a key');
  const [foundOld, foundFresh] = [gm.find(old.kid), back.find(fresh.kid)];
  assert(foundOld !== undefined && verifyByKey(foundOld.publicKey, bytes, oldSignature));
  assert(foundFresh !== undefined && verifyByKey(foundFresh.publicKey, bytes, fresh.sign(bytes), 'der'));
  const rotated = back.rotate('receipt');
  assert.deepEqual([rotated.algorithm, back.get('receipt').kid], ['Ed25519', rotated.kid]);
  assert.equal(gm.get('receipt').kid, fresh.kid, 'a rotation of the other suite changes nothing here');
});

test('processes of both suites on one folder do not make keys against each other', (t) => {
  const folder = keyFolder(t);
  const [intl, gm] = [openKeyStore(folder), openKeyStore(folder, 'gm-1')];
  const kids = new Set<string>();
  for (let n = 0; n < 5; n += 1) for (const store of [intl, gm]) kids.add(store.get('report').kid);
  assert.equal(kids.size, 2);
  assert.equal(readdirSync(folder).length, 2);
});

test('a rotation gives a new key also when the other suite has just taken the next number', (t) => {
  const folder = keyFolder(t);
  const [intl, gm] = [openKeyStore(folder), openKeyStore(folder, 'gm-1')];
  const old = intl.get('consent');
  gm.get('consent');
  gm.rotate('consent');
  const fresh = intl.rotate('consent');
  assert.notEqual(fresh.kid, old.kid);
  assert.equal(fresh.algorithm, 'Ed25519');
  assert.equal(intl.all('consent').length, 4);
});

test('a key of an algorithm that its use never has stops the start', (t) => {
  const folder = keyFolder(t);
  const pem = gm1.makeKeyPair('SM2').privateKey.export({ format: 'pem', type: 'pkcs8' });
  for (const use of ['log', 'pdf', 'oidc'] as const) {
    writeFileSync(join(folder, `${use}-1.pem`), pem, { mode: 0o600 });
    assert.throws(
      () => openKeyStore(folder, 'gm-1').get(use),
      (error) => error instanceof Refusal && error.code === 'keys.unreadable',
    );
  }
});
