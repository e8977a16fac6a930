import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  checkSuites,
  gm1,
  inTransaction,
  intl1,
  openKeyStore,
  Refusal,
  shapeConfig,
  silentLogger,
} from '#kernel';
import {
  composeReport,
  type PublicJwk,
  readOutline,
  renderHtml,
  renderJson,
  sealPayload,
  signReport,
  trustedKeys,
  verifyReportFile,
} from '#information';
import { readReceipt, recordLeaf, recordLeaves, startSequencer, verifyReceipt } from '#security';
import { cloneDatabase } from '../support/database.ts';
import { labelOf, packageFolder, sampleInput } from './report-sample.ts';

const AT = new Date('2026-03-01T02:03:04.005Z');
const { suite } = shapeConfig({ XINQIAO_SUITE: 'gm-1' });
const keyFolder = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(keyFolder, { recursive: true }));
const keys = openKeyStore(keyFolder, suite);

const report = signReport(
  sealPayload(composeReport(sampleInput(), { labelOf, outline: readOutline(packageFolder) })),
  keys.get('report'),
);
const forms = {
  token: report.token,
  json: renderJson(report),
  html: renderHtml(report, keys.get('report')),
};

/** The keys as the node publishes them, and nothing else. */
function publishedKeys(): PublicJwk[] {
  return keys.all('report').map(({ publicJwk, kid }) => ({ ...publicJwk, kid }));
}

const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

test('the setting chooses between the suites and takes no other word', () => {
  assert.equal(suite, 'gm-1');
  assert.equal(shapeConfig({}).suite, 'intl-1');
  for (const wrong of ['gm', 'GM-1', 'sm2']) {
    assert.throws(() => shapeConfig({ XINQIAO_SUITE: wrong }), refusedWith('config.wrong_value'));
  }
});

test('both suites are checked at the start, and one that computes wrongly ends it', () => {
  checkSuites();
  assert.throws(
    () => checkSuites([intl1, { ...gm1, digest: (bytes) => intl1.digest(bytes) }]),
    /SM3 known answer/,
  );
  assert.throws(() => checkSuites([{ ...intl1, verify: () => true }, gm1]), /changed signature/);
});

test('a receipt says gm-1 and verifies by SM2 with its place in the tree, and not by another key', async (t) => {
  const database = await cloneDatabase(t);
  const made = await inTransaction(database, (tx) =>
    recordLeaf(tx, keys, { kind: 'delivery', at: AT, body: { rows: 3 } }),
  );
  const sequencer = startSequencer({ database, keys, origin: 'node.example/log', logger: silentLogger });
  await sequencer.drain();
  await sequencer.stop();
  const { receipt, included } = await readReceipt(database, made.id);
  assert.equal(receipt.suite, 'gm-1');
  const evidence = { receipt, opened: { body: '{"rows":3}', salt: made.salt }, included };
  const published = { receipt: keys.get('receipt').publicKey, log: keys.get('log').publicKey };
  assert(included !== undefined);
  assert.equal(verifyReceipt(evidence, published), undefined);
  assert.equal(verifyReceipt({ receipt: { ...receipt, suite: 'intl-1' } }, published), 'signature');
  assert.equal(verifyReceipt({ receipt: { ...receipt, promiseMs: 1_001 } }, published), 'signature');
  for (const other of [gm1.makeKeyPair('SM2').publicKey, keys.get('log').publicKey]) {
    assert.equal(verifyReceipt({ receipt }, { ...published, receipt: other }), 'signature');
  }
});

test('receipts recorded together stand under one SM2 signature', async (t) => {
  const database = await cloneDatabase(t);
  const bodies = [1, 2, 3].map((rows) => ({ kind: 'delivery' as const, at: AT, body: { rows } }));
  const receipts = await inTransaction(database, (tx) => recordLeaves(tx, keys, bodies));
  const published = { receipt: keys.get('receipt').publicKey, log: keys.get('log').publicKey };
  assert.equal(new Set(receipts.map(({ signature }) => signature)).size, 1);
  for (const receipt of receipts) assert.equal(verifyReceipt({ receipt }, published), undefined);
  const [first, second] = receipts;
  assert(first !== undefined && second !== undefined);
  const swapped = { ...first, leafHash: second.leafHash };
  assert.equal(verifyReceipt({ receipt: swapped }, published), 'signature');
});

test('a report signed by SM2 verifies offline in its forms with the published keys alone', async () => {
  const trust = { keys: trustedKeys(publishedKeys()), roots: [] };
  for (const [form, text] of Object.entries(forms)) {
    const verified = await verifyReportFile(Buffer.from(text), trust);
    assert.deepEqual([verified.form, verified.kid], [form, keys.get('report').kid]);
    assert.deepEqual(verified.payload, report.payload);
  }
  const header: unknown = JSON.parse(
    Buffer.from(report.token.split('.')[0] ?? '', 'base64url').toString('utf8'),
  );
  assert.deepEqual(header, { alg: 'SM2', kid: keys.get('report').kid, typ: 'dc+sd-jwt' });
});

test('a changed letter in an SM2 report is refused wherever it stands', async () => {
  const trust = { keys: trustedKeys(publishedKeys()), roots: [] };
  for (const text of Object.values(forms)) {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += Math.max(1, Math.floor(bytes.length / 150))) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assert.rejects(
        verifyReportFile(changed, trust),
        (error) => error instanceof Refusal && error.code.startsWith('report.'),
      );
    }
  }
});

test('the trusted key says the algorithm: a report that claims another is refused, whoever signed it', async () => {
  const { kid } = keys.get('report');
  const es256 = intl1.makeKeyPair('ES256');
  const signedOtherwise = signReport(report, { kid, privateKey: es256.privateKey });
  const sm2Trust = { keys: trustedKeys(publishedKeys()), roots: [] };
  const es256Trust = { keys: [{ kid, publicKey: es256.publicKey }], roots: [] };
  const verify = (text: string, trust: typeof sm2Trust) => verifyReportFile(Buffer.from(text), trust);
  await assert.rejects(verify(signedOtherwise.token, sm2Trust), refusedWith('report.malformed'));
  await assert.rejects(verify(report.token, es256Trust), refusedWith('report.malformed'));
  const stranger = { keys: [{ kid, publicKey: gm1.makeKeyPair('SM2').publicKey }], roots: [] };
  await assert.rejects(verify(report.token, stranger), refusedWith('report.signature_wrong'));
  const ed25519 = { keys: [{ kid, publicKey: keys.get('log').publicKey }], roots: [] };
  await assert.rejects(verify(report.token, ed25519), refusedWith('report.malformed'));
  const relabelled = report.token.replace(/^[^.]+/, encodedHeader({ alg: 'ES256', kid, typ: 'dc+sd-jwt' }));
  await assert.rejects(verify(relabelled, sm2Trust), refusedWith('report.malformed'));
  assert.equal((await verify(signedOtherwise.token, es256Trust)).kid, kid);
});

function encodedHeader(header: object): string {
  return Buffer.from(JSON.stringify(header)).toString('base64url');
}

test('a report signed before the switch verifies after it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  const old = openKeyStore(folder).get('report');
  const signed = signReport(report, old);
  const after = openKeyStore(folder, 'gm-1');
  assert.equal(after.get('report').algorithm, 'SM2');
  const verified = await verifyReportFile(Buffer.from(renderJson(signed)), {
    keys: after.all('report'),
    roots: [],
  });
  assert.equal(verified.kid, old.kid);
  rmSync(folder, { recursive: true });
});
