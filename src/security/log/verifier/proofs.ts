import { HASH_BYTES, hashNode } from './hashes.ts';

/** A tree's size and root. */
export type TreeHead = { size: number; root: Buffer };
export type InclusionProof = { index: number; size: number; hashes: readonly Buffer[] };

/** Does `leafHash` stand at the proof's index in the tree of its size with this root? */
export function verifyInclusion(leafHash: Buffer, proof: InclusionProof, root: Buffer): boolean {
  return rootOfInclusion(leafHash, proof)?.equals(root) === true;
}

/** RFC 9162 section 2.1.3.2: the root that the proof leads to; undefined when it is none for its index and size. */
export function rootOfInclusion(leafHash: Buffer, proof: InclusionProof): Buffer | undefined {
  const { index, size, hashes } = proof;
  if (!isTreeSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  let [node, last, hash] = [index, size - 1, leafHash];
  for (const sibling of hashes) {
    if (last === 0 || sibling.length !== HASH_BYTES) return undefined;
    if (isOdd(node) || node === last) {
      hash = hashNode(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = hashNode(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 ? hash : undefined;
}

/** RFC 9162 section 2.1.4.2: is the older tree a prefix of the newer one? */
export function verifyConsistency(older: TreeHead, newer: TreeHead, hashes: readonly Buffer[]): boolean {
  if (!isTreeSize(older.size) || !isTreeSize(newer.size) || older.size > newer.size) return false;
  if (older.size === newer.size) return hashes.length === 0 && older.root.equals(newer.root);
  let [node, last] = [older.size - 1, newer.size - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  const path = node === 0 ? [older.root, ...hashes] : hashes; // a full older tree is its own first node
  const [first, ...rest] = path;
  if (first === undefined || path.some((hash) => hash.length !== HASH_BYTES)) return false;
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
