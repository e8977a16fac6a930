import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

/** RFC 6962 2.1: the first byte keeps leaves and inner nodes apart. */
const LEAF_PREFIX = Buffer.of(0);
const NODE_PREFIX = 1;

export function hashLeaf(leaf: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([LEAF_PREFIX, leaf]), 'buffer');
}

/** Inner nodes are most of the work, so they are put together in one place that is used again and again. */
const NODE = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);

export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) {
    return hash('sha256', Buffer.concat([Buffer.of(NODE_PREFIX), left, right]), 'buffer'); // leads to no root
  }
  NODE.set(left, 1);
  NODE.set(right, 1 + HASH_BYTES);
  return hash('sha256', NODE, 'buffer');
}

/** The root of a tree without leaves (RFC 6962 2.1). */
export function emptyRoot(): Buffer {
  return hash('sha256', '', 'buffer');
}
