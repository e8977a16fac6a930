import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { intl1, type SigningKey } from '#kernel';
import { logOrigin, signCheckpoint } from './checkpoint.ts';
import { LEAF_KINDS, makeLeaf } from './leaf.ts';
import {
  commitTo,
  leafText,
  noteKeyId,
  type ReceiptEvidence,
  receiptText,
  verifyCheckpoint,
  verifyReceipt,
} from './verify.ts';

const AT = new Date('2026-03-01T02:03:04.005Z');

function makeKey(use: 'log' | 'receipt'): SigningKey {
  const { privateKey, publicKey } = intl1.makeKeyPair('Ed25519');
  const sign = (bytes: Uint8Array): Buffer => intl1.sign(privateKey, bytes);
  const publicJwk = publicKey.export({ format: 'jwk' });
  return { kid: 'k1', use, suite: 'intl-1', algorithm: 'Ed25519', privateKey, publicKey, publicJwk, sign };
}

/** A log of one leaf: its hash is the root and the proof is empty. */
function makeEvidence(keys: { receipt: SigningKey; log: SigningKey }): Required<ReceiptEvidence> {
  const leaf = makeLeaf('report', AT, { disclosure: 'dsc_1', 用途: '公开报告', count: 3 });
  const unsigned = {
    id: 'rcp_1',
    kind: leaf.kind,
    at: leaf.at,
    leafHash: leaf.hash.toString('hex'),
    promiseMs: 1_000,
    suite: 'intl-1',
    kid: 'k1',
  };
  const signature = keys.receipt.sign(Buffer.from(receiptText(unsigned))).toString('base64');
  const checkpoint = signCheckpoint(keys.log, {
    origin: 'node.example/xinqiao/log',
    size: 1,
    root: leaf.hash,
  });
  return {
    receipt: { ...unsigned, signature },
    opened: { body: leaf.body, salt: leaf.salt.toString('hex') },
    included: { proof: { index: 0, size: 1, hashes: [] }, checkpoint },
  };
}

test('the verifier stands alone: it imports nothing but node:crypto', () => {
  const source = readFileSync(new URL('./verify.ts', import.meta.url), 'utf8');
  const imports = [...source.matchAll(/from '([^']+)'|import\(|require\(/g)].map(([, name]) => name);
  assert.deepEqual(imports, ['node:crypto']);
});

test('a leaf is the canonical JSON of version, kind, time and commitment, and no two leaves are alike', () => {
  const leaf = makeLeaf('delivery', AT, { b: 1, a: '值' });
  assert.equal(leaf.body, '{"a":"值","b":1}');
  assert.equal(
    leaf.bytes.toString(),
    `{"at":"2026-03-01T02:03:04.005Z","commitment":"${commitTo(leaf.salt, leaf.body)}","kind":"delivery","v":1}`,
  );
  assert.notEqual(
    makeLeaf('delivery', AT, { b: 1, a: '值' }).hash.toString('hex'),
    leaf.hash.toString('hex'),
  );
  for (const kind of LEAF_KINDS)
    assert.match(leafText(kind, leaf.at, ''), /^\{"at":"[^"]+","commitment":"","kind":"[a-z_]+","v":1\}$/);
});

test('a receipt holds, bare or with its body and its place in the log', () => {
  const keys = { receipt: makeKey('receipt'), log: makeKey('log') };
  const evidence = makeEvidence(keys);
  const trusted = { receipt: keys.receipt.publicKey, log: keys.log.publicKey };
  assert.equal(verifyReceipt(evidence, trusted), undefined);
  assert.equal(verifyReceipt({ receipt: evidence.receipt }, trusted), undefined);
});

test('a receipt with any part changed is found out, and the part is named', () => {
  const keys = { receipt: makeKey('receipt'), log: makeKey('log') };
  const good = makeEvidence(keys);
  const trusted = { receipt: keys.receipt.publicKey, log: keys.log.publicKey };
  const changes: Partial<typeof good.receipt>[] = [
    { id: 'rcp_2' },
    { kind: 'answer' },
    { at: '2026-03-01T02:03:04.006Z' },
    { leafHash: '00'.repeat(32) },
    { promiseMs: 9_000 },
    { suite: 'gm-1' },
    { kid: 'k2' },
    { signature: good.receipt.signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) },
    { signature: `${good.receipt.signature}\n` },
  ];
  for (const change of changes) {
    assert.equal(verifyReceipt({ ...good, receipt: { ...good.receipt, ...change } }, trusted), 'signature');
  }
  const { body, salt } = good.opened ?? { body: '', salt: '' };
  assert.equal(verifyReceipt({ ...good, opened: { body: body.replace('3', '4'), salt } }, trusted), 'leaf');
  assert.equal(verifyReceipt({ ...good, opened: { body, salt: '00'.repeat(32) } }, trusted), 'leaf');
  const { checkpoint, proof } = good.included ?? { checkpoint: '', proof: { index: 0, size: 1, hashes: [] } };
  const larger = { proof: { ...proof, size: 2 }, checkpoint };
  assert.equal(verifyReceipt({ ...good, included: larger }, trusted), 'checkpoint');
  const other = signCheckpoint(keys.log, {
    origin: 'node.example/xinqiao/log',
    size: 1,
    root: Buffer.alloc(32),
  });
  assert.equal(verifyReceipt({ ...good, included: { proof, checkpoint: other } }, trusted), 'inclusion');
  assert.equal(verifyReceipt(good, { ...trusted, log: makeKey('log').publicKey }), 'checkpoint');
  assert.equal(verifyReceipt(good, { ...trusted, receipt: keys.log.publicKey }), 'signature');
});

test('a checkpoint with any byte changed does not hold', () => {
  const key = makeKey('log');
  const head = {
    origin: logOrigin('https://credit.example.gov.cn:8443'),
    size: 4_711,
    root: Buffer.alloc(32, 7),
  };
  const note = signCheckpoint(key, head);
  assert.equal(head.origin, 'credit.example.gov.cn:8443/xinqiao/log');
  assert.deepEqual(verifyCheckpoint(note, key.publicKey), head);
  const bytes = Buffer.from(note);
  for (let at = 0; at < bytes.length - 1; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(verifyCheckpoint(changed.toString(), key.publicKey), undefined, `byte ${at}`);
  }
});

test('a checkpoint that a witness signed too still holds', () => {
  const key = makeKey('log');
  const note = signCheckpoint(key, { origin: 'node.example/log', size: 1, root: Buffer.alloc(32) });
  const witnessed = `${note}— witness.example ${Buffer.alloc(68).toString('base64')}\n`;
  assert.equal(verifyCheckpoint(witnessed, key.publicKey)?.size, 1);
});

test('the key id is that of golang.org/x/mod/sumdb/note', () => {
  const [name = '', id, key = ''] =
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'.split('+');
  const x = Buffer.from(key, 'base64').subarray(1).toString('base64url');
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  assert.equal(noteKeyId(name, publicKey).toString('hex'), id);
});
