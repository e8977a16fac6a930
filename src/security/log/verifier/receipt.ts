import { createHash, type KeyObject } from 'node:crypto';
import { verifyCheckpoint } from './checkpoint.ts';
import { hashLeaf } from './hashes.ts';
import { type InclusionProof, rootOfInclusion, verifyInclusion } from './proofs.ts';
import { verifySignature } from './signatures.ts';

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
  /** Ed25519, or SM2 in DER; base64. Over `receiptText`, or over `groupText` for a receipt of a group. */
  signature: string;
  /** Present when one signature was made for several receipts at once. */
  group?: ReceiptGroup;
};

/**
 * This receipt's place among those that one signature covers: an inclusion proof (base64) in a tree (RFC 6962) whose
 * leaves are the receipts' texts. Its root stands in the signed text.
 */
export type ReceiptGroup = { index: number; size: number; hashes: string[] };

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

/** SHA-256(salt ‖ body), lower-case hex: all that the log says about a body. */
export function commitTo(salt: Uint8Array, body: string): string {
  return createHash('sha256').update(salt).update(body, 'utf8').digest('hex');
}

/** The leaf's bytes: RFC 8785 form of `{v: 1, kind, at, commitment}`, whose members hold no character to escape. */
export function leafText(kind: string, at: string, commitment: string): string {
  return JSON.stringify({ at, commitment, kind, v: 1 });
}

/** The bytes under a receipt's signature. The first line keeps them apart from everything else a key may sign. */
export function receiptText(receipt: Omit<ReceiptStatement, 'signature' | 'group'>): string {
  const { id, kind, at, leafHash, promiseMs, suite, kid } = receipt;
  return ['xinqiao-receipt/1', id, kind, at, leafHash, promiseMs, suite, kid, ''].join('\n');
}

/** The bytes under the one signature of a group of receipts. */
export function groupText(size: number, root: Buffer): string {
  return ['xinqiao-receipts/1', size, root.toString('base64'), ''].join('\n');
}

/** Checks everything the holder has; keys are the node's published public keys of the receipt and of the log. */
export function verifyReceipt(
  evidence: ReceiptEvidence,
  keys: { receipt: KeyObject; log: KeyObject },
): ReceiptFault {
  const { receipt, opened, included } = evidence;
  if (!isSigned(receipt, keys.receipt)) return 'signature';
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

function isSigned(receipt: ReceiptStatement, key: KeyObject): boolean {
  const [signature, text] = [decode(receipt.signature), signedText(receipt)];
  return signature !== undefined && text !== undefined && verifySignature(key, Buffer.from(text), signature);
}

function signedText(receipt: ReceiptStatement): string | undefined {
  const text = receiptText(receipt);
  if (receipt.group === undefined) return text;
  const { index, size, hashes } = receipt.group;
  const path = hashes.map(decode).filter((hash) => hash !== undefined);
  if (path.length < hashes.length) return undefined;
  const root = rootOfInclusion(hashLeaf(Buffer.from(text)), { index, size, hashes: path });
  return root === undefined ? undefined : groupText(size, root);
}

/** Base64 has spellings that decode alike; only one of them is right. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
