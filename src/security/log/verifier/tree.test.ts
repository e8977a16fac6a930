import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appendLeaves,
  consistencyRanges,
  edgeTiles,
  hashRange,
  inclusionRanges,
  type Range,
  rootOf,
  tileKey,
} from './tree.ts';
import { hashLeaf, hashNode } from './hashes.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';

/** Leaves, roots and proofs of the reference tests of Certificate Transparency (merkle_tree_test.cc). */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const INCLUSION: Record<string, string[]> = {
  '0/8': [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ],
  '5/8': [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ],
  '2/3': ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
};
const CONSISTENCY: Record<string, string[]> = {
  '1/8': INCLUSION['0/8'] ?? [],
  '6/8': [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ],
};

const reference = LEAVES.map((hex) => hashLeaf(Buffer.from(hex, 'hex')));
const numbered = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, n) => hashLeaf(Buffer.from(`${n}`)));
const hexOf = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));

/** Keeps every tile, as the database does. */
function grow(hashes: readonly Buffer[], batch: number): { tiles: Map<string, Buffer>; root: Buffer } {
  const tiles = new Map<string, Buffer>();
  let [size, root]: [number, Buffer] = [0, Buffer.alloc(0)];
  for (let done = 0; done < hashes.length; done += batch) {
    const edge = new Map(
      edgeTiles(size).map((id) => [tileKey(id), tiles.get(tileKey(id)) ?? Buffer.alloc(0)]),
    );
    const grown = appendLeaves(size, edge, hashes.slice(done, done + batch));
    for (const [key, { hashes: tile }] of grown.changed) tiles.set(key, tile);
    ({ size, root } = grown);
  }
  return { tiles, root };
}

/** The definition of RFC 6962 2.1, written as it stands there. */
function merkleTreeHash(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (hashes.length === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return hashNode(merkleTreeHash(hashes.slice(0, split)), merkleTreeHash(hashes.slice(split)));
}

function inclusion(tiles: Map<string, Buffer>, index: number, size: number): Buffer[] {
  return inclusionRanges(index, size).map((range) => hashOnce(range, tiles));
}

function consistency(tiles: Map<string, Buffer>, older: number, newer: number): Buffer[] {
  return consistencyRanges(older, newer).map((range) => hashOnce(range, tiles));
}

const hashed = new WeakMap<Map<string, Buffer>, Map<string, Buffer>>();

/** A subtree's hash is asked for by many proofs. */
function hashOnce(range: Range, tiles: Map<string, Buffer>): Buffer {
  const known = hashed.get(tiles) ?? new Map<string, Buffer>();
  hashed.set(tiles, known);
  const key = `${range.from}-${range.to}`;
  const hash = known.get(key) ?? hashRange(range, tiles);
  known.set(key, hash);
  return hash;
}

/** Small trees: every byte of the proof in turn. Larger ones: one byte, another one for every proof. */
function* flippedBytes(hashes: readonly Buffer[], seed: number): Generator<Buffer[]> {
  const count = hashes.length * 32;
  if (count === 0) return;
  const places = seed < 20 * 300 ? Array.from({ length: count }, (_, at) => at) : [(seed * 7919) % count];
  for (const place of places) {
    const [n, at] = [Math.floor(place / 32), place % 32];
    const changed = Buffer.from(hashes[n] ?? Buffer.alloc(32));
    changed[at] = (changed[at] ?? 0) ^ (1 << (seed % 8));
    yield hashes.with(n, changed);
  }
}

test('roots and proofs of the Certificate Transparency reference vectors come out', () => {
  const { tiles } = grow(reference, 3);
  for (const [n, root] of ROOTS.entries()) {
    assert.equal(rootOf(n + 1, tiles).toString('hex'), root);
    assert.equal(grow(reference.slice(0, n + 1), 1).root.toString('hex'), root);
  }
  for (const [place, proof] of Object.entries(INCLUSION)) {
    const [index = 0, size = 0] = place.split('/').map(Number);
    assert.deepEqual(hexOf(inclusion(tiles, index, size)), proof);
  }
  for (const [sizes, proof] of Object.entries(CONSISTENCY)) {
    const [older = 0, newer = 0] = sizes.split('/').map(Number);
    assert.deepEqual(hexOf(consistency(tiles, older, newer)), proof);
  }
});

test('the tree is the same however it was cut into batches, across two levels of tiles', () => {
  const hashes = numbered(66_000);
  const root = merkleTreeHash(hashes);
  for (const batch of [1_000, 256, 65_536]) assert(grow(hashes, batch).root.equals(root));
  const { tiles } = grow(hashes, 1_000);
  for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
    const proof = { index, size: 66_000, hashes: inclusion(tiles, index, 66_000) };
    assert(verifyInclusion(hashes[index] ?? Buffer.alloc(0), proof, root));
  }
  for (const older of [1, 255, 256, 300, 65_536, 65_537]) {
    const head = { size: older, root: rootOf(older, tiles) };
    assert(verifyConsistency(head, { size: 66_000, root }, consistency(tiles, older, 66_000)));
  }
});

