import { hash } from 'node:crypto';
import type { Clock } from '#kernel';
import { callRefusal } from './call-refusals.ts';
import { CLIENT_ALGORITHMS, type ClientAlgorithm, isSignedBy, openJws } from './jws.ts';
import type { Nonces } from './nonces.ts';
import type { ProofKey } from './proof-keys.ts';

/** A proof is made for one call; its client's clock may be behind by this much. */
const PROOF_AGE_MS_MAX = 5 * 60_000;
/** And ahead by this: the authorization server takes no more either (FAPI 2.0, 5.3.2.1). */
const PROOF_AHEAD_MS_MAX = 60_000;
/** A jti is a random id; a longer one is not stored or hashed. */
const JTI_CHARACTERS_MAX = 256;

export type ProofParts = {
  readonly clock: Clock;
  readonly nonces: Nonces;
  readonly readKey: (jwk: unknown, algorithm: ClientAlgorithm) => ProofKey;
};

/** What the proof must be for. `url` is the public address of what is called, without query, normalised. */
export type ProofTarget = {
  readonly method: string;
  readonly url: string;
  /** SHA-256 of the token, base64url. */
  readonly tokenHash: string;
  /** RFC 7638 thumbprint of the key that the token is bound to. */
  readonly thumbprint: string;
};

/** The proof holds for this call; whether it was used before, only the database knows. */
export type CheckedProof = { readonly proofHash: Buffer; readonly nonce: string };

/**
 * Checks a DPoP proof (RFC 9449, 4.3), the nonce last: a client that hears `use_dpop_nonce` knows that everything
 * else was right. Throws `proof.…`.
 */
export function checkProof(text: string, target: ProofTarget, parts: ProofParts): CheckedProof {
  const proof = openJws(text);
  if (proof === undefined) throw callRefusal('proof.malformed');
  if (proof.header.typ !== 'dpop+jwt') throw callRefusal('proof.wrong_type');
  const algorithm = CLIENT_ALGORITHMS.find((name) => name === proof.header.alg);
  if (algorithm === undefined) throw callRefusal('proof.wrong_algorithm');
  const { key, thumbprint } = parts.readKey(proof.header.jwk, algorithm);
  if (thumbprint !== target.thumbprint) throw callRefusal('proof.wrong_key');
  if (!isSignedBy(proof, algorithm, key)) throw callRefusal('proof.bad_signature');
  const { jti, nonce } = checkClaims(proof.claims, target, parts);
  return { proofHash: hash('sha256', `${thumbprint} ${jti}`, 'buffer').subarray(0, 16), nonce };
}

function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  target: ProofTarget,
  { clock, nonces }: ProofParts,
): { jti: string; nonce: string } {
  const { jti, htm, htu, iat, ath, nonce } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > JTI_CHARACTERS_MAX || typeof iat !== 'number')
    throw callRefusal('proof.malformed');
  if (htm !== target.method) throw callRefusal('proof.wrong_method');
  if (typeof htu !== 'string' || (htu !== target.url && targetOf(htu) !== target.url))
    throw callRefusal('proof.wrong_target');
  const ageMs = clock.now().getTime() - iat * 1_000;
  if (!(ageMs <= PROOF_AGE_MS_MAX && -ageMs <= PROOF_AHEAD_MS_MAX))
    throw callRefusal('proof.stale', { minutes: PROOF_AGE_MS_MAX / 60_000 });
  if (ath !== target.tokenHash) throw callRefusal('proof.wrong_token');
  if (typeof nonce !== 'string' || !nonces.isGood(nonce)) throw callRefusal('proof.nonce');
  return { jti, nonce };
}

/** An address as proofs name it: normalised (RFC 3986, 6.2.2 and 6.2.3), without query and fragment. */
export function targetOf(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  url.search = '';
  url.hash = '';
  return url.href;
}
