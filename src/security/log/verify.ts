/**
 * Checks receipts, inclusion, consistency and checkpoints of a Xinqiao log without trusting the node.
 * It imports nothing but node:crypto, so that this one file can be published, read and run alone.
 *
 * Tree: RFC 6962 section 2.1 with SHA-256. Checkpoints: C2SP tlog-checkpoint in a C2SP signed note.
 * Hashes are Buffers of 32 bytes; sizes and indexes are integers below 2^53.
 */
import { createHash, hash as digest, type KeyObject, verify } from 'node:crypto';

/** A receipt as it was handed over. `salt` opens the leaf for whoever also has the body. */
export type ReceiptStatement = {
  id: string;
  kind: string;
  /** RFC 3339, UTC, milliseconds. */
  at: string;
  /** Lower-case hex. */
  leafHash: string;
  /** The leaf is in the tree within this many milliseconds after `at`. */
  promiseMs: number;
  suite: string;
  kid: string;
  /** Ed25519 over `receiptText`, base64. */
  signature: string;
};

export type Checkpoint = { origin: string; size: number; root: Buffer };
export type InclusionProof = { index: number; size: number; hashes: readonly Buffer[] };

/** What a holder has in hand; each part present is checked, and `id` to `signature` always. */
export type ReceiptEvidence = {
  receipt: ReceiptStatement;
  /** The exact canonical text of the body and the salt in hex: proves what was recorded. */
  opened?: { body: string; salt: string } | undefined;
  /** Proves that the log contains it. */
  included?: { proof: InclusionProof; checkpoint: string } | undefined;
};

/** First thing that does not hold, or `undefined` when everything in hand holds. */
export type ReceiptFault = 'signature' | 'leaf' | 'checkpoint' | 'inclusion' | undefined;

/** RFC 6962 2.1: the first byte keeps leaves and inner nodes apart. */
const LEAF_PREFIX = Buffer.of(0);
const NODE_PREFIX = Buffer.of(1);

export function hashLeaf(leaf: Uint8Array): Buffer {
  return digest('sha256', Buffer.concat([LEAF_PREFIX, leaf]), 'buffer');
}

export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return digest('sha256', Buffer.concat([NODE_PREFIX, left, right]), 'buffer');
}

/** SHA-256(salt ‖ body), lower-case hex: all that the log says about a body. */
export function commitTo(salt: Uint8Array, body: string): string {
  return createHash('sha256').update(salt).update(body, 'utf8').digest('hex');
}

/** The leaf's bytes: RFC 8785 form of `{v: 1, kind, at, commitment}`, whose members hold no character to escape. */
export function leafText(kind: string, at: string, commitment: string): string {
  return JSON.stringify({ at, commitment, kind, v: 1 });
}

/** The bytes under a receipt's signature. The first line keeps them apart from everything else a key may sign. */
export function receiptText(receipt: Omit<ReceiptStatement, 'signature'>): string {
  const { id, kind, at, leafHash, promiseMs, suite, kid } = receipt;
  return ['xinqiao-receipt/1', id, kind, at, leafHash, promiseMs, suite, kid, ''].join('\n');
}

