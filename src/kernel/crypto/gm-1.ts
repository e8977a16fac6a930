import assert from 'node:assert';
import { createHash, randomBytes } from 'node:crypto';
import { sm4 } from 'sm-crypto-v2';
import { makeSm2KeyPair, signSm2, verifySm2 } from './sm2.ts';
import { NONCE_BYTES, type Suite, TAG_BYTES } from './suite.ts';

const KEY_BYTES = 16;

/**
 * SM2 signatures (GM/T 0003), SM3 (GM/T 0004), SM4-GCM (GM/T 0002, mode as in RFC 8998).
 * SM4-GCM is JavaScript because the runtime's OpenSSL does not have it: right for short fields, not for files.
 */
export const gm1: Suite = Object.freeze({
  id: 'gm-1',
  sealKeyBytes: KEY_BYTES,
  digest: (bytes) => createHash('sm3').update(bytes).digest(),
  makeKeyPair(algorithm) {
    assert.equal(algorithm, 'SM2', 'gm-1 signs by SM2 alone');
    return makeSm2KeyPair();
  },
  sign: (key, bytes, form = 'ieee-p1363') => signSm2(key, bytes, form),
  verify: (key, bytes, signature, form = 'ieee-p1363') => verifySm2(key, bytes, { signature, form }),
  seal(key, plain, context) {
    const nonce = randomBytes(NONCE_BYTES);
    const options = { ...gcm(key, nonce, context), outputTag: true };
    const { output, tag } = sm4.encrypt(plain, key, options);
    assert(tag?.length === TAG_BYTES, 'a tag was made');
    return Buffer.concat([nonce, output, tag]);
  },
  open(key, sealed, context) {
    assert(sealed.length >= NONCE_BYTES + TAG_BYTES, 'a sealed value has nonce and tag');
    const options = {
      ...gcm(key, sealed.subarray(0, NONCE_BYTES), context),
      tag: sealed.subarray(-TAG_BYTES),
    };
    return Buffer.from(sm4.decrypt(sealed.subarray(NONCE_BYTES, -TAG_BYTES), key, options));
  },
} satisfies Suite);

/** The library takes a key of any length without a word; ours is 16 bytes or an error. */
function gcm(key: Uint8Array, iv: Uint8Array, associatedData: Uint8Array) {
  assert.equal(key.length, KEY_BYTES, 'an SM4 key has 16 bytes');
  return { mode: 'gcm', output: 'array', iv, associatedData } as const;
}
