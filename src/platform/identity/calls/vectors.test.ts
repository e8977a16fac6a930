import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Clock } from '#kernel';
import { checkProof, targetOf } from './check-proof.ts';
import { isSignedBy, openJws, thumbprintText } from './jws.ts';
import { openNonces } from './nonces.ts';
import { openProofKeys } from './proof-keys.ts';

type Signed = { header: { alg: string }; claims: object; jws: string };
type Vectors = {
  at: number;
  target: { method: string; url: string };
  nonce: string;
  token: string;
  ath: string;
  keys: { ed25519: JsonWebKey; p256: JsonWebKey };
  thumbprints: { ed25519: string; p256: string };
  clientAssertion: Signed;
  tokenProof: Signed;
  callProof: Signed;
  callProofEs256: Signed;
};

const vectors = JSON.parse(
  readFileSync(new URL('../../../../docs/identity-vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const clock: Clock = { now: () => new Date(vectors.at * 1_000) };
const nonces = openNonces(Buffer.alloc(32, 1), clock);
const parts = { clock, nonces, readKey: openProofKeys() };
const target = (thumbprint: string) => ({
  method: vectors.target.method,
  url: targetOf(vectors.target.url) ?? '',
  tokenHash: vectors.ath,
  thumbprint,
});

describe('the published vectors', () => {
  it('are what their keys and claims give, byte for byte', () => {
    const key = createPrivateKey({ key: vectors.keys.ed25519, format: 'jwk' });
    for (const { header, claims, jws } of [vectors.clientAssertion, vectors.tokenProof, vectors.callProof]) {
      const signed = [header, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      assert.equal(jws, `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`);
    }
    const es256 = openJws(vectors.callProofEs256.jws);
    const publicKey = createPublicKey({ key: vectors.keys.p256, format: 'jwk' });
    assert.ok(es256 !== undefined && isSignedBy(es256, 'ES256', publicKey));
    assert.deepEqual(
      [es256.header, es256.claims],
      [vectors.callProofEs256.header, vectors.callProofEs256.claims],
    );
  });

  it('name keys by RFC 7638 and the token by its hash', () => {
    assert.equal(createHash('sha256').update(vectors.token).digest('base64url'), vectors.ath);
    for (const name of ['ed25519', 'p256'] as const) {
      const text = thumbprintText(vectors.keys[name]) ?? '';
      assert.equal(createHash('sha256').update(text).digest('base64url'), vectors.thumbprints[name]);
    }
    // RFC 8037, appendix A.3
    assert.equal(vectors.thumbprints.ed25519, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('carry the nonce of their minute, and hold', () => {
    assert.equal(nonces.next(), vectors.nonce);
    for (const [proof, thumbprint] of [
      [vectors.callProof, vectors.thumbprints.ed25519],
      [vectors.callProofEs256, vectors.thumbprints.p256],
    ] as const) {
      assert.equal(checkProof(proof.jws, target(thumbprint), parts).nonce, vectors.nonce);
    }
  });

  it('hold for nothing else', () => {
    const own = target(vectors.thumbprints.p256);
    const refused = (over: object, code: string) =>
      assert.throws(() => checkProof(vectors.callProofEs256.jws, { ...own, ...over }, parts), { code });
    refused({ method: 'GET' }, 'proof.wrong_method');
    refused({ url: 'https://credit.example.gov.cn/api/v1/verifications' }, 'proof.wrong_target');
    refused({ tokenHash: 'other' }, 'proof.wrong_token');
    refused({ thumbprint: vectors.thumbprints.ed25519 }, 'proof.wrong_key');
    const { jws } = vectors.callProofEs256;
    const at = jws.lastIndexOf('.') + 5;
    const tampered = `${jws.slice(0, at)}${jws[at] === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}`;
    assert.throws(() => checkProof(tampered, own, parts), { code: 'proof.bad_signature' });
    const later = { ...parts, clock: { now: () => new Date((vectors.at + 301) * 1_000) } };
    assert.throws(() => checkProof(vectors.callProofEs256.jws, own, later), { code: 'proof.stale' });
  });
});

describe('nonces', () => {
  it('live for the minute they are given in and three more, and no longer', () => {
    let now = vectors.at * 1_000 - ((vectors.at * 1_000) % 60_000);
    const moving = openNonces(Buffer.alloc(32, 1), { now: () => new Date(now) });
    const nonce = moving.next();
    now += 4 * 60_000 - 1;
    assert.equal(moving.isGood(nonce), true);
    now += 1;
    assert.equal(moving.isGood(nonce), false);
    assert.equal(openNonces(Buffer.alloc(32, 2), clock).isGood(nonces.next()), false);
  });
});
