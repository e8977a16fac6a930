import assert from 'node:assert/strict';
import { AssertionError } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  type Database,
  inTransaction,
  openKeyStore,
  Refusal,
  silentLogger,
  toEnterpriseId,
  type Tx,
} from '#kernel';
import {
  eraseLeafBody,
  type LeafKind,
  readLogState,
  readReceipt,
  type Receipt,
  recordLeaf,
  recordLeaves,
  type Sequencer,
  startSequencer,
  verifyReceipt,
} from '#security';
import { cloneDatabase } from '../support/database.ts';

const AT = new Date('2026-03-01T02:03:04.005Z');
const SUBJECT = toEnterpriseId(1001);

const keyFolder = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(keyFolder, { recursive: true }));
const keys = openKeyStore(keyFolder);
const published = { receipt: keys.get('receipt').publicKey, log: keys.get('log').publicKey };

function sequencerOn(database: Database): Sequencer {
  return startSequencer({
    database,
    keys,
    origin: 'node.example/log',
    logger: silentLogger,
  });
}

function leaf(tx: Tx, kind: LeafKind = 'delivery', body: object = { rows: 3 }): Promise<Receipt> {
  return recordLeaf(tx, keys, { kind, at: AT, body: { ...body }, subject: SUBJECT });
}

function bodyOf(database: Database, id: string): Promise<{ body: string; salt: Buffer }[]> {
  return inTransaction(database, (tx) =>
    tx.rows<{ body: string; salt: Buffer }>(
      'select body, salt from security.leaf_bodies where receipt_id = $1',
      [id],
    ),
  );
}

test('a leaf is in the log exactly if its transaction commits', async (t) => {
  const database = await cloneDatabase(t);
  await assert.rejects(
    inTransaction(database, async (tx) => {
      await leaf(tx);
      throw new RangeError('the effect failed');
    }),
    RangeError,
  );
  assert.equal((await readLogState(database)).waiting, 0);
  await inTransaction(database, (tx) => leaf(tx));
  const state = await readLogState(database);
  assert.deepEqual([state.size, state.waiting, state.oldestWaitingAt], [0, 1, AT]);
});

test('a receipt is provable at once, and with its place in the tree after sequencing', async (t) => {
  const database = await cloneDatabase(t);
  const receipts = await inTransaction(database, async (tx) => {
    const made: Receipt[] = [];
    for (let n = 0; n < 600; n += 1) made.push(await leaf(tx, 'report', { n, 用途: '公开报告' }));
    return made;
  });
  const [first] = receipts;
  assert(first !== undefined);
  const early = await readReceipt(database, first.id);
  assert.deepEqual(early, { receipt: withoutSalt(first) });
  assert.equal(verifyReceipt(early, published), undefined);

  const sequencer = sequencerOn(database);
  await sequencer.drain();
  await sequencer.stop();
  const state = await readLogState(database);
  assert.deepEqual([state.size, state.waiting], [600, 0]);
  for (const receipt of [first, receipts[255], receipts[256], receipts[599]]) {
    assert(receipt !== undefined);
    const { included, ...found } = await readReceipt(database, receipt.id);
    assert.deepEqual(found.receipt, withoutSalt(receipt));
    const [opened] = await bodyOf(database, receipt.id);
    assert(opened !== undefined && included !== undefined);
    const evidence = { receipt, opened: { body: opened.body, salt: receipt.salt }, included };
    assert.equal(verifyReceipt(evidence, published), undefined);
    const elsewhere = { ...included, proof: { ...included.proof, index: (included.proof.index + 1) % 600 } };
    assert.equal(verifyReceipt({ ...evidence, included: elsewhere }, published), 'inclusion');
  }
});

test('a leaf that commits late under a low number is not lost', async (t) => {
  const database = await cloneDatabase(t);
  const sequencer = sequencerOn(database);
  const late = await inTransaction(database, async (tx) => {
    const receipt = await leaf(tx); // takes its number now, commits after the others are in the tree
    const others = [
      await inTransaction(database, (other) => leaf(other)),
      await inTransaction(database, (other) => leaf(other)),
    ];
    await sequencer.drain();
    for (const { id } of others) assert((await readReceipt(database, id)).included !== undefined);
    return receipt;
  });
  await sequencer.drain();
  const { included } = await readReceipt(database, late.id);
  assert.equal(included?.proof.index, 2);
  await sequencer.stop();
});

test('the sequencer wakes by itself, also for leaves that were waiting when it started', async (t) => {
  const database = await cloneDatabase(t);
  const waiting = await inTransaction(database, (tx) => leaf(tx));
  const sequencer = sequencerOn(database);
  const sequenced = async (id: string): Promise<void> => {
    while ((await readReceipt(database, id)).included === undefined)
      await new Promise((next) => setTimeout(next, 10));
  };
  await sequenced(waiting.id);
  const fresh = await inTransaction(database, (tx) => leaf(tx));
  await sequenced(fresh.id);
  await sequencer.stop();
});

