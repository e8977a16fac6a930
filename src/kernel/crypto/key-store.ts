import assert from 'node:assert';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { cryptoRefusal } from './crypto-refusals.ts';
import { intl1, type SignatureAlgorithm, type SignatureForm, type SuiteId } from './suites.ts';

/** One key for one use: a signature made for one can never be presented as another. */
export const KEY_USES = ['log', 'receipt', 'report', 'pdf'] as const;
export type KeyUse = (typeof KEY_USES)[number];

/** A key of the node. Without its store a verifier needs `kid`, `suite`, `algorithm` and `publicJwk` only. */
export type SigningKey = {
  /** JWK thumbprint (RFC 7638), base64url. */
  readonly kid: string;
  readonly use: KeyUse;
  readonly suite: SuiteId;
  readonly algorithm: SignatureAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JsonWebKey;
  /** `pdf` signs in DER as CMS wants it, `report` in r‖s as JOSE does. */
  sign(bytes: Uint8Array): Buffer;
};

/**
 * The node's signing keys, in files `<use>-<number>.pem` (PKCS 8) of mode 0600; the highest number signs, all verify.
 * Processes of one node share the folder and agree without talking: a number is taken by whoever links it first.
 */
export type KeyStore = {
  /** The key that signs now; made when the folder has none. Sees the rotation of another process. */
  get(use: KeyUse): SigningKey;
  /** Any key that ever signed here, or undefined. */
  find(kid: string): SigningKey | undefined;
  /** Every key this use ever had here, oldest first; what a verifier trusts. */
  all(use: KeyUse): SigningKey[];
  /** Makes the next key; two processes that rotate at once make one. */
  rotate(use: KeyUse): SigningKey;
};

const PROFILE: Readonly<Record<KeyUse, { algorithm: SignatureAlgorithm; form: SignatureForm }>> = {
  log: { algorithm: 'Ed25519', form: 'ieee-p1363' },
  receipt: { algorithm: 'Ed25519', form: 'ieee-p1363' },
  report: { algorithm: 'ES256', form: 'ieee-p1363' },
  pdf: { algorithm: 'ES256', form: 'der' },
};

/** Opens the folder, making it (0700) when absent. Throws `keys.…` refusals on a file it cannot trust. */
export function openKeyStore(folder: string): KeyStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const current = new Map<KeyUse, { number: number; key: SigningKey }>();
  const advance = (use: KeyUse, from: number): SigningKey => {
    let number = Math.max(from, 1);
    while (existsSync(keyFile(folder, use, number + 1))) number += 1;
    if (!existsSync(keyFile(folder, use, number))) makeKeyFile(folder, use, number);
    const key = readKeyFile(keyFile(folder, use, number), use);
    current.set(use, { number, key });
    return key;
  };
  const get = (use: KeyUse): SigningKey => {
    const held = current.get(use);
    if (held === undefined) return advance(use, highestNumber(folder, use));
    return existsSync(keyFile(folder, use, held.number + 1)) ? advance(use, held.number) : held.key;
  };
  const known = new Map<string, SigningKey>();
  return {
    get,
    find(kid) {
      if (!known.has(kid)) for (const key of listKeys(folder)) known.set(key.kid, key);
      return known.get(kid);
    },
    all: (use) =>
      Array.from({ length: highestNumber(folder, use) }, (_, at) =>
        readKeyFile(keyFile(folder, use, at + 1), use),
      ),
    rotate(use) {
      get(use); // the first key exists before a second one follows it
      const next = (current.get(use)?.number ?? 0) + 1;
      makeKeyFile(folder, use, next);
      return advance(use, next);
    },
  };
}

/** RFC 7638: SHA-256 over the required members in lexicographic order, without spaces. */
export function jwkThumbprint(jwk: JsonWebKey): string {
  const { crv, kty, x, y } = jwk;
  const members = kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

function listKeys(folder: string): SigningKey[] {
  return readdirSync(folder).flatMap((name) => {
    const use = KEY_USES.find((one) => numberOf(name, one) > 0);
    return use === undefined ? [] : [readKeyFile(join(folder, name), use)];
  });
}

function highestNumber(folder: string, use: KeyUse): number {
  return Math.max(0, ...readdirSync(folder).map((name) => numberOf(name, use)));
}

function numberOf(name: string, use: KeyUse): number {
  return Number(new RegExp(`^${use}-([0-9]{1,6})\\.pem$`).exec(name)?.[1] ?? 0);
}

function keyFile(folder: string, use: KeyUse, number: number): string {
  return join(folder, `${use}-${number}.pem`);
}

/** Written whole and durable under a name of its own, then linked: readers see no file or the whole file. */
function makeKeyFile(folder: string, use: KeyUse, number: number): void {
  const pem = intl1
    .makeKeyPair(PROFILE[use].algorithm)
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString();
  const draft = join(folder, `.${use}-${randomBytes(8).toString('hex')}`);
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, pem);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, keyFile(folder, use, number));
  } catch (error) {
    if (!isExisting(error)) throw error; // another process was first; its key is the key
  } finally {
    unlinkSync(draft);
  }
  syncFolder(folder);
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** A name is durable only when its folder is; Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function readKeyFile(file: string, use: KeyUse): SigningKey {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw cryptoRefusal('keys.open_to_others', { file: basename(file) });
  }
  const privateKey = parseKey(file);
  const publicKey = createPublicKey(privateKey);
  const publicJwk = publicKey.export({ format: 'jwk' });
  const { algorithm, form } = PROFILE[use];
  if (publicJwk.crv !== (algorithm === 'Ed25519' ? 'Ed25519' : 'P-256')) {
    throw cryptoRefusal('keys.unreadable', { file: basename(file) });
  }
  const sign = (bytes: Uint8Array): Buffer => intl1.sign(privateKey, bytes, form);
  assert(
    intl1.verify(publicKey, Buffer.from(use), sign(Buffer.from(use)), form),
    'the key signs and verifies',
  );
  const kid = jwkThumbprint(publicJwk);
  return Object.freeze({ kid, use, suite: intl1.id, algorithm, privateKey, publicKey, publicJwk, sign });
}

function parseKey(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    throw Object.assign(cryptoRefusal('keys.unreadable', { file: basename(file) }), { cause: error });
  }
}
