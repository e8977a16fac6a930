import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Refusal } from '../refusals.ts';
import { certificatesOf, makeDemonstrationCertificate, openCertificate } from './certificate.ts';

const at = new Date('2026-03-02T01:00:00Z');

function demonstration(t: TestContext, kid = 'k1') {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-certificate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, key: newKey(kid), nodeName: '示范节点', at, mayCreate: true };
}

function newKey(kid: string) {
  return { kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

test('a demonstration node makes a root and a signing certificate that the root issued', (t) => {
  const { signer, roots } = openCertificate(demonstration(t));
  const [root] = roots;
  assert.ok(root?.ca && root.verify(root.publicKey));
  assert.ok(!signer.certificate.ca);
  assert.ok(signer.certificate.checkIssued(root) && signer.certificate.verify(root.publicKey));
  assert.match(signer.certificate.subject, /CN=示范节点/);
  assert.equal(signer.certificate.validToDate.getUTCFullYear(), 2036);
  assert.deepEqual(signer.intermediates, []);
});

test('the second start finds the same certificate and no other file stands beside it', (t) => {
  const options = demonstration(t);
  const first = openCertificate(options);
  const second = openCertificate({ ...options, mayCreate: false });
  assert.equal(first.signer.certificate.fingerprint256, second.signer.certificate.fingerprint256);
  assert.deepEqual(readdirSync(options.folder), ['pdf-k1.crt.pem']);
});

test('after a change of keys the roots of old documents are still known', (t) => {
  const options = demonstration(t);
  const before = openCertificate(options);
  const after = openCertificate({ ...options, key: newKey('k2') });
  assert.equal(after.roots.length, 2);
  assert.ok(after.roots.some((root) => before.signer.certificate.checkIssued(root)));
});

test('a city without a certificate file is refused', (t) => {
  assert.throws(
    () => openCertificate({ ...demonstration(t), mayCreate: false }),
    refusedWith('certificate.missing'),
  );
});

test('a certificate of another key, one without its root, and an empty file are refused', (t) => {
  const options = demonstration(t);
  const file = join(options.folder, 'pdf-k1.crt.pem');
  const own = makeDemonstrationCertificate(options.key.publicKey, '节点', at);
  const foreign = makeDemonstrationCertificate(newKey('other').publicKey, '节点', at);
  for (const text of [foreign.certificatePem + foreign.rootPem, own.certificatePem, own.rootPem, '']) {
    writeFileSync(file, text);
    assert.throws(() => openCertificate(options), refusedWith('certificate.wrong'));
  }
});

test('every certificate of a PEM text is read, in its order', () => {
  const made = makeDemonstrationCertificate(newKey('k').publicKey, '节点', at);
  const read = certificatesOf(made.certificatePem + made.rootPem);
  assert.deepEqual(
    read.map((certificate) => certificate.ca),
    [false, true],
  );
});
