import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { before, test } from 'node:test';
import { auditLog } from './audit.ts';
import { packBundle } from './bundle.ts';
import { checkpointText } from './checkpoint.ts';
import { hashLeaf } from './hashes.ts';
import { formatLine } from './note.ts';
import { formatVkey, noteKey } from './note-keys.ts';
import { formatPath, TILE_WIDTH } from './paths.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';
import { consistencyFromTiles, inclusionFromTiles, rootFromTiles } from './read-proofs.ts';
import { appendLeaves } from './tree.ts';

/** The size that C2SP tlog-tiles takes as its example: three levels of tiles, the topmost with one hash. */
const SIZE = 70_000;
const OLDER = 65_535;

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = noteKey('ed25519', 'log.example/log', publicKey);
const files = new Map<string, Buffer>();
const leaves = Array.from({ length: SIZE }, (_, n) => Buffer.from(`leaf ${n}`));
const source = { read: (path: string) => Promise.resolve(files.get(path)) };
let roots: { older: Buffer; newer: Buffer };

function noteOf(size: number, root: Buffer): Buffer {
  const text = checkpointText({ origin: key.name, size, root });
  return Buffer.from(`${text}\n${formatLine(key.name, key.id, sign(null, Buffer.from(text), privateKey))}`);
}

before(() => {
  const hashes = leaves.map(hashLeaf);
  const { root, changed } = appendLeaves(0, new Map(), hashes);
  roots = { older: appendLeaves(0, new Map(), hashes.slice(0, OLDER)).root, newer: root };
  for (const { id, hashes: tile } of changed.values()) {
    files.set(formatPath({ kind: 'tile', ...id, width: tile.length / 32 }), tile);
  }
  for (let index = 0; index * TILE_WIDTH < SIZE; index += 1) {
    const pieces = leaves.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
    const width = pieces.length;
    files.set(formatPath({ kind: 'entries', index, width }), packBundle(pieces));
    const notes = [
      { size: OLDER, root: roots.older },
      { size: SIZE, root },
    ].filter(({ size }) => size > index * TILE_WIDTH && size <= index * TILE_WIDTH + width);
    const bundle = packBundle(notes.map(({ size, root: own }) => noteOf(size, own)));
    files.set(formatPath({ kind: 'checkpoints', index, width }), bundle);
  }
  files.set('checkpoint', noteOf(SIZE, root));
  files.set('keys', Buffer.from(`${formatVkey(key)}\n`));
});

async function faultAfter(path: string, byte: number) {
  const bytes = files.get(path);
  assert.ok(bytes, path);
  const changed = Buffer.from(bytes);
  changed[byte] = (changed[byte] ?? 0) ^ 4;
  files.set(path, changed);
  const { fault } = await auditLog({ source });
  files.set(path, bytes);
  return fault;
}

test('a log of three levels of tiles holds', async () => {
  const tiles = [...files.keys()].filter((path) => /^tile\/[12]/.test(path));
  assert.deepEqual(tiles.sort(), ['tile/1/000', 'tile/1/001.p/17', 'tile/2/000.p/1']);
  const seen: number[] = [];
  const audit = await auditLog({ source, onProgress: (done) => seen.push(done) });
  assert.deepEqual([audit.fault, audit.head?.size, audit.checkpoints], [undefined, SIZE, 2]);
  assert.equal(seen.at(-1), SIZE);
});

test('a flipped byte in a tile of any level is named with its place', async () => {
  for (const [path, byte] of [
    ['tile/0/000', 0],
    ['tile/0/255', 8_191],
    ['tile/0/273.p/112', 112 * 32 - 1],
    ['tile/1/000', 255 * 32],
    ['tile/1/001.p/17', 16 * 32 + 31],
    ['tile/2/000.p/1', 7],
  ] as const) {
    assert.deepEqual(await faultAfter(path, byte), {
      what: 'tile',
      path,
      reason: 'altered',
      at: Math.floor(byte / 32),
    });
  }
});

test('proofs made from the tiles hold for the signed roots', async () => {
  assert.deepEqual(await rootFromTiles(source, SIZE), roots.newer);
  for (const index of [0, 255, 256, 65_535, 65_536, SIZE - 1]) {
    const hashes = await inclusionFromTiles(source, index, SIZE);
    const leafHash = hashLeaf(leaves[index] ?? Buffer.alloc(0));
    assert.ok(verifyInclusion(leafHash, { index, size: SIZE, hashes }, roots.newer), `entry ${index}`);
  }
  const proof = await consistencyFromTiles(source, OLDER, SIZE);
  const [older, newer] = [
    { size: OLDER, root: roots.older },
    { size: SIZE, root: roots.newer },
  ];
  assert.ok(verifyConsistency(older, newer, proof));
  await assert.rejects(inclusionFromTiles({ read: () => Promise.resolve(undefined) }, 0, SIZE), {
    code: 'ERR_LOG_TILE_MISSING',
  });
});

test('a checkpoint that the entries do not give is found even where entries and tiles agree', async () => {
  const path = 'checkpoints/255';
  const good = files.get(path) ?? Buffer.alloc(0);
  files.set(path, packBundle([noteOf(OLDER, Buffer.alloc(32, 9))]));
  const { fault } = await auditLog({ source });
  assert.deepEqual(fault, { what: 'entry', path: 'tile/entries/000', reason: 'root', at: 0, to: OLDER - 1 });
  files.set(path, packBundle([noteOf(OLDER, roots.older), noteOf(OLDER, roots.older)]));
  assert.equal((await auditLog({ source })).fault?.reason, 'misplaced');
  files.set(path, good);
});
