import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { callRefusal } from './call-refusals.ts';
import { type ClientAlgorithm, isObject, isPublicJwk, keyFits, thumbprintText } from './jws.ts';

export type ProofKey = { readonly key: KeyObject; readonly thumbprint: string };

/** Keys kept at once; a client uses one or a few, and reading a key costs as much as checking a signature. */
const KEYS_MAX = 2_000;

/** Reads the public key that a proof carries. Throws `proof.malformed`, `proof.private_key` or `proof.wrong_algorithm`. */
export function openProofKeys(): (jwk: unknown, algorithm: ClientAlgorithm) => ProofKey {
  const known = new Map<string, ProofKey>();
  return (jwk, algorithm) => {
    if (!isObject(jwk)) throw callRefusal('proof.malformed');
    if (!isPublicJwk(jwk)) throw callRefusal('proof.private_key');
    const name = thumbprintText(jwk);
    if (name === undefined) throw callRefusal('proof.wrong_algorithm');
    let found = known.get(name);
    if (found === undefined) {
      found = { key: readKey(jwk), thumbprint: createHash('sha256').update(name).digest('base64url') };
      const [oldest] = known.keys();
      if (known.size >= KEYS_MAX && oldest !== undefined) known.delete(oldest);
      known.set(name, found);
    }
    if (!keyFits(algorithm, found.key)) throw callRefusal('proof.wrong_algorithm');
    return found;
  };
}

function readKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw callRefusal('proof.wrong_algorithm');
  }
}
