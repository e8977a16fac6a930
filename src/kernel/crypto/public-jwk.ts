import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { pointOf, sm2KeyAt } from './sm2.ts';

/** Private name of the curve: no JOSE registration of SM2 exists; see docs/decisions/0016-gm-1.md. */
const SM2_CURVE = 'SM2';

/** The public half of a key as it is published. */
export function toPublicJwk(publicKey: KeyObject): JsonWebKey {
  if (publicKey.asymmetricKeyType !== undefined) return publicKey.export({ format: 'jwk' });
  const point = pointOf(publicKey);
  if (point === undefined) throw new TypeError('a key of a kind that has no JWK here');
  const [x, y] = [point.subarray(0, 32), point.subarray(32)].map((half) => half.toString('base64url'));
  return { kty: 'EC', crv: SM2_CURVE, x: x ?? '', y: y ?? '' };
}

/** A key from its published form, SM2 included. Throws TypeError or OpenSSL's error when it is none. */
export function fromPublicJwk(jwk: JsonWebKey): KeyObject {
  if (jwk.crv !== SM2_CURVE) return createPublicKey({ key: jwk, format: 'jwk' });
  const [x, y] = [jwk.x, jwk.y].map((text) => Buffer.from(text ?? '', 'base64url'));
  if (jwk.kty !== 'EC' || x?.length !== 32 || y?.length !== 32) throw new TypeError('not an SM2 key');
  return sm2KeyAt(Buffer.concat([x, y]));
}

/** RFC 7638: SHA-256 over the required members in lexicographic order, without spaces. */
export function jwkThumbprint(jwk: JsonWebKey): string {
  const { crv, kty, x, y } = jwk;
  const members = kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
