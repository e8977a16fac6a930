import { createHash, createPublicKey, createVerify, type KeyObject, verify } from 'node:crypto';

/**
 * SM2 with SM3 (GM/T 0003.2) on the runtime's OpenSSL: `createVerify('sm3')` over Z ‖ message, in DER (GM/T 0009 7.3).
 * The constants are the standard's and stand here a second time, because this folder imports nothing of the node.
 */
const SM2_SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex');
/** GM/T 0009 section 10: the identity of a signer who has none of their own. */
const SM2_IDENTITY = Buffer.from('1234567812345678');
/** a, b, xG, yG of the recommended curve (GM/T 0003.5). */
const SM2_CURVE = Buffer.from(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  'hex',
);
const POINT_BYTES = 65;

/** Checks by the kind of the trusted key, Ed25519 or SM2, and by nothing that came with the signature. */
export function verifySignature(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, bytes, key, signature);
  const identity = sm2Identity(sm2Point(key));
  return createVerify('sm3').update(identity).update(bytes).verify(key, signature);
}

/** 32 bytes as in RFC 8032. Throws when they are no key. */
export function ed25519Key(raw: Buffer): KeyObject {
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
  });
}

/** 0x04 ‖ x ‖ y. Throws when it is no point of the curve. */
export function sm2Key(point: Buffer): KeyObject {
  return createPublicKey({ format: 'der', type: 'spki', key: Buffer.concat([SM2_SPKI_HEAD, point]) });
}

/** 32 bytes of an Ed25519 key, 65 bytes (0x04 ‖ x ‖ y) of an SM2 key. */
export function rawPublicKey(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'ed25519') return sm2Point(key);
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function sm2Point(key: KeyObject): Buffer {
  const spki = key.export({ format: 'der', type: 'spki' });
  if (!spki.subarray(0, -POINT_BYTES).equals(SM2_SPKI_HEAD)) throw new TypeError('not an Ed25519 or SM2 key');
  return spki.subarray(-POINT_BYTES);
}

/** Z of GM/T 0003.2 section 5.5: binds the signer into the signature. */
function sm2Identity(point: Buffer): Buffer {
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(SM2_IDENTITY.length * 8);
  return createHash('sm3')
    .update(bits)
    .update(SM2_IDENTITY)
    .update(SM2_CURVE)
    .update(point.subarray(1))
    .digest();
}
