import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sm2, sm3 } from 'sm-crypto-v2';
import { checkSuites } from './check-suites.ts';
import { gm1 } from './gm-1.ts';
import { intl1 } from './intl-1.ts';
import { fromPublicJwk, jwkThumbprint, toPublicJwk } from './public-jwk.ts';
import { pointOf } from './sm2.ts';
import { algorithmOf, signByKey, verifyByKey } from './suites.ts';
import type { Suite } from './suite.ts';

const OPTIONS = { hash: true, der: true } as const;

function hexPoint(key: KeyObject): string {
  return `04${pointOf(key)?.toString('hex')}`;
}

/** The scalar as it stands in SEC 1, for the library. */
function hexScalar(key: KeyObject): string {
  const der = key.export({ format: 'der', type: 'pkcs8' });
  const at = der.indexOf(Buffer.from([0x04, 0x20]));
  return der.subarray(at + 2, at + 34).toString('hex');
}

test('a library of other hands agrees on SM3 at every length around a block', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 128, 1_000]) {
    const bytes = randomBytes(length);
    assert.equal(gm1.digest(bytes).toString('hex'), sm3(bytes), `${length} bytes`);
  }
});

test('a library of other hands accepts our SM2 signatures, and we accept its', () => {
  for (let n = 0; n < 8; n += 1) {
    const { privateKey, publicKey } = gm1.makeKeyPair('SM2');
    const message = Buffer.from(`信用 ${n}`);
    const ours = gm1.sign(privateKey, message, 'der');
    assert(sm2.doVerifySignature(message, ours.toString('hex'), hexPoint(publicKey), OPTIONS));
    const joined = gm1.sign(privateKey, message);
    assert.equal(joined.length, 64);
    assert(sm2.doVerifySignature(message, joined.toString('hex'), hexPoint(publicKey), { hash: true }));
    const theirs = Buffer.from(
      sm2.doSignature(message, hexScalar(privateKey), { ...OPTIONS, publicKey: hexPoint(publicKey) }),
      'hex',
    );
    assert(gm1.verify(publicKey, message, theirs, 'der'));
    assert(!gm1.verify(publicKey, Buffer.from('other'), theirs, 'der'));
  }
});

test('r‖s keeps its 64 bytes where a half begins with zeros, and no other layout is taken', () => {
  const { privateKey, publicKey } = gm1.makeKeyPair('SM2');
  const message = Buffer.from('m');
  let short = false;
  for (let n = 0; n < 2_000 && !short; n += 1) {
    const signature = gm1.sign(privateKey, message);
    assert.equal(signature.length, 64);
    short = signature[0] === 0 || signature[32] === 0;
    if (short) assert(gm1.verify(publicKey, message, signature));
  }
  assert(short, 'no signature with a leading zero came up');
  const der = gm1.sign(privateKey, message, 'der');
  const joined = gm1.sign(privateKey, message);
  assert(!gm1.verify(publicKey, message, der), 'DER where r‖s is expected');
  assert(!gm1.verify(publicKey, message, joined, 'der'), 'r‖s where DER is expected');
  assert(!gm1.verify(publicKey, message, Buffer.concat([der, Buffer.of(0)]), 'der'), 'with a byte behind');
  for (const form of ['der', 'ieee-p1363'] as const) {
    assert(!gm1.verify(publicKey, message, Buffer.alloc(0), form));
    assert(!gm1.verify(publicKey, message, Buffer.alloc(64), form));
  }
});

test('a generated key is not used before it was imported, since it would sign as ECDSA', () => {
  const fresh = generateKeyPairSync('ec', { namedCurve: 'SM2' });
  assert.throws(() => gm1.sign(fresh.privateKey, Buffer.from('m')), /imported/);
  assert.throws(() => gm1.verify(fresh.publicKey, Buffer.from('m'), Buffer.alloc(64)), /imported/);
  assert.equal(algorithmOf(fresh.privateKey), undefined);
  assert.throws(() => gm1.sign(intl1.makeKeyPair('ES256').privateKey, Buffer.from('m')), /imported/);
  assert.throws(() => gm1.makeKeyPair('ES256'), /SM2 alone/);
  assert.throws(() => intl1.makeKeyPair('SM2'), /gm-1/);
});

