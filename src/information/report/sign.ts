import { createHash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { algorithmOf, canonicalJson, fromPublicJwk, gm1, signByKey, verifyByKey } from '#kernel';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { reportRefusal } from './report-refusals.ts';
import type { ReportPayload } from './shape.ts';

/** A key pair of the node's key store: ES256, or SM2 under the suite gm-1. */
export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject };

/** A public key that a verifier trusts: ES256 or SM2. */
export type TrustedKey = { readonly kid: string; readonly publicKey: KeyObject };

/** Public half of a key in the form that is published; `kid` names it. */
export type PublicJwk = JsonWebKey & { readonly kid: string };

/** The trusted keys of a published key set. */
export function trustedKeys(jwks: readonly PublicJwk[]): TrustedKey[] {
  return jwks.map((jwk) => ({ kid: jwk.kid, publicKey: fromPublicJwk(jwk) }));
}

/** A payload in its canonical form (RFC 8785), written once, as text and in UTF-8; `hash` is SHA-256 over it, hex. */
export type SealedPayload = {
  readonly payload: ReportPayload;
  readonly canonical: string;
  readonly bytes: Buffer;
  readonly hash: string;
};

/** A payload with its token: what all three forms are made from. */
export type SignedReport = SealedPayload & { readonly token: string };

export function sealPayload(payload: ReportPayload): SealedPayload {
  const canonical = canonicalJson(payload);
  const bytes = Buffer.from(canonical);
  return { payload, canonical, bytes, hash: sha256Hex(bytes) };
}

/** Type of the credential (`vct`); names the payload's format, not a place. */
const REPORT_VCT = 'urn:xinqiao:report:1';

/** Media type of the token, without its prefix (`typ`). */
const REPORT_TYPE = 'dc+sd-jwt';

const HTML_SIGNATURE_TYPE = 'xinqiao-html+jws';

/**
 * Signs a payload as SD-JWT VC (RFC 9901 and draft-ietf-oauth-sd-jwt-vc), nothing selectively disclosed: a JWS and a
 * tilde, written here around the canonical payload, since the library would write it out twice more. `alg` is that of
 * the key: ES256, or the unregistered name SM2 (docs/decisions/0016-gm-1.md).
 * There is no `exp`: a court must still be able to verify a report whose validity has passed.
 */
export function signReport(sealed: SealedPayload, key: SigningKey): SignedReport {
  const { cover } = sealed.payload;
  const header = encode({ alg: joseAlgorithm(key.privateKey), kid: key.kid, typ: REPORT_TYPE });
  const issuer = JSON.stringify(new URL(cover.verifyUrl).origin);
  const issuedAt = Math.floor(Date.parse(cover.issuedAt) / 1000);
  const before = Buffer.from(`{"iat":${issuedAt},"iss":${issuer},"report":`);
  const claims = Buffer.concat([before, sealed.bytes, Buffer.from(`,"vct":"${REPORT_VCT}"}`)]);
  const text = `${header}.${claims.toString('base64url')}`;
  return { ...sealed, token: `${text}.${signatureOf(text, key)}~` };
}

/**
 * Checks a token and returns its payload and the key that signed it.
 * Refuses with `report.malformed`, `report.key_unknown` or `report.signature_wrong`.
 */
export async function verifyToken(
  token: string,
  trusted: readonly TrustedKey[],
): Promise<SignedReport & { readonly kid: string }> {
  const { header, payload: claims } = partsOf(token.endsWith('~') ? token.slice(0, -1) : '');
  const key = keyFor(header, trusted);
  const issuedAt = Number(claims['iat']);
  const verifier = new SDJwtVcInstance({
    ...HASHING,
    verifier: (text, signature) => isSignatureOf(text, signature, key),
  });
  // Time is not judged here: the signature is as true after a clock was set back as before.
  const { payload: verified } = await verifier
    .verify(token, { currentDate: issuedAt })
    .catch((error: unknown) => {
      throw reportRefusal('report.signature_wrong', {
        reason: error instanceof Error ? error.message : 'unknown',
      });
    });
  const report = verified['report'];
  if (verified.vct !== REPORT_VCT || !isReport(report))
    throw reportRefusal('report.malformed', { part: 'report' });
  return { ...sealPayload(report), token, kid: key.kid };
}