test('the sequencer goes on when its connections are cut', async (t) => {
  const database = await cloneDatabase(t);
  const sequencer = sequencerOn(database);
  await inTransaction(database, (tx) => leaf(tx));
  await sequencer.drain();
  await inTransaction(database, (tx) =>
    tx.rows(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`),
  );
  const { id } = await inTransaction(database, (tx) => leaf(tx));
  while ((await readReceipt(database, id)).included === undefined)
    await new Promise((next) => setTimeout(next, 10));
  await sequencer.stop();
});

test('several sequencers on one log append one after the other', async (t) => {
  const database = await cloneDatabase(t);
  const sequencers = [sequencerOn(database), sequencerOn(database)];
  await Promise.all(
    [1, 2, 3].map(async (writer) => {
      for (let n = 0; n < 40; n += 1)
        await inTransaction(database, (tx) => leaf(tx, 'answer', { writer, n }));
    }),
  );
  await Promise.all(sequencers.map((sequencer) => sequencer.drain()));
  await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
  const state = await readLogState(database);
  assert.deepEqual([state.size, state.waiting], [120, 0]);
});

test('a tree that was tampered with is not appended to', async (t) => {
  const database = await cloneDatabase(t);
  const first = sequencerOn(database);
  await inTransaction(database, (tx) => leaf(tx));
  await first.drain();
  await first.stop();
  await inTransaction(database, (tx) =>
    tx.rows(`update security.log_tiles set hashes = set_byte(hashes, 3, 255 - get_byte(hashes, 3))`),
  );
  await inTransaction(database, (tx) => leaf(tx));
  const second = sequencerOn(database);
  await assert.rejects(second.drain(), AssertionError);
  await assert.rejects(second.stop(), AssertionError);
  assert.equal((await readLogState(database)).size, 1);
});

test('a checkpoint that this node has not signed is not built upon', async (t) => {
  const database = await cloneDatabase(t);
  await inTransaction(database, (tx) => leaf(tx));
  const first = sequencerOn(database);
  await first.drain();
  await first.stop();
  await inTransaction(database, (tx) =>
    tx.rows(`update security.log_checkpoints set note = replace(note, 'node.example', 'fake.example')`),
  );
  await inTransaction(database, (tx) => leaf(tx));
  const second = sequencerOn(database);
  await assert.rejects(second.drain(), AssertionError);
  await assert.rejects(second.stop(), AssertionError);
});

test('leaves recorded together are each provable by themselves', async (t) => {
  const database = await cloneDatabase(t);
  const facts = [1, 2, 3, 4, 5].map((n) => ({ kind: 'answer' as const, at: AT, body: { n } }));
  const receipts = await inTransaction(database, (tx) => recordLeaves(tx, keys, facts));
  const sequencer = sequencerOn(database);
  await sequencer.drain();
  await sequencer.stop();
  for (const [n, receipt] of receipts.entries()) {
    const proof = await readReceipt(database, receipt.id);
    assert.deepEqual(proof.receipt, withoutSalt(receipt));
    const [body] = await bodyOf(database, receipt.id);
    assert.equal(body?.body, JSON.stringify({ n: n + 1 }));
    const opened = { body: body.body, salt: receipt.salt };
    assert.equal(verifyReceipt({ ...proof, opened }, published), undefined);
    assert.equal(proof.included?.proof.index, n);
  }
  assert.deepEqual(await inTransaction(database, (tx) => recordLeaves(tx, keys, [])), []);
});

test('a lawful deletion removes body and salt, and the receipt still stands in the tree', async (t) => {
  const database = await cloneDatabase(t);
  const { id } = await inTransaction(database, (tx) => leaf(tx));
  const sequencer = sequencerOn(database);
  await sequencer.drain();
  await sequencer.stop();
  await inTransaction(database, (tx) => eraseLeafBody(tx, id));
  assert.deepEqual(await bodyOf(database, id), []);
  assert.equal(verifyReceipt(await readReceipt(database, id), published), undefined);
});

test('after the keys are rotated old receipts verify with the old key and new checkpoints with the new one', async (t) => {
  const database = await cloneDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const own = openKeyStore(folder);
  const parts = { database, keys: own, origin: 'node.example/log', logger: silentLogger };
  const record = (): Promise<Receipt> =>
    inTransaction(database, (tx) => recordLeaf(tx, own, { kind: 'administrative_act', at: AT, body: {} }));
  const old = await record();
  own.rotate('receipt');
  own.rotate('log');
  const fresh = await record();
  assert.notEqual(fresh.kid, old.kid);
  const sequencer = startSequencer(parts);
  await sequencer.drain();
  await sequencer.stop();
  for (const { id, kid } of [old, fresh]) {
    const key = own.find(kid);
    assert(key !== undefined);
    const evidence = await readReceipt(database, id);
    assert.equal(
      verifyReceipt(evidence, { receipt: key.publicKey, log: own.get('log').publicKey }),
      undefined,
    );
  }
});

test('an unknown receipt is refused', async (t) => {
  const database = await cloneDatabase(t);
  await assert.rejects(
    readReceipt(database, 'rcp_nothing'),
    (error) => error instanceof Refusal && error.code === 'security.receipt_unknown',
  );
});

function withoutSalt({ salt, ...receipt }: Receipt): Omit<Receipt, 'salt'> {
  assert.match(salt, /^[0-9a-f]{64}$/);
  return receipt;
}
