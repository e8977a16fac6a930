import { constants, type JsonWebKey, type KeyObject, verify } from 'node:crypto';

/** Signature algorithms that clients and proofs may use (FAPI 2.0, 5.4). EdDSA and Ed25519 name the same here. */
export const CLIENT_ALGORITHMS = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const;
export type ClientAlgorithm = (typeof CLIENT_ALGORITHMS)[number];

/** A compact JWS (RFC 7515) taken apart; nothing of it is verified yet. */
export type OpenJws = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: Buffer;
  readonly signature: Buffer;
};

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Undefined when the text is not a compact JWS whose header and payload are JSON objects, or asks for extensions. */
export function openJws(text: string): OpenJws | undefined {
  if (!COMPACT.test(text)) return undefined;
  const first = text.indexOf('.');
  const second = text.lastIndexOf('.');
  const header = parseObject(text.slice(0, first));
  const claims = parseObject(text.slice(first + 1, second));
  if (header === undefined || claims === undefined || 'crit' in header) return undefined;
  return {
    header,
    claims,
    signed: Buffer.from(text.slice(0, second)),
    signature: Buffer.from(text.slice(second + 1), 'base64url'),
  };
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller says which of its faults that is
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `key` must be of the algorithm's own type; `keyFits` says whether a client's is. */
export function isSignedBy(jws: OpenJws, algorithm: ClientAlgorithm, key: KeyObject): boolean {
  if (algorithm === 'ES256') {
    const signature = toDer(jws.signature);
    return signature !== undefined && verify('sha256', jws.signed, key, signature);
  }
  if (algorithm !== 'PS256') return verify(null, jws.signed, key, jws.signature);
  const padding = {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  return verify('sha256', jws.signed, padding, jws.signature);
}

/**
 * An ES256 signature as RFC 7518 (3.4) has it, two numbers of 32 bytes, in the form of X.509 (SEQUENCE of two INTEGERs),
 * which node:crypto takes with the key itself: naming the other form to it costs a third of the verification.
 */
function toDer(signature: Buffer): Buffer | undefined {
  if (signature.length !== 64) return undefined;
  const numbers = [signature.subarray(0, 32), signature.subarray(32)].map(toDerInteger);
  const body = Buffer.concat(numbers);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Without leading zeros, but with one where the first bit would make it negative. */
function toDerInteger(number: Buffer): Buffer {
  const from = number.findIndex((byte) => byte !== 0);
  const digits = from < 0 ? Buffer.alloc(1) : number.subarray(from);
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Buffer.concat([Buffer.from([0x02, digits.length + sign.length, ...sign]), digits]);
}

/** Key sizes of FAPI 2.0 (5.4.1), and an upper bound so that no key makes checking expensive. */
const RSA_BITS = { min: 2048, max: 4096 } as const;

export function keyFits(algorithm: ClientAlgorithm, key: KeyObject): boolean {
  const details = key.asymmetricKeyDetails;
  if (algorithm === 'ES256') return key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1';
  if (algorithm !== 'PS256') return key.asymmetricKeyType === 'ed25519';
  const bits = details?.modulusLength ?? 0;
  return key.asymmetricKeyType === 'rsa' && bits >= RSA_BITS.min && bits <= RSA_BITS.max;
}

/** Members of a JWK that only its owner may have (RFC 7518, 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

export function isPublicJwk(jwk: Readonly<Record<string, unknown>>): boolean {
  return PRIVATE_MEMBERS.every((member) => !(member in jwk));
}

/** Members that RFC 7638 hashes, in its order; undefined for a key type that is not taken here. */
export function thumbprintText(jwk: JsonWebKey): string | undefined {
  const { crv, e, kty, n, x, y } = jwk;
  if (kty === 'EC') return JSON.stringify({ crv, kty, x, y });
  if (kty === 'OKP') return JSON.stringify({ crv, kty, x });
  return kty === 'RSA' ? JSON.stringify({ e, kty, n }) : undefined;
}