/** RFC 9162 section 2.1.3.2: does `leafHash` stand at `index` in the tree of `size` leaves with this root? */
export function verifyInclusion(leafHash: Buffer, proof: InclusionProof, root: Buffer): boolean {
  const { index, size, hashes } = proof;
  if (!isTreeSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let [node, last, hash] = [index, size - 1, leafHash];
  for (const sibling of hashes) {
    if (last === 0 || sibling.length !== 32) return false;
    if (isOdd(node) || node === last) {
      hash = hashNode(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = hashNode(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** A tree's size and root. */
export type TreeHead = { size: number; root: Buffer };

/** RFC 9162 section 2.1.4.2: is the older tree a prefix of the newer one? */
export function verifyConsistency(older: TreeHead, newer: TreeHead, hashes: readonly Buffer[]): boolean {
  if (!isTreeSize(older.size) || !isTreeSize(newer.size) || older.size > newer.size) return false;
  if (older.size === newer.size) return hashes.length === 0 && older.root.equals(newer.root);
  let [node, last] = [older.size - 1, newer.size - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  const path = node === 0 ? [older.root, ...hashes] : hashes; // a full older tree is its own first node
  const [first, ...rest] = path;
  if (first === undefined || path.some((hash) => hash.length !== 32)) return false;
  let [oldHash, newHash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      [oldHash, newHash] = [hashNode(sibling, oldHash), hashNode(sibling, newHash)];
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newHash = hashNode(newHash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && oldHash.equals(older.root) && newHash.equals(newer.root);
}

/**
 * Reads a signed checkpoint; undefined unless it is well formed and one of its signatures is by this key.
 * The caller compares `origin` with the log it means.
 */
export function verifyCheckpoint(note: string, publicKey: KeyObject): Checkpoint | undefined {
  const end = note.indexOf('\n\n');
  const text = note.slice(0, end + 1);
  const [origin, sizeText, rootText, ...more] = text.split('\n');
  if (end < 0 || !origin || !sizeText || !rootText || more.length === 0) return undefined;
  const root = Buffer.from(rootText, 'base64');
  const isStrict = /^(0|[1-9][0-9]{0,15})$/.test(sizeText) && root.toString('base64') === rootText;
  if (!isStrict || root.length !== 32) return undefined;
  const keyId = noteKeyId(origin, publicKey);
  const isSigned = note
    .slice(end + 2)
    .split('\n')
    .some((line) => isSignatureLine(line, { origin, keyId, text, publicKey }));
  return isSigned ? { origin, size: Number(sizeText), root } : undefined;
}

/** C2SP signed-note: first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ Ed25519 public key). */
export function noteKeyId(origin: string, publicKey: KeyObject): Buffer {
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return createHash('sha256').update(`${origin}\n`).update(Buffer.of(1)).update(raw).digest().subarray(0, 4);
}

/** Checks everything the holder has; keys are the node's published public keys of the receipt and of the log. */
export function verifyReceipt(
  evidence: ReceiptEvidence,
  keys: { receipt: KeyObject; log: KeyObject },
): ReceiptFault {
  const { receipt, opened, included } = evidence;
  const signature = Buffer.from(receipt.signature, 'base64');
  const isCanonical = signature.toString('base64') === receipt.signature;
  if (!isCanonical || !verify(null, Buffer.from(receiptText(receipt)), keys.receipt, signature)) {
    return 'signature';
  }
  if (opened !== undefined) {
    const commitment = commitTo(Buffer.from(opened.salt, 'hex'), opened.body);
    const leaf = leafText(receipt.kind, receipt.at, commitment);
    if (hashLeaf(Buffer.from(leaf)).toString('hex') !== receipt.leafHash) return 'leaf';
  }
  if (included === undefined) return undefined;
  const checkpoint = verifyCheckpoint(included.checkpoint, keys.log);
  if (checkpoint === undefined || checkpoint.size !== included.proof.size) return 'checkpoint';
  const leafHash = Buffer.from(receipt.leafHash, 'hex');
  return verifyInclusion(leafHash, included.proof, checkpoint.root) ? undefined : 'inclusion';
}

type SignatureContext = { origin: string; keyId: Buffer; text: string; publicKey: KeyObject };

function isSignatureLine(line: string, context: SignatureContext): boolean {
  const prefix = `— ${context.origin} `;
  if (!line.startsWith(prefix)) return false;
  const bytes = Buffer.from(line.slice(prefix.length), 'base64');
  if (bytes.toString('base64') !== line.slice(prefix.length)) return false;
  if (!bytes.subarray(0, 4).equals(context.keyId)) return false;
  return verify(null, Buffer.from(context.text), context.publicKey, bytes.subarray(4));
}

function isTreeSize(size: number): boolean {
  return Number.isSafeInteger(size) && size > 0;
}

/** Bit operators of JavaScript end at 2^31; these do not. */
function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
