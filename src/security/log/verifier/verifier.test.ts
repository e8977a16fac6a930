import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packBundle, splitBundle, unpackBundle } from './bundle.ts';
import { checkpointText, readCheckpoint } from './checkpoint.ts';
import { frontierRoot, openFrontier, pushLeaf } from './frontier.ts';
import { emptyRoot, hashLeaf } from './hashes.ts';
import { cosignedText, formatLine, judgeNote, packCosignature, parseNote } from './note.ts';
import { formatVkey, noteKey, parseVkey } from './note-keys.ts';
import { formatPath, parsePath } from './paths.ts';
import { appendLeaves, rootOf } from './tree.ts';

/** Every file of the folder with what it imports, so that a planted import can be tried too. */
function importsOf(source: string): string[] {
  return [...source.matchAll(/(?:from\s+|import\s*\(?\s*|require\(\s*)'([^']+)'/g)].map(
    ([, name]) => name ?? '',
  );
}

test('the folder stands alone: it imports Node.js and itself', () => {
  const isOwn = (name: string): boolean => name.startsWith('node:') || /^\.\/[a-z-]+\.ts$/.test(name);
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 12);
  for (const file of files) {
    const imports = importsOf(readFileSync(`${import.meta.dirname}/${file}`, 'utf8'));
    assert.deepEqual(
      imports.filter((name) => !isOwn(name)),
      [],
      file,
    );
  }
  const foreign = ['#kernel', '../leaf.ts', 'pg'];
  const planted = importsOf(
    foreign.map((name) => `import x from "${name}";\n`.replaceAll('"', "'")).join(''),
  );
  assert.deepEqual(
    planted.filter((name) => !isOwn(name)),
    foreign,
  );
});

test('paths are those of C2SP tlog-tiles, and every other spelling is none', () => {
  const paths = {
    'tile/0/x001/x234/067': { kind: 'tile', level: 0, index: 1_234_067, width: 256 },
    'tile/63/000.p/1': { kind: 'tile', level: 63, index: 0, width: 1 },
    'tile/entries/x001/000.p/255': { kind: 'entries', index: 1_000, width: 255 },
    'tile/entries/999': { kind: 'entries', index: 999, width: 256 },
    'checkpoints/x012/345': { kind: 'checkpoints', index: 12_345, width: 256 },
    checkpoint: { kind: 'checkpoint' },
    keys: { kind: 'keys' },
  } as const;
  for (const [text, path] of Object.entries(paths)) {
    assert.deepEqual(parsePath(text), path);
    assert.equal(formatPath(path), text);
  }
  const others = `tile/0/1 tile/0/0001 tile/00/001 tile/64/000 tile/0/x000/001 tile/0/001/002 tile/0/x001
    tile/0/000.p/0 tile/0/000.p/256 tile/0/000.p/01 tile/0/000.p/ tile/0/000/ tile//000 tile/-1/000 tile/0/x0a1/000
    tile/entries/1 tile/Entries/000 tile/entries/x000/000 checkpoints/00 checkpoint/ /checkpoint Keys tile/0/000?a
    tile/0/%30%30%30 tile/0/x999/x999/x999/x999/x999/x999/999 ../keys tile/0/000.p/5/ tile/0/000.p/1000`;
  for (const text of ['', ' ', 'keys\n', ...others.split(/\s+/)])
    assert.equal(parsePath(text), undefined, text);
});

test('a bundle is read back as it was packed, and a broken one piece by piece', () => {
  const pieces = ['', 'a', 'bb'.repeat(300)].map((text) => Buffer.from(text));
  const bytes = packBundle(pieces);
  assert.deepEqual(unpackBundle(bytes), pieces);
  assert.deepEqual(splitBundle(bytes, 3), pieces);
  assert.equal(unpackBundle(bytes.subarray(1)), undefined);
  assert.equal(unpackBundle(bytes.subarray(0, -1)), undefined);
  assert.throws(() => packBundle([Buffer.alloc(65_536)]), RangeError);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.notDeepEqual(splitBundle(changed, 3), pieces, `bit ${bit}`);
  }
  assert.notDeepEqual(splitBundle(Buffer.concat([bytes, Buffer.of(0)]), 3), pieces);
});

