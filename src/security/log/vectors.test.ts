import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { checkpointText, readCheckpoint } from './verifier/checkpoint.ts';
import { hashLeaf } from './verifier/hashes.ts';
import { cosignedText, formatLine, judgeNote, packCosignature, parseNote } from './verifier/note.ts';
import { formatVkey, noteKey, parseVkey } from './verifier/note-keys.ts';
import { formatPath, parsePath } from './verifier/paths.ts';
import { type TreeHead, verifyConsistency, verifyInclusion } from './verifier/proofs.ts';
import { leafText } from './verifier/receipt.ts';
import { appendLeaves, consistencyRanges, hashRange, inclusionRanges } from './verifier/tree.ts';

type Vectors = {
  origin: string;
  logSeed: string;
  witnessSeed: string;
  witness: string;
  time: number;
  leafAt: string;
  older: number;
  size: number;
  vkey: string;
  witnessVkey: string;
  roots: Record<string, string>;
  notes: { older: string; newer: string; cosigned: string };
  inclusions: { index: number; leaf: string; proof: string[] }[];
  consistency: string[];
  tiles: { level: number; index: number; width: number; path: string; sha256: string }[];
};

const file = new URL('../../../tests/fixtures/log/go-sumdb.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const tiles = new Map<string, Buffer>();
const roots: Record<string, string> = {};

const base64 = (bytes: Buffer): string => bytes.toString('base64');
const bytesOf = (texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'base64'));
const leafOf = (n: number): string => leafText('answer', vectors.leafAt, hash('sha256', `${n}`));
const rootAt = (size: number): Buffer => Buffer.from(vectors.roots[size] ?? '', 'base64');

function keyOf(seed: string): KeyObject {
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

before(() => {
  let done = 0;
  for (const size of Object.keys(vectors.roots)
    .map(Number)
    .sort((a, b) => a - b)) {
    const leaves = Array.from({ length: size - done }, (_, n) => hashLeaf(Buffer.from(leafOf(done + n))));
    const grown = appendLeaves(done, tiles, leaves);
    for (const [key, { hashes }] of grown.changed) tiles.set(key, hashes);
    roots[size] = base64(grown.root);
    done = size;
  }
});

test('our tree has the roots, tiles and paths that sumdb/tlog has', () => {
  assert.deepEqual(roots, vectors.roots);
  for (const { level, index, width, path, sha256 } of vectors.tiles) {
    assert.equal(formatPath({ kind: 'tile', level, index, width }), path);
    assert.deepEqual(parsePath(path), { kind: 'tile', level, index, width });
    assert.equal(hash('sha256', tiles.get(`${level}/${index}`)?.subarray(0, width * 32) ?? ''), sha256, path);
  }
});

test('our proofs are those of sumdb/tlog, and its proofs hold here', () => {
  const { size, older, inclusions, consistency } = vectors;
  for (const { index, leaf, proof } of inclusions) {
    assert.equal(leaf, leafOf(index));
    assert.deepEqual(
      inclusionRanges(index, size).map((range) => base64(hashRange(range, tiles))),
      proof,
    );
    const hashes = bytesOf(proof);
    assert.ok(verifyInclusion(hashLeaf(Buffer.from(leaf)), { index, size, hashes }, rootAt(size)));
  }
  assert.deepEqual(
    consistencyRanges(older, size).map((range) => base64(hashRange(range, tiles))),
    consistency,
  );
  const heads = [older, size].map((at) => ({ size: at, root: rootAt(at) })) as [TreeHead, TreeHead];
  assert.ok(verifyConsistency(...heads, bytesOf(consistency)));
});

test('our keys and checkpoints are those of sumdb/note, and its notes are believed here', () => {
  const { origin, notes, vkey, older, size } = vectors;
  const privateKey = keyOf(vectors.logSeed);
  const key = noteKey('ed25519', origin, createPublicKey(privateKey));
  assert.equal(formatVkey(key), vkey);
  for (const [at, note] of [
    [older, notes.older],
    [size, notes.newer],
  ] as const) {
    const text = checkpointText({ origin, size: at, root: rootAt(at) });
    assert.equal(`${text}\n${formatLine(origin, key.id, sign(null, Buffer.from(text), privateKey))}`, note);
    const parsed = parseNote(Buffer.from(note));
    const trusted = parseVkey(vkey);
    assert.ok(parsed && trusted);
    assert.deepEqual(readCheckpoint(parsed), { origin, size: at, root: rootAt(at) });
    assert.equal(judgeNote(parsed, [trusted])?.signers.length, 1);
  }
});

test('a cosignature that transparency-dev/formats verifies is the one that is made here', () => {
  const { witness, witnessVkey, time, notes } = vectors;
  const privateKey = keyOf(vectors.witnessSeed);
  const key = noteKey('cosignature', witness, createPublicKey(privateKey));
  assert.equal(formatVkey(key), witnessVkey);
  const parsed = parseNote(Buffer.from(notes.cosigned));
  assert.ok(parsed);
  const signature = sign(null, cosignedText(parsed.text, time), privateKey);
  assert.equal(notes.newer + formatLine(witness, key.id, packCosignature(time, signature)), notes.cosigned);
  assert.deepEqual(
    judgeNote(parsed, [key])?.signers.map((signer) => signer.time),
    [time],
  );
});
