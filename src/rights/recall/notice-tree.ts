import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { hashLeaf, type InclusionProof } from '#security';

/** Hash of a notice as a leaf of the tree of one recipient's notices: SHA-256(0x00 ‖ notice), RFC 6962 2.1. */
export function hashNotice(notice: string): Buffer {
  return hashLeaf(Buffer.from(notice));
}

/** Root of a tree over these leaves. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  assert(only !== undefined, 'a tree has leaves');
  if (hashes.length === 1) return only;
  const middle = middleOf(hashes.length);
  return join(rootOf(hashes.slice(0, middle)), rootOf(hashes.slice(middle)));
}

/** The proof that the leaf at this place is in the tree, nearest the leaf first (RFC 6962 2.1.1). */
export function proveNotice(hashes: readonly Buffer[], index: number): InclusionProof {
  assert(index >= 0 && index < hashes.length, 'the place is in the tree');
  return { index, size: hashes.length, hashes: pathOf(hashes, index) };
}

function pathOf(hashes: readonly Buffer[], index: number): Buffer[] {
  if (hashes.length === 1) return [];
  const middle = middleOf(hashes.length);
  const [left, right] = [hashes.slice(0, middle), hashes.slice(middle)];
  return index < middle
    ? [...pathOf(left, index), rootOf(right)]
    : [...pathOf(right, index - middle), rootOf(left)];
}

/** The largest power of two below. */
function middleOf(size: number): number {
  return 2 ** Math.ceil(Math.log2(size) - 1);
}

function join(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}
