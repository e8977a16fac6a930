import {
  createCipheriv,
  createDecipheriv,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';

/** Every stored signature, digest and sealed value says its suite; a suite's meaning never changes. */
export type SuiteId = 'intl-1';

/** ES256 stands beside Ed25519 because readers of PAdES and SD-JWT know no other curve. */
export type SignatureAlgorithm = 'Ed25519' | 'ES256';

/** How an ES256 signature is laid out: r‖s for JOSE (RFC 7518 3.4), DER for CMS (RFC 5754). Ed25519 has one form. */
export type SignatureForm = 'ieee-p1363' | 'der';

/** Sealed: 12 bytes nonce, ciphertext, 16 bytes tag (AES-256-GCM, NIST SP 800-38D). */
export type Suite = {
  readonly id: SuiteId;
  digest(bytes: Uint8Array): Buffer;
  makeKeyPair(algorithm: SignatureAlgorithm): { privateKey: KeyObject; publicKey: KeyObject };
  sign(key: KeyObject, bytes: Uint8Array, form?: SignatureForm): Buffer;
  verify(key: KeyObject, bytes: Uint8Array, signature: Uint8Array, form?: SignatureForm): boolean;
  /** Throws when `key` is not 32 bytes. `context` is bound to the value but not stored with it. */
  seal(key: Uint8Array, plain: Uint8Array, context: Uint8Array): Buffer;
  /** Throws when one bit of key, sealed value or context differs. */
  open(key: Uint8Array, sealed: Uint8Array, context: Uint8Array): Buffer;
};

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Ed25519 (RFC 8032) and ES256, SHA-256 (FIPS 180-4), AES-256-GCM. */
export const intl1: Suite = Object.freeze({
  id: 'intl-1',
  digest: (bytes) => createHash('sha256').update(bytes).digest(),
  makeKeyPair: (algorithm) =>
    algorithm === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  sign: (key, bytes, form = 'ieee-p1363') => sign(digestName(key), bytes, { key, dsaEncoding: form }),
  verify: (key, bytes, signature, form = 'ieee-p1363') =>
    verify(digestName(key), bytes, { key, dsaEncoding: form }, signature),
  seal(key, plain, context) {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },
  open(key, sealed, context) {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, options).setAAD(context);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  },
} satisfies Suite);

/** Ed25519 hashes by itself; the curve keys of this suite take SHA-256. */
function digestName(key: KeyObject): 'sha256' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
}
