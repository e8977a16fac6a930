import assert from 'node:assert';
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { highestNumber, openKeyFolder, readKeyFile, unreadableKey, writeKeyFile } from './key-files.ts';
import { jwkThumbprint, toPublicJwk } from './public-jwk.ts';
import { algorithmOf, suiteOfAlgorithm } from './suites.ts';
import type { SignatureAlgorithm, SignatureForm, SuiteId } from './suite.ts';

/** One key for one use: a signature made for one can never be presented as another. */
export const KEY_USES = ['log', 'log_gm', 'receipt', 'report', 'consent', 'pdf', 'oidc'] as const;
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
  /** In the form of its use: r‖s for `report` and `oidc` (JOSE), DER for every other curve signature. */
  sign(bytes: Uint8Array): Buffer;
};

/**
 * The node's signing keys, in files `<use>-<number>.pem` (PKCS 8) of mode 0600. A file's algorithm says its suite; of
 * the active suite's keys the highest number signs, and all verify, whatever their suite. Processes of one node share
 * the folder and agree without talking: a number is taken by whoever links it first.
 */
export type KeyStore = {
  /** The active suite: it chooses the algorithm of new keys, and which of the keys sign. */
  readonly suite: SuiteId;
  /** The key that signs now; made when the active suite has none. Sees the rotation of another process. */
  get(use: KeyUse): SigningKey;
  /** Any key that ever signed here, or undefined. */
  find(kid: string): SigningKey | undefined;
  /** Every key this use ever had here, oldest first; what a verifier trusts. */
  all(use: KeyUse): SigningKey[];
  /** Makes the next key; two processes that rotate at once make one. */
  rotate(use: KeyUse): SigningKey;
};

type Profile = { readonly algorithms: Readonly<Record<SuiteId, SignatureAlgorithm>>; form: SignatureForm };

/** `log` and `pdf` keep theirs under every suite: readers of C2SP notes and of PAdES know no SM2. JOSE likewise. */
const PROFILE: Readonly<Record<KeyUse, Profile>> = {
  log: { algorithms: { 'intl-1': 'Ed25519', 'gm-1': 'Ed25519' }, form: 'der' },
  log_gm: { algorithms: { 'intl-1': 'SM2', 'gm-1': 'SM2' }, form: 'der' },
  receipt: { algorithms: { 'intl-1': 'Ed25519', 'gm-1': 'SM2' }, form: 'der' },
  report: { algorithms: { 'intl-1': 'ES256', 'gm-1': 'SM2' }, form: 'ieee-p1363' },
  consent: { algorithms: { 'intl-1': 'Ed25519', 'gm-1': 'SM2' }, form: 'der' },
  pdf: { algorithms: { 'intl-1': 'ES256', 'gm-1': 'ES256' }, form: 'der' },
  oidc: { algorithms: { 'intl-1': 'ES256', 'gm-1': 'ES256' }, form: 'ieee-p1363' },
};

/** Opens the folder, making it (0700) when absent. Throws `keys.…` refusals on a file it cannot trust. */
export function openKeyStore(folder: string, suite: SuiteId = 'intl-1'): KeyStore {
  openKeyFolder(folder);
  const read = rememberFiles(folder);
  const signers = new Map<KeyUse, Signer>();
  /** Looks at the files after those known; makes the next one when the suite has no key yet. */
  const advance = (use: KeyUse, from: { highest: number; key?: SigningKey } = { highest: 0 }): Signer => {
    const highest = highestNumber(folder, use, 'pem');
    const found = numbers(from.highest + 1, highest).map((number) => read(use, number));
    const key = found.findLast(({ algorithm }) => algorithm === PROFILE[use].algorithms[suite]) ?? from.key;
    if (key === undefined) {
      makeKey(fileOf(folder, use, highest + 1), PROFILE[use].algorithms[suite]);
      return advance(use, { highest });
    }
    const signer = { highest, key };
    signers.set(use, signer);
    return signer;
  };
  const look = (use: KeyUse): Signer => {
    const held = signers.get(use);
    const isLatest = held !== undefined && !existsSync(fileOf(folder, use, held.highest + 1));
    return isLatest ? held : advance(use, held);
  };
  const all = (use: KeyUse): SigningKey[] =>
    numbers(1, highestNumber(folder, use, 'pem')).map((number) => read(use, number));
  const rotate = (use: KeyUse): SigningKey => {
    const held = look(use); // the first key exists before a second one follows it
    makeKey(fileOf(folder, use, held.highest + 1), PROFILE[use].algorithms[suite]);
    const { key } = advance(use, held);
    return key === held.key ? rotate(use) : key; // a process of the other suite took the number
  };
  return {
    suite,
    get: (use) => look(use).key,
    find: (kid) => KEY_USES.flatMap(all).find((key) => key.kid === kid),
    all,
    rotate,
  };
}

/** Which key signs for a use, and the highest number that was looked at to know it. */
type Signer = { readonly highest: number; readonly key: SigningKey };

function numbers(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
}

function fileOf(folder: string, use: KeyUse, number: number): string {
  return join(folder, `${use}-${number}.pem`);
}

/** A key file never changes, so that each is read and tried once. */
function rememberFiles(folder: string): (use: KeyUse, number: number) => SigningKey {
  const known = new Map<string, SigningKey>();
  return (use, number) => {
    const file = fileOf(folder, use, number);
    const key = known.get(file) ?? readSigningKey(file, use);
    known.set(file, key);
    return key;
  };
}

function makeKey(file: string, algorithm: SignatureAlgorithm): void {
  const { privateKey } = suiteOfAlgorithm(algorithm).makeKeyPair(algorithm);
  writeKeyFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

function readSigningKey(file: string, use: KeyUse): SigningKey {
  const privateKey = parseKey(file);
  const algorithm = algorithmOf(privateKey);
  const { algorithms, form } = PROFILE[use];
  if (algorithm === undefined || !Object.values(algorithms).includes(algorithm)) throw unreadableKey(file);
  const suite = suiteOfAlgorithm(algorithm);
  const publicKey = createPublicKey(privateKey);
  const sign = (bytes: Uint8Array): Buffer => suite.sign(privateKey, bytes, form);
  const trial = Buffer.from(use);
  assert(suite.verify(publicKey, trial, sign(trial), form), 'the key signs and verifies');
  const publicJwk = toPublicJwk(publicKey);
  const kid = jwkThumbprint(publicJwk);
  return Object.freeze({ kid, use, suite: suite.id, algorithm, privateKey, publicKey, publicJwk, sign });
}

function parseKey(file: string): KeyObject {
  const pem = readKeyFile(file);
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw unreadableKey(file, error);
  }
}
