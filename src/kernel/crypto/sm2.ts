/**
 * SM2 signatures (GM/T 0003.2) on the runtime's own OpenSSL.
 * There is one right way to ask for them: a key that was imported (a freshly generated one signs as ECDSA), and
 * `createSign('sm3')` over Z ‖ message (`crypto.sign` would put in a Z of its own, for an empty identity).
 */
import assert from 'node:assert';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { SignatureForm } from './suite.ts';

/** SubjectPublicKeyInfo of an uncompressed point on SM2 (1.2.156.10197.1.301), up to its coordinates. */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex');
const COORDINATE_BYTES = 32;

/** GM/T 0009 section 10: the identity of a signer who has none of their own. */
const DEFAULT_ID = Buffer.from('1234567812345678');

/** a, b, xG, yG of the recommended curve (GM/T 0003.5). */
const CURVE = Buffer.from(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  'hex',
);

export function makeSm2KeyPair(): { privateKey: KeyObject; publicKey: KeyObject } {
  const fresh = generateKeyPairSync('ec', { namedCurve: 'SM2' });
  const privateKey = createPrivateKey(fresh.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** Throws when `key` is not an imported SM2 key. */
export function signSm2(key: KeyObject, bytes: Uint8Array, form: SignatureForm): Buffer {
  const der = createSign('sm3').update(identityDigest(key)).update(bytes).sign(key);
  return form === 'der' ? der : fromDer(der);
}

/** As `signSm2`; false for a signature that does not hold or has another layout than `form`. */
export function verifySm2(
  key: KeyObject,
  bytes: Uint8Array,
  { signature, form }: { signature: Uint8Array; form: SignatureForm },
): boolean {
  const verifier = createVerify('sm3').update(identityDigest(key)).update(bytes);
  if (form === 'der') return verifier.verify(key, signature);
  return signature.length === 2 * COORDINATE_BYTES && verifier.verify(key, toDer(signature));
}

/** Whether this is an SM2 key that can sign or verify as such. */
export function isSm2Key(key: KeyObject): boolean {
  return identityDigests.has(key) || (key.asymmetricKeyType === undefined && pointOf(key) !== undefined);
}

/** x ‖ y of an SM2 key's public half; undefined for any other key. */
export function pointOf(key: KeyObject): Buffer | undefined {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const isSm2 = spki.subarray(0, SPKI_HEAD.length).equals(SPKI_HEAD);
  return isSm2 && spki.length === SPKI_HEAD.length + 2 * COORDINATE_BYTES
    ? spki.subarray(SPKI_HEAD.length)
    : undefined;
}

/** The key of a point x ‖ y; throws when it is not on the curve. */
export function sm2KeyAt(point: Uint8Array): KeyObject {
  assert.equal(point.length, 2 * COORDINATE_BYTES, 'two coordinates');
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, point]), format: 'der', type: 'spki' });
}

/** Z of GM/T 0003.2 section 5.5, by key: what binds the signer into the signature. */
const identityDigests = new WeakMap<KeyObject, Buffer>();

function identityDigest(key: KeyObject): Buffer {
  const known = identityDigests.get(key);
  if (known !== undefined) return known;
  assert(key.asymmetricKeyType === undefined, 'an SM2 key is imported before use, else it signs as ECDSA');
  const point = pointOf(key);
  assert(point !== undefined, 'an SM2 key');
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(DEFAULT_ID.length * 8);
  const made = createHash('sm3').update(bits).update(DEFAULT_ID).update(CURVE).update(point).digest();
  identityDigests.set(key, made);
  return made;
}

/** ASN.1 of GM/T 0009 section 7.3: SEQUENCE of two INTEGERs, as short as they can be. */
function toDer(signature: Uint8Array): Buffer {
  const halves = [signature.subarray(0, COORDINATE_BYTES), signature.subarray(COORDINATE_BYTES)];
  const body = Buffer.concat(halves.map(toInteger));
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

function toInteger(coordinate: Uint8Array): Buffer {
  const start = coordinate.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.of(0) : Buffer.from(coordinate.subarray(start));
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Buffer.concat([Buffer.of(0x02, digits.length + sign.length, ...sign), digits]);
}

/** Takes what OpenSSL has just made: one-byte lengths, no excess. */
function fromDer(der: Buffer): Buffer {
  const out = Buffer.alloc(2 * COORDINATE_BYTES);
  const lengthOfR = der[3] ?? 0;
  const r = der.subarray(4, 4 + lengthOfR);
  const s = der.subarray(6 + lengthOfR);
  placeRight(r, out.subarray(0, COORDINATE_BYTES));
  placeRight(s, out.subarray(COORDINATE_BYTES));
  return out;
}

function placeRight(digits: Buffer, into: Buffer): void {
  const bare = digits.subarray(Math.max(0, digits.length - into.length));
  bare.copy(into, into.length - bare.length);
}
