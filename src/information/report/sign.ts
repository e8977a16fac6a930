import {
  createHash,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { canonicalJson } from '#kernel';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { reportRefusal } from './report-refusals.ts';
import type { ReportPayload } from './shape.ts';

/** An ES256 key pair of the node's key store. */
export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject };

/** An ES256 public key that a verifier trusts. */
export type TrustedKey = { readonly kid: string; readonly publicKey: KeyObject };

/** Public half of a key in the form that is published; `kid` names it. */
export type PublicJwk = JsonWebKey & { readonly kid: string };

/** The trusted keys of a published key set. */
export function trustedKeys(jwks: readonly PublicJwk[]): TrustedKey[] {
  return jwks.map((jwk) => ({ kid: jwk.kid, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) }));
}

/** A payload in its canonical form (RFC 8785), written once; `hash` is SHA-256 over it, hex. */
export type SealedPayload = {
  readonly payload: ReportPayload;
  readonly canonical: string;
  readonly hash: string;
};

/** A payload with its token: what all three forms are made from. */
export type SignedReport = SealedPayload & { readonly token: string };

export function sealPayload(payload: ReportPayload): SealedPayload {
  const canonical = canonicalJson(payload);
  return { payload, canonical, hash: sha256Hex(canonical) };
}

/** Type of the credential (`vct`); names the payload's format, not a place. */
const REPORT_VCT = 'urn:xinqiao:report:1';

const HTML_SIGNATURE_TYPE = 'xinqiao-html+jws';

/**
 * Signs a payload as SD-JWT VC (RFC 9901 and draft-ietf-oauth-sd-jwt-vc), ES256, nothing selectively disclosed.
 * There is no `exp`: a court must still be able to verify a report whose validity has passed.
 */
export async function signReport(sealed: SealedPayload, key: SigningKey): Promise<SignedReport> {
  const { payload } = sealed;
  const issuer = new SDJwtVcInstance({
    ...HASHING,
    signAlg: 'ES256',
    signer: (text) => signatureOf(text, key),
  });
  const claims = {
    iss: new URL(payload.cover.verifyUrl).origin,
    iat: Math.floor(Date.parse(payload.cover.issuedAt) / 1000),
    vct: REPORT_VCT,
    report: payload,
  };
  const token = await issuer.issue(claims, undefined, { header: { kid: key.kid } });
  return { ...sealed, token };
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

/** Compact JWS over the SHA-256 of a page whose signature slot is empty. */
export function signPage(page: string, number: string, key: SigningKey): string {
  const header = encode({ alg: 'ES256', kid: key.kid, typ: HTML_SIGNATURE_TYPE });
  const text = `${header}.${encode({ number, sha256: sha256Hex(page) })}`;
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
  if (payload['sha256'] !== sha256Hex(page) || payload['number'] !== number) {
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
  saltGenerator: (length: number) => randomBytes(length).toString('base64url'),
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
  if (header['alg'] !== 'ES256') throw reportRefusal('report.malformed', { part: 'alg' });
  return key;
}

function signatureOf(text: string, { privateKey }: SigningKey): string {
  return sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
    'base64url',
  );
}

function isSignatureOf(text: string, signature: string, { publicKey }: TrustedKey): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  return verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes);
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
