import assert from 'node:assert';
import { LIMITS, newId, type SigningKey } from '#kernel';
import type { Leaf } from './leaf.ts';
import { HASH_BYTES, hashLeaf, hashNode } from './verifier/hashes.ts';
import { groupText, type ReceiptGroup, type ReceiptStatement, receiptText } from './verifier/receipt.ts';

/** Receipts under one signature, as they are kept: the hashes of their texts, from which each finds its place. */
export type SignedGroup = { readonly id: string; readonly hashes: Buffer };

export type SignedReceipts = {
  readonly receipts: readonly ReceiptStatement[];
  /** Absent for a single receipt, which is signed by itself. */
  readonly group: SignedGroup | undefined;
};

type Unsigned = Omit<ReceiptStatement, 'signature' | 'group'>;

/** Receipts for leaves recorded together, by one signature: signing is what recording costs most. */
export function signReceipts(key: SigningKey, leaves: readonly { leaf: Leaf; at: Date }[]): SignedReceipts {
  const promises = leaves.map((one) => promiseOf(key, one));
  const sign = (text: string): string => key.sign(Buffer.from(text)).toString('base64');
  const [first] = promises;
  if (first === undefined || promises.length === 1) {
    const receipts = promises.map((promise) => ({ ...promise, signature: sign(receiptText(promise)) }));
    return { receipts, group: undefined };
  }
  const hashes = promises.map(hashOf);
  const { root, paths } = pathsOf(hashes);
  const signature = sign(groupText(hashes.length, root));
  const size = hashes.length;
  const receipts = promises.map((promise, index) => ({
    ...promise,
    signature,
    group: { index, size, hashes: paths[index] ?? [] },
  }));
  return { receipts, group: { id: first.id, hashes: Buffer.concat(hashes) } };
}

/**
 * The places of receipts in their group as kept, whose tree is made once. Throws AssertionError for a receipt that has
 * none: then what is kept was changed.
 */
export function openGroup(group: Buffer): (receipt: Unsigned) => ReceiptGroup {
  const size = group.length / HASH_BYTES;
  const hashes = Array.from({ length: size }, (_, n) => group.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES));
  const { paths } = pathsOf(hashes);
  return (receipt) => {
    const own = hashOf(receipt);
    const index = hashes.findIndex((hash) => hash.equals(own));
    assert(index >= 0, 'the receipt stands in its group');
    return { index, size, hashes: paths[index] ?? [] };
  };
}

function promiseOf({ suite, kid }: SigningKey, { leaf, at }: { leaf: Leaf; at: Date }): Unsigned {
  const leafHash = leaf.hash.toString('hex');
  const promiseMs = LIMITS.sequenceWithinMs;
  return { id: newId('rcp', at), kind: leaf.kind, at: leaf.at, leafHash, promiseMs, suite, kid };
}

function hashOf(receipt: Unsigned): Buffer {
  return hashLeaf(Buffer.from(receiptText(receipt)));
}

/** Root and every inclusion proof (base64, nearest the leaf first) of a small tree at once: RFC 6962 2.1 and 2.1.1. */
function pathsOf(hashes: readonly Buffer[]): { root: Buffer; paths: string[][] } {
  const paths = hashes.map((): string[] => []);
  const build = (from: number, to: number): Buffer => {
    const only = hashes[from];
    assert(only !== undefined, 'a group has receipts');
    if (to - from === 1) return only;
    const middle = from + 2 ** Math.ceil(Math.log2(to - from) - 1);
    const [left, right] = [build(from, middle), build(middle, to)];
    const [leftText, rightText] = [left.toString('base64'), right.toString('base64')];
    for (let n = from; n < to; n += 1) paths[n]?.push(n < middle ? rightText : leftText);
    return hashNode(left, right);
  };
  return { root: build(0, hashes.length), paths };
}
