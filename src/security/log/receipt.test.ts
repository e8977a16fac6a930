import assert from 'node:assert/strict';
import { createPublicKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openKeyStore } from '#kernel';
import { logOrigin, readOwnCheckpoint, signCheckpoint } from './checkpoint.ts';
import { type Leaf, LEAF_KINDS, type LeafBody, type LeafKind, makeLeaf, SALT_BYTES } from './leaf.ts';
import { openGroup, signReceipts } from './sign-receipts.ts';
import { type Checkpoint, verifyCheckpoint } from './verifier/checkpoint.ts';
import { formatVkey, noteKey } from './verifier/note-keys.ts';
import { commitTo, leafText, type ReceiptEvidence, receiptText, verifyReceipt } from './verifier/receipt.ts';

const AT = new Date('2026-03-01T02:03:04.005Z');

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(folder, { recursive: true }));
const keys = openKeyStore(join(folder, 'own'));
const others = openKeyStore(join(folder, 'other'));
const trusted = { receipt: keys.get('receipt').publicKey, log: keys.get('log').publicKey };

function leafOf(kind: LeafKind, body: LeafBody): Leaf {
  return makeLeaf({ kind, at: AT, body }, randomBytes(SALT_BYTES));
}

/** A log of one leaf: its hash is the root and the proof is empty. */
function makeEvidence(): Required<ReceiptEvidence> {
  const leaf = leafOf('report', { disclosure: 'dsc_1', 用途: '公开报告', count: 3 });
  const unsigned = {
    id: 'rcp_1',
    kind: leaf.kind,
    at: leaf.at,
    leafHash: leaf.hash.toString('hex'),
    promiseMs: 1_000,
    suite: 'intl-1',
    kid: 'k1',
  };
  const signature = keys
    .get('receipt')
    .sign(Buffer.from(receiptText(unsigned)))
    .toString('base64');
  const checkpoint = signCheckpoint(keys, {
    origin: 'node.example/api/v1/log',
    size: 1,
    root: leaf.hash,
  });
  return {
    receipt: { ...unsigned, signature },
    opened: { body: leaf.body, salt: leaf.salt.toString('hex') },
    included: { proof: { index: 0, size: 1, hashes: [] }, checkpoint },
  };
}

test('a leaf is the canonical JSON of version, kind, time and commitment, and no two leaves are alike', () => {
  const leaf = leafOf('delivery', { b: 1, a: '值' });
  assert.equal(leaf.body, '{"a":"值","b":1}');
  assert.equal(
    leaf.bytes.toString(),
    `{"at":"2026-03-01T02:03:04.005Z","commitment":"${commitTo(leaf.salt, leaf.body)}","kind":"delivery","v":1}`,
  );
  assert.notEqual(leafOf('delivery', { b: 1, a: '值' }).hash.toString('hex'), leaf.hash.toString('hex'));
  for (const kind of LEAF_KINDS)
    assert.match(leafText(kind, leaf.at, ''), /^\{"at":"[^"]+","commitment":"","kind":"[a-z_]+","v":1\}$/);
});

test('a receipt holds, bare or with its body and its place in the log', () => {
  const evidence = makeEvidence();
  assert.equal(verifyReceipt(evidence, trusted), undefined);
  assert.equal(verifyReceipt({ receipt: evidence.receipt }, trusted), undefined);
});

test('a receipt with any part changed is found out, and the part is named', () => {
  const good = makeEvidence();
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
  const other = signCheckpoint(keys, {
    origin: 'node.example/api/v1/log',
    size: 1,
    root: Buffer.alloc(32),
  });
  assert.equal(verifyReceipt({ ...good, included: { proof, checkpoint: other } }, trusted), 'inclusion');
  assert.equal(verifyReceipt(good, { ...trusted, log: others.get('log').publicKey }), 'checkpoint');
  assert.equal(verifyReceipt(good, { ...trusted, receipt: others.get('receipt').publicKey }), 'signature');
});

test('receipts signed as a group hold each by itself, and none with a changed part', () => {
  for (const count of [1, 2, 3, 7, 100]) {
    const leaves = Array.from({ length: count }, (_, n) => leafOf('answer', { n }));
    const { receipts, group: kept } = signReceipts(
      keys.get('receipt'),
      leaves.map((leaf) => ({ leaf, at: AT })),
    );
    assert.equal(new Set(receipts.map(({ signature }) => signature)).size, 1);
    for (const [n, receipt] of receipts.entries()) {
      assert.equal(receipt.leafHash, leaves[n]?.hash.toString('hex'));
      assert.equal(verifyReceipt({ receipt }, trusted), undefined, `${n} of ${count}`);
      assert.equal(receipt.group === undefined, count === 1);
      const { group, signature: _, ...unsigned } = receipt;
      assert.deepEqual(group, kept === undefined ? undefined : openGroup(kept.hashes)(unsigned));
      const changes: object[] = [{ id: 'rcp_2' }, { leafHash: '00'.repeat(32) }, { kid: 'k2' }];
      if (group !== undefined) {
        changes.push({ group: undefined });
        changes.push({ group: { ...group, index: (group.index + 1) % count } });
        changes.push({ group: { ...group, size: group.size + 1 } });
        changes.push({ group: { ...group, hashes: group.hashes.slice(1) } });
        changes.push({
          group: { ...group, hashes: group.hashes.map(() => Buffer.alloc(32).toString('base64')) },
        });
      }
      for (const change of changes)
        assert.equal(verifyReceipt({ receipt: { ...receipt, ...change } }, trusted), 'signature');
    }
  }
});

test('a checkpoint with any byte changed is not the node’s own', () => {
  const head: Checkpoint = {
    origin: logOrigin('https://credit.example.gov.cn:8443'),
    size: 4_711,
    root: Buffer.alloc(32, 7),
  };
  const note = signCheckpoint(keys, head);
  assert.equal(head.origin, 'credit.example.gov.cn:8443/api/v1/log');
  assert.deepEqual(verifyCheckpoint(note, trusted.log), head);
  assert.deepEqual(readOwnCheckpoint(keys, note), head);
  assert.equal(readOwnCheckpoint(others, note), undefined);
  const bytes = Buffer.from(note);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(readOwnCheckpoint(keys, changed.toString()), undefined, `byte ${at}`);
  }
});

test('a checkpoint that a witness signed too still holds, and one without the log’s Ed25519 line does not', () => {
  const note = signCheckpoint(keys, { origin: 'node.example/log', size: 1, root: Buffer.alloc(32) });
  const witnessed = `${note}— witness.example ${Buffer.alloc(68).toString('base64')}\n`;
  assert.equal(verifyCheckpoint(witnessed, trusted.log)?.size, 1);
  const [text = '', lines = ''] = note.split('\n\n');
  const onlySm2 = `${text}\n\n${lines.split('\n')[1]}\n`;
  assert.equal(verifyCheckpoint(onlySm2, trusted.log), undefined);
  assert.equal(readOwnCheckpoint(keys, onlySm2), undefined);
});

test('the key id is that of golang.org/x/mod/sumdb/note', () => {
  const [name = '', id, key = ''] =
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'.split('+');
  const x = Buffer.from(key, 'base64').subarray(1).toString('base64url');
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  assert.equal(noteKey('ed25519', name, publicKey).id.toString('hex'), id);
  assert.equal(formatVkey(noteKey('ed25519', name, publicKey)), `${name}+${id}+${key}`);
});
