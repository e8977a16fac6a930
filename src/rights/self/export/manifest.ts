import { createHash } from 'node:crypto';
import { algorithmOf, canonicalJson, type KeyStore, signByKey, verifyByKey } from '#kernel';
import type { TrustedKey } from '#information';
import { selfRefusal } from '../self-refusals.ts';
import type { ZipFile } from './zip.ts';

export const BUNDLE_FORMAT = 'xinqiao.everything/1';
/** Keeps this signature apart from everything else that the key signs. */
const TOKEN_TYPE = 'xinqiao-everything+jws';

export type ListedFile = { readonly name: string; readonly sha256: string; readonly bytes: number };

/** What a bundle is, and every file of it by its digest. */
export type Manifest = {
  readonly format: typeof BUNDLE_FORMAT;
  readonly export: string;
  readonly node: string;
  readonly issuer: string;
  readonly issuedAt: string;
  readonly asOf: string;
  readonly knownAt: string;
  readonly isSynthetic: boolean;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly policyHash: string;
  readonly disclosure: string;
  readonly receipt: { readonly id: string; readonly leafHash: string };
  readonly parts: readonly { readonly part: string; readonly file: string; readonly items: number }[];
  readonly files: readonly ListedFile[];
};

export function listFile({ name, bytes }: ZipFile): ListedFile {
  return { name, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

/** `manifest.json`: the manifest to read, and a compact JWS over its canonical form (RFC 8785) by the report key. */
export function signManifest(manifest: Manifest, keys: KeyStore): ZipFile {
  const key = keys.get('report');
  const header = encode(canonicalJson({ alg: algorithmOf(key.privateKey), kid: key.kid, typ: TOKEN_TYPE }));
  const canonical = canonicalJson(manifest);
  const text = `${header}.${encode(canonical)}`;
  const token = `${text}.${signByKey(key.privateKey, Buffer.from(text)).toString('base64url')}`;
  return { name: 'manifest.json', bytes: Buffer.from(`{"manifest":${canonical},"token":"${token}"}`) };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** The manifest of a file that holds, byte for byte, what a trusted key signed. Throws `everything.bundle_…`. */
export function verifyManifest(
  bytes: Buffer,
  trusted: readonly TrustedKey[],
): { readonly manifest: Manifest; readonly kid: string } {
  const token = tokenOf(bytes);
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  const said = parse(Buffer.from(header, 'base64url'), 'manifest.json');
  const kid = 'kid' in said ? String(said.kid).slice(0, 80) : '';
  const key = trusted.find((candidate) => candidate.kid === kid);
  const isOurs = 'typ' in said && said.typ === TOKEN_TYPE && rest.length === 0;
  const isSigned =
    key !== undefined &&
    isOurs &&
    'alg' in said &&
    said.alg === algorithmOf(key.publicKey) &&
    verifyByKey(key.publicKey, Buffer.from(`${header}.${payload}`), Buffer.from(signature, 'base64url'));
  if (!isSigned) throw selfRefusal('everything.bundle_signature_wrong', { kid });
  const canonical = Buffer.from(payload, 'base64url').toString('utf8');
  if (!bytes.equals(Buffer.from(`{"manifest":${canonical},"token":"${token}"}`)))
    throw selfRefusal('everything.bundle_changed', { file: 'manifest.json' });
  const manifest = parse(Buffer.from(canonical), 'manifest.json');
  if (!isManifest(manifest)) throw selfRefusal('everything.bundle_malformed', { part: 'format' });
  return { manifest, kid };
}

function tokenOf(bytes: Buffer): string {
  const file = parse(bytes, 'manifest.json');
  if ('token' in file && typeof file.token === 'string') return file.token;
  throw selfRefusal('everything.bundle_malformed', { part: 'token' });
}

function parse(bytes: Buffer, part: string): object {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw selfRefusal('everything.bundle_malformed', { part });
}

/** What a trusted key signed under our type is of our shape, as far as its format says so. */
function isManifest(value: object): value is Manifest {
  return 'format' in value && value.format === BUNDLE_FORMAT;
}