test('every inclusion proof of trees of 1 to 300 leaves holds, and none with a flipped byte', () => {
  const hashes = numbered(300);
  const { tiles } = grow(hashes, 7);
  for (let size = 1; size <= 300; size += 1) {
    const root = rootOf(size, tiles);
    for (let index = 0; index < size; index += 1) {
      const [leaf, path] = [hashes[index] as Buffer, inclusion(tiles, index, size)];
      assert(verifyInclusion(leaf, { index, size, hashes: path }, root), `${index} of ${size}`);
      for (const changed of flippedBytes(path, size * 300 + index)) {
        assert(
          !verifyInclusion(leaf, { index, size, hashes: changed }, root),
          `${index} of ${size}, flipped`,
        );
      }
    }
  }
});

test('every consistency proof of trees of 1 to 300 leaves holds, and none with a flipped byte', () => {
  const { tiles } = grow(numbered(300), 7);
  const heads = Array.from({ length: 301 }, (_, size) => ({
    size,
    root: size > 0 ? rootOf(size, tiles) : Buffer.alloc(0),
  }));
  for (const newer of heads.slice(1)) {
    for (const older of heads.slice(1, newer.size + 1)) {
      const path = consistency(tiles, older.size, newer.size);
      assert(verifyConsistency(older, newer, path), `${older.size} in ${newer.size}`);
      for (const changed of flippedBytes(path, newer.size * 300 + older.size)) {
        assert(!verifyConsistency(older, newer, changed), `${older.size} in ${newer.size}, flipped`);
      }
    }
  }
});

test('a proof for another leaf, index, size or root, cut short or made longer, does not hold', () => {
  const hashes = numbered(300);
  const { tiles, root } = grow(hashes, 300);
  const leaf = hashes[77] as Buffer;
  const proof = { index: 77, size: 300, hashes: inclusion(tiles, 77, 300) };
  assert(verifyInclusion(leaf, proof, root));
  assert(!verifyInclusion(hashes[78] as Buffer, proof, root));
  assert(!verifyInclusion(leaf, proof, rootOf(299, tiles)));
  for (const index of [76, 78, -1, 300, 1.5, Number.NaN])
    assert(!verifyInclusion(leaf, { ...proof, index }, root));
  for (const size of [0, 77, 2 ** 53]) assert(!verifyInclusion(leaf, { ...proof, size }, root));
  for (const path of [proof.hashes.slice(1), proof.hashes.slice(0, -1), [...proof.hashes, leaf], []]) {
    assert(!verifyInclusion(leaf, { ...proof, hashes: path }, root));
  }
  const [older, newer] = [
    { size: 77, root: rootOf(77, tiles) },
    { size: 300, root },
  ];
  const path = consistency(tiles, 77, 300);
  assert(verifyConsistency(older, newer, path));
  assert(!verifyConsistency(newer, older, path));
  for (const wrong of [path.slice(1), path.slice(0, -1), [...path, leaf], []]) {
    assert(!verifyConsistency(older, newer, wrong));
  }
});
