import assert from 'node:assert';
import { hash } from 'node:crypto';

const HASH_BYTES = 32;
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/**
 * Root of a Merkle tree over SHA-256 as RFC 6962 section 2.1 defines it, built leaf by leaf in memory that grows only with
 * the logarithm of the leaves. A leaf is the bytes given; `0x00` before a leaf and `0x01` before a node keep the two apart.
 */
export class MerkleTree {
  size = 0;
  /** Roots of the complete subtrees from the left, largest first, as binary strings: they are the bits of `size`. */
  readonly #subtrees: string[] = [];
  readonly #node = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);
  #leaf = Buffer.alloc(4096);

  constructor() {
    this.#leaf[0] = LEAF_PREFIX;
  }

  /** Adds `bytes[from, to)` as the next leaf. */
  add(bytes: Buffer, from = 0, to = bytes.length): void {
    const length = to - from + 1;
    if (length > this.#leaf.length) this.#leaf = Buffer.alloc(length * 2);
    bytes.copy(this.#leaf, 1, from, to);
    let root = hash('sha256', this.#leaf.subarray(0, length), 'binary');
    for (let size = this.size; size % 2 === 1; size = (size - 1) / 2) root = this.#join(this.#pop(), root);
    this.#subtrees.push(root);
    this.size += 1;
  }

  /** Root over all leaves so far, lower-case hex; of no leaves it is the hash of nothing. */
  root(): string {
    const [last, ...larger] = this.#subtrees.toReversed();
    if (last === undefined) return hash('sha256', '', 'hex');
    const root = larger.reduce((right, left) => this.#join(left, right), last);
    return Buffer.from(root, 'latin1').toString('hex');
  }

  #pop(): string {
    const subtree = this.#subtrees.pop();
    assert(subtree !== undefined, 'subtrees are the bits of size');
    return subtree;
  }

  #join(left: string, right: string): string {
    this.#node.write(left, 1, 'latin1');
    this.#node.write(right, 1 + HASH_BYTES, 'latin1');
    return hash('sha256', this.#node, 'binary');
  }
}
