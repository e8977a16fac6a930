import { createHash } from 'node:crypto';
import { hashLeaf } from '#security';

/** The root of a Merkle tree and, leaf by leaf, the hashes that lead from it to the root; all lower-case hex. */
export type MerklePaths = { readonly root: string; readonly paths: readonly (readonly string[])[] };

/**
 * The tree of RFC 6962 section 2.1 over these leaves, with the audit path of each (2.1.1): what stands beside it on each level
 * from the bottom up. A node without a neighbour goes up as it is, which gives the same tree as splitting from the top.
 */
export function merklePaths(leaves: readonly string[]): MerklePaths {
  const paths: string[][] = leaves.map(() => []);
  let level = leaves.map((leaf) => hashLeaf(Buffer.from(leaf)));
  for (let width = 1; level.length > 1; width *= 2) {
    for (const [leaf, path] of paths.entries()) {
      const beside = level[Math.floor(leaf / width) ^ 1];
      if (beside !== undefined) path.push(beside.toString('hex'));
    }
    level = joinPairs(level);
  }
  return { root: (level[0] ?? digest()).toString('hex'), paths };
}

function joinPairs(level: readonly Buffer[]): Buffer[] {
  return Array.from({ length: Math.ceil(level.length / 2) }, (_, at) => {
    const [left, right] = [level[2 * at] ?? Buffer.alloc(0), level[2 * at + 1]];
    return right === undefined ? left : digest(Buffer.from([0x01]), left, right);
  });
}

function digest(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
