import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { MerkleTree } from './merkle.ts';

function rootOf(leaves: readonly Buffer[]): string {
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.add(leaf);
  assert.equal(tree.size, leaves.length);
  return tree.root();
}

/** The definition of RFC 6962 section 2.1, word for word. */
function definition(leaves: readonly Buffer[]): Buffer {
  const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  const [only] = leaves;
  if (only === undefined) return sha();
  if (leaves.length === 1) return sha(Buffer.of(0), only);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha(Buffer.of(1), definition(leaves.slice(0, split)), definition(leaves.slice(split)));
}

test('the vectors of Certificate Transparency hold', () => {
  const leaves = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const roots: Record<number, string> = {
    0: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    1: '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    2: 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    3: 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    8: '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  };
  for (const [size, root] of Object.entries(roots)) {
    assert.equal(
      rootOf(leaves.slice(0, Number(size)).map((leaf) => Buffer.from(leaf, 'hex'))),
      root,
      `${size} leaves`,
    );
  }
});

test('a tree of any size has the root of the definition', () => {
  const leaves = Array.from({ length: 70 }, (_, at) => Buffer.from(`row ${at}`.repeat(at * 9)));
  for (let size = 0; size <= leaves.length; size += 1) {
    const some = leaves.slice(0, size);
    assert.equal(rootOf(some), definition(some).toString('hex'), `${size} leaves`);
  }
});

test('a leaf is the bytes between two offsets, and asking for the root changes nothing', () => {
  const tree = new MerkleTree();
  tree.add(Buffer.from('..row..'), 2, 5);
  assert.equal(tree.root(), tree.root());
  assert.equal(tree.root(), rootOf([Buffer.from('row')]));
});