test('a tree that remembers its edge alone has the root of the whole tree, and sees every tile hash', () => {
  const leaves = Array.from({ length: 700 }, (_, n) => hashLeaf(Buffer.from(`${n}`)));
  const frontier = openFrontier();
  const seen = new Map<string, Buffer>();
  assert.deepEqual(frontierRoot(frontier), emptyRoot());
  for (const [n, leaf] of leaves.entries()) {
    pushLeaf(frontier, leaf, (height, index, hash) => seen.set(`${height}/${index}`, hash));
    const { root } = appendLeaves(0, new Map(), leaves.slice(0, n + 1));
    assert.deepEqual(frontierRoot(frontier), root, `${n + 1} leaves`);
  }
  const { changed } = appendLeaves(0, new Map(), leaves);
  assert.deepEqual(
    Buffer.concat([seen.get('8/0') ?? '', seen.get('8/1') ?? ''] as Buffer[]),
    changed.get('1/0')?.hashes,
  );
  assert.deepEqual(
    rootOf(700, new Map([...changed].map(([key, { hashes }]) => [key, hashes]))),
    frontierRoot(frontier),
  );
});

const ed = generateKeyPairSync('ed25519');
const witness = generateKeyPairSync('ed25519');
const logKey = noteKey('ed25519', 'log.example/log', ed.publicKey);
const witnessKey = noteKey('cosignature', 'witness.example', witness.publicKey);
const text = checkpointText({ origin: 'log.example/log', size: 7, root: Buffer.alloc(32, 1) });

function cosigned(time: number): string {
  const signature = sign(null, cosignedText(text, time), witness.privateKey);
  return formatLine(witnessKey.name, witnessKey.id, packCosignature(time, signature));
}

test('a verifier key is read back as it was written, and not with a changed character', () => {
  for (const key of [logKey, witnessKey]) {
    const vkey = formatVkey(key);
    assert.equal(formatVkey(parseVkey(vkey) ?? logKey), vkey);
    for (let at = 0; at < vkey.length; at += 1) {
      const other = vkey[at] === 'x' ? 'y' : 'x';
      assert.equal(parseVkey(vkey.slice(0, at) + other + vkey.slice(at + 1)), undefined, `character ${at}`);
    }
  }
});

test('a cosignature holds with its time, and with no other byte anywhere', () => {
  const log = formatLine(logKey.name, logKey.id, sign(null, Buffer.from(text), ed.privateKey));
  const bytes = Buffer.from(`${text}\n${log}${cosigned(1_800_000_000)}`);
  const keys = [logKey, witnessKey];
  const judged = (changed: Buffer) => {
    const note = parseNote(changed);
    return note === undefined ? undefined : judgeNote(note, keys);
  };
  const verdict = judged(bytes);
  assert.deepEqual(
    verdict?.signers.map(({ key, time }) => [key.name, time]),
    [
      ['log.example/log', undefined],
      ['witness.example', 1_800_000_000],
    ],
  );
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const after = judged(changed);
    assert.ok(after === undefined || after.unknown > 0, `bit ${bit}`);
  }
  assert.equal(judgeNote(parseNote(bytes) ?? { text: '', lines: [] }, [logKey])?.unknown, 1);
});

test('a note that is not one to the letter is none, and a checkpoint with lines of its own neither', () => {
  const line = formatLine(logKey.name, logKey.id, Buffer.alloc(64));
  const good = `${text}\n${line}`;
  assert.ok(parseNote(Buffer.from(good)));
  const others = [
    text,
    `${text}\n`,
    good.slice(0, -1),
    `${good}\n`,
    `${good}x`,
    good.replace('—', '-'),
    `\u0001${good}`,
  ];
  for (const other of others) assert.equal(parseNote(Buffer.from(other)), undefined, JSON.stringify(other));
  assert.equal(parseNote(Buffer.concat([Buffer.from(good), Buffer.of(0xff)])), undefined);
  assert.equal(parseNote(Buffer.from(text + '\n' + line.repeat(65))), undefined);
  for (const other of [
    `${text}more\n`,
    text.replace('7', '07'),
    text.replace('7', '-7'),
    text.replace('=', ''),
    'a\n',
  ])
    assert.equal(readCheckpoint({ text: other }), undefined, other);
});
