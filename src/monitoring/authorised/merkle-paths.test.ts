import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MerkleTree } from '#lists';
import { hashLeaf, verifyInclusion } from '#security';
import { merklePaths } from './merkle-paths.ts';

test('each leaf of a tree of any size is proved by its path, and its root is that of the other implementation', () => {
  for (let size = 1; size <= 33; size += 1) {
    const leaves = Array.from({ length: size }, (_, at) => `look ${at}`);
    const tree = new MerkleTree();
    for (const leaf of leaves) tree.add(Buffer.from(leaf));
    const { root, paths } = merklePaths(leaves);
    assert.equal(root, tree.root());
    for (const [index, leaf] of leaves.entries()) {
      const hashes = (paths[index] ?? []).map((hex) => Buffer.from(hex, 'hex'));
      const proof = { index, size, hashes };
      assert.ok(
        verifyInclusion(hashLeaf(Buffer.from(leaf)), proof, Buffer.from(root, 'hex')),
        `${index} of ${size}`,
      );
      assert.ok(!verifyInclusion(hashLeaf(Buffer.from('another')), proof, Buffer.from(root, 'hex')));
    }
  }
});