test('the key says the algorithm, and a signature of another algorithm does not hold under it', () => {
  const message = Buffer.from('m');
  const pairs = [
    intl1.makeKeyPair('Ed25519'),
    intl1.makeKeyPair('ES256'),
    gm1.makeKeyPair('SM2'),
    intl1.makeKeyPair('ES256'),
  ];
  const algorithms = pairs.map(({ privateKey }) => algorithmOf(privateKey));
  assert.deepEqual(algorithms, ['Ed25519', 'ES256', 'SM2', 'ES256']);
  for (const [n, { privateKey }] of pairs.entries()) {
    const signature = signByKey(privateKey, message);
    for (const [m, { publicKey }] of pairs.entries()) {
      assert.equal(verifyByKey(publicKey, message, signature), n === m, `${n} under ${m}`);
    }
  }
  const foreign = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
  assert.throws(() => verifyByKey(foreign, message, Buffer.alloc(64)), /one of the suites/);
});

test('a published SM2 key comes back as the same key, and a point off the curve does not', () => {
  const { privateKey, publicKey } = gm1.makeKeyPair('SM2');
  const jwk = toPublicJwk(publicKey);
  assert.deepEqual(Object.keys(jwk), ['kty', 'crv', 'x', 'y']);
  const again = fromPublicJwk(jwk);
  assert.equal(jwkThumbprint(toPublicJwk(again)), jwkThumbprint(jwk));
  assert(gm1.verify(again, Buffer.from('m'), gm1.sign(privateKey, Buffer.from('m'))));
  assert.throws(() => fromPublicJwk({ ...jwk, y: jwk.x ?? '' }));
  assert.throws(() => fromPublicJwk({ ...jwk, x: 'AA' }), TypeError);
  assert.throws(() => fromPublicJwk({ ...jwk, kty: 'OKP' }), TypeError);
  const es256 = toPublicJwk(intl1.makeKeyPair('ES256').publicKey);
  assert.equal(fromPublicJwk(es256).asymmetricKeyDetails?.namedCurve, 'prime256v1');
});

test('SM4-GCM refuses a change anywhere, a short value and a key of another length', () => {
  const [key, context] = [randomBytes(16), Buffer.from('context')];
  for (const plain of ['', '1', '110101199003070011', '一'.repeat(40)].map((text) => Buffer.from(text))) {
    const sealed = gm1.seal(key, plain, context);
    assert.deepEqual(gm1.open(key, sealed, context), plain);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      assert.throws(() => gm1.open(key, changed, context), `byte ${at}`);
    }
    assert.throws(() => gm1.open(randomBytes(16), sealed, context));
    assert.throws(() => gm1.open(key, sealed, Buffer.from('Context')));
    assert.throws(() => gm1.open(key, sealed.subarray(0, 27), context));
  }
  assert.throws(() => gm1.seal(randomBytes(32), Buffer.from('x'), context), /16 bytes/);
});

test('a suite that computes wrongly stops the start, whichever is active', () => {
  const wrong: [Partial<Suite>, RegExp][] = [
    [{ digest: (bytes) => intl1.digest(bytes) }, /SM3 known answer/],
    [{ digest: (bytes) => (bytes.length < 64 ? gm1.digest(bytes) : Buffer.alloc(32)) }, /SM3 known answer/],
    [{ verify: () => false }, /right signature/],
    [{ verify: () => true }, /changed signature/],
    [{ sign: (_key, _bytes, form) => gm1.sign(gm1.makeKeyPair('SM2').privateKey, _bytes, form) }, /right/],
    [{ makeKeyPair: () => intl1.makeKeyPair('ES256') }, /SM2 key is imported/],
    [{ open: (_key, sealed) => Buffer.from(sealed.subarray(12, -16)) }, /SM4-GCM known answer/],
    [{ seal: (key, plain) => gm1.seal(key, plain, Buffer.alloc(0)) }, /mismatch/],
  ];
  for (const [part, message] of wrong) {
    assert.throws(() => checkSuites([intl1, { ...gm1, ...part }]), message);
  }
  checkSuites([gm1]);
});

test('the public half of an SM2 private key verifies', () => {
  const { privateKey } = gm1.makeKeyPair('SM2');
  const publicKey = createPublicKey(privateKey);
  assert(gm1.verify(publicKey, Buffer.from('m'), gm1.sign(privateKey, Buffer.from('m'), 'der'), 'der'));
});
