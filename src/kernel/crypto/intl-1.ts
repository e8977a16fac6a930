import assert from 'node:assert';
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { drawBytes } from '../random.ts';
import { NONCE_BYTES, type Suite, TAG_BYTES } from './suite.ts';

/** Ed25519 (RFC 8032) and ES256, SHA-256 (FIPS 180-4), AES-256-GCM. */
export const intl1: Suite = Object.freeze({
  id: 'intl-1',
  sealKeyBytes: 32,
  digest: (bytes) => createHash('sha256').update(bytes).digest(),
  makeKeyPair(algorithm) {
    assert.notEqual(algorithm, 'SM2', 'SM2 belongs to gm-1');
    return algorithm === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  },
  sign: (key, bytes, form = 'ieee-p1363') =>
    isEd25519(key) ? sign(null, bytes, key) : sign('sha256', bytes, { key, dsaEncoding: form }),
  verify: (key, bytes, signature, form = 'ieee-p1363') =>
    isEd25519(key)
      ? verify(null, bytes, key, signature)
      : verify('sha256', bytes, { key, dsaEncoding: form }, signature),
  seal(key, plain, context) {
    const nonce = drawBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce).setAAD(context);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },
  open(key, sealed, context) {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonce, options).setAAD(context);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  },
} satisfies Suite);

/** Ed25519 hashes by itself; the curve keys of this suite take SHA-256. */
function isEd25519(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ed25519';
}