/** Compact JWS over the digest of a page whose signature slot is empty. */
export function signPage(page: string, number: string, key: SigningKey): string {
  const header = encode({ alg: joseAlgorithm(key.privateKey), kid: key.kid, typ: HTML_SIGNATURE_TYPE });
  const text = `${header}.${encode({ number, ...digestOf(page, key.privateKey) })}`;
  return `${text}.${signatureOf(text, key)}`;
}

/** Refuses a page that differs from the signed one in any byte. */
export function verifyPage(
  page: string,
  number: string,
  of: { jws: string; trusted: readonly TrustedKey[] },
): void {
  const { header, payload, signed, signature } = partsOf(of.jws);
  const key = keyFor(header, of.trusted);
  if (header['typ'] !== HTML_SIGNATURE_TYPE) throw reportRefusal('report.malformed', { part: 'typ' });
  if (!isSignatureOf(signed, signature, key)) {
    throw reportRefusal('report.signature_wrong', { reason: 'page signature' });
  }
  if (canonicalJson(payload) !== canonicalJson({ number, ...digestOf(page, key.publicKey) })) {
    throw reportRefusal('report.content_changed', { part: 'HTML' });
  }
}

function isReport(value: unknown): value is ReportPayload {
  return (
    typeof value === 'object' && value !== null && 'format' in value && value.format === 'xinqiao.report/1'
  );
}

const HASHING = {
  hashAlg: 'sha-256',
  hasher: (data: string | ArrayBuffer) =>
    new Uint8Array(
      createHash('sha256')
        .update(typeof data === 'string' ? data : new Uint8Array(data))
        .digest(),
    ),
} as const;

type Claims = Readonly<Record<string, unknown>>;

/** Splits a compact JWS. Refuses spellings that decode to the same bytes, so that every character counts. */
function partsOf(jws: string): { header: Claims; payload: Claims; signed: string; signature: string } {
  const [header, payload, signature, ...rest] = jws.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw reportRefusal('report.malformed', { part: 'token' });
  }
  if (![header, payload, signature].every(isExactBase64url)) {
    throw reportRefusal('report.malformed', { part: 'base64url' });
  }
  return { header: decode(header), payload: decode(payload), signed: `${header}.${payload}`, signature };
}

function isExactBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function decode(part: string): Claims {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    throw reportRefusal('report.malformed', { part: 'JSON' });
  }
  if (typeof value !== 'object' || value === null) throw reportRefusal('report.malformed', { part: 'JSON' });
  return Object.fromEntries(Object.entries(value));
}

function encode(value: object): string {
  return Buffer.from(canonicalJson(value)).toString('base64url');
}

function keyFor(header: Claims, trusted: readonly TrustedKey[]): TrustedKey {
  const kid = String(header['kid']);
  const key = trusted.find((candidate) => candidate.kid === kid);
  if (key === undefined) throw reportRefusal('report.key_unknown', { kid: kid.slice(0, 80) });
  if (header['alg'] !== joseAlgorithm(key.publicKey))
    throw reportRefusal('report.malformed', { part: 'alg' });
  return key;
}

/** What `alg` says for this key; a document that says otherwise is refused, and never chooses. */
function joseAlgorithm(key: KeyObject): 'ES256' | 'SM2' {
  const algorithm = algorithmOf(key);
  if (algorithm !== 'ES256' && algorithm !== 'SM2') throw reportRefusal('report.malformed', { part: 'alg' });
  return algorithm;
}

/** By the digest of the key's suite, so that under gm-1 nothing else stands between page and signature. */
function digestOf(page: string, key: KeyObject): { sha256: string } | { sm3: string } {
  if (joseAlgorithm(key) === 'ES256') return { sha256: sha256Hex(page) };
  return { sm3: gm1.digest(Buffer.from(page)).toString('hex') };
}

function signatureOf(text: string, { privateKey }: SigningKey): string {
  return signByKey(privateKey, Buffer.from(text)).toString('base64url');
}

function isSignatureOf(text: string, signature: string, { publicKey }: TrustedKey): boolean {
  return verifyByKey(publicKey, Buffer.from(text), Buffer.from(signature, 'base64url'));
}

function sha256Hex(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
