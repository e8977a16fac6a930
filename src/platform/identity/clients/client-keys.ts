import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { identityRefusal } from '../identity-refusals.ts';
import { isObject, isPublicJwk, keyFits, thumbprintText } from '../calls/jws.ts';

/** A client's public key as it is kept: the members of its type, and its RFC 7638 thumbprint for `kid`. */
export type ClientKey = {
  readonly kid: string;
  readonly jwk: Readonly<Record<string, string>>;
};

/**
 * Reads public keys that a participant hands in: one JWK, or a set. The key id is the thumbprint unless the JWK has
 * one. Throws `client.key_unfit`.
 */
export function readClientKeys(given: unknown): ClientKey[] {
  const jwks: unknown = isObject(given) && 'keys' in given ? given.keys : [given];
  if (!Array.isArray(jwks) || jwks.length === 0) throw identityRefusal('client.key_unfit');
  return jwks.map(readClientKey);
}

const KID = /^[A-Za-z0-9._-]{1,64}$/;

function readClientKey(given: unknown): ClientKey {
  if (!isObject(given) || !isPublicJwk(given)) throw identityRefusal('client.key_unfit');
  const jwk = publicMembers(given);
  const text = thumbprintText(jwk);
  if (text === undefined) throw identityRefusal('client.key_unfit');
  const kid = given.kid ?? createHash('sha256').update(text).digest('base64url');
  if (typeof kid !== 'string' || !KID.test(kid)) throw identityRefusal('client.key_unfit');
  return { kid, jwk };
}

/** What Node.js reads back from the key: no member of the sender's own choosing is stored. */
function publicMembers(given: Record<string, unknown>): Record<string, string> {
  const key = readKey(given);
  if (!(['ES256', 'PS256', 'EdDSA'] as const).some((algorithm) => keyFits(algorithm, key)))
    throw identityRefusal('client.key_unfit');
  const members = Object.entries(key.export({ format: 'jwk' }));
  return Object.fromEntries(members.map(([name, value]) => [name, String(value)]));
}

function readKey(given: Record<string, unknown>): KeyObject {
  try {
    return createPublicKey({ key: given, format: 'jwk' });
  } catch {
    throw identityRefusal('client.key_unfit');
  }
}
