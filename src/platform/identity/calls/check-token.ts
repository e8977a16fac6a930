import { createHash, type KeyObject } from 'node:crypto';
import type { Clock, KeyStore } from '#kernel';
import { callRefusal } from './call-refusals.ts';
import { isObject, isSignedBy, openJws } from './jws.ts';

/** What a good token says. */
export type TokenFacts = {
  readonly clientId: string;
  /** RFC 7638 thumbprint of the key that must sign the proof. */
  readonly thumbprint: string;
  /** Empty: the token is for no consent. */
  readonly consentIds: readonly string[];
  readonly expiresAtMs: number;
  /** SHA-256 of the token, base64url, as proofs name it. */
  readonly hash: string;
};

export type TokenParts = {
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly issuer: string;
  readonly audience: string;
};

/** Tokens kept at once: a client uses one for five minutes. */
const TOKENS_MAX = 10_000;

/**
 * Checks access tokens (RFC 9068). A token whose signature was checked is remembered by its hash until it expires,
 * so that the calls under it pay for its proof alone. The function throws `token.…`.
 */
export function openTokenCheck(parts: TokenParts): (token: string) => TokenFacts {
  const known = new Map<string, TokenFacts>();
  const findKey = openKeyFinder(parts.keys);
  return (token) => {
    const hash = createHash('sha256').update(token).digest('base64url');
    const nowMs = parts.clock.now().getTime();
    const found = known.get(hash);
    if (found === undefined) {
      const facts = readToken(token, hash, { ...parts, findKey, nowMs });
      const [oldest] = known.keys();
      if (known.size >= TOKENS_MAX && oldest !== undefined) known.delete(oldest);
      known.set(hash, facts);
      return facts;
    }
    if (found.expiresAtMs > nowMs) return found;
    known.delete(hash);
    throw callRefusal('token.expired');
  };
}

type FindKey = (kid: unknown) => KeyObject | undefined;

/** Keys of tokens by id. A rotation by another process is seen when a token of the new key comes. */
function openKeyFinder(keys: KeyStore): FindKey {
  let newest: string | undefined;
  let known = new Map<string, KeyObject>();
  return (kid) => {
    if (typeof kid !== 'string') return undefined;
    const found = known.get(kid);
    const current = found === undefined ? keys.get('oidc').kid : newest;
    if (current !== newest) {
      known = new Map(keys.all('oidc').map(({ kid: id, publicKey }) => [id, publicKey]));
      newest = current;
    }
    return known.get(kid);
  };
}

function readToken(
  token: string,
  hash: string,
  parts: TokenParts & { findKey: FindKey; nowMs: number },
): TokenFacts {
  const jws = openJws(token);
  if (jws === undefined) throw callRefusal('token.malformed');
  const { typ, alg, kid } = jws.header;
  if (typ !== 'at+jwt') throw callRefusal('token.wrong_type');
  const key = alg === 'ES256' ? parts.findKey(kid) : undefined;
  if (key === undefined || !isSignedBy(jws, 'ES256', key)) throw callRefusal('token.bad_signature');
  const { iss, aud, exp, client_id: clientId, cnf } = jws.claims;
  if (iss !== parts.issuer) throw callRefusal('token.wrong_issuer');
  if (aud !== parts.audience) throw callRefusal('token.wrong_audience');
  if (typeof exp !== 'number' || exp * 1_000 <= parts.nowMs) throw callRefusal('token.expired');
  const thumbprint = isObject(cnf) ? cnf.jkt : undefined;
  if (typeof thumbprint !== 'string') throw callRefusal('token.unbound');
  if (typeof clientId !== 'string') throw callRefusal('token.malformed');
  const consentIds = consentsOf(jws.claims.authorization_details);
  return { clientId, thumbprint, consentIds, expiresAtMs: exp * 1_000, hash };
}

/** A token names one consent, several or none; what it names is looked up at every call, never trusted for its state. */
function consentsOf(details: unknown): string[] {
  const named: unknown[] = Array.isArray(details) ? details : [];
  return named.flatMap((detail) =>
    isObject(detail) && typeof detail.consent_id === 'string' ? [detail.consent_id] : [],
  );
}
