import assert from 'node:assert';
import { drawBytes, type EnterpriseId, type KeyStore, LIMITS, type Tx } from '#kernel';
import type { SecurityTables } from '../tables.ts';
import { type Leaf, type LeafKind, type LeafParts, makeLeaf, SALT_BYTES } from './leaf.ts';
import { signReceipts } from './sign-receipts.ts';
import type { ReceiptStatement } from './verifier/receipt.ts';

/** The node's signed promise that the leaf will be in the tree; what an answer carries to whoever asked. */
export type Receipt = ReceiptStatement & {
  kind: LeafKind;
  /** Hex; opens the leaf together with the body. Given to the parties, never published. */
  salt: string;
};

export type LeafFacts = LeafParts & {
  /** Whose record this is about; the way to the body when it must lawfully be deleted. */
  readonly subject?: EnterpriseId;
};

/** Channel on which the sequencer listens. */
export const LEAVES_CHANNEL = 'xinqiao_leaves';

/**
 * Records a leaf in the caller's transaction: it is in the log exactly if the effect commits.
 * The receipt is for sending only after commit.
 */
export async function recordLeaf(tx: Tx, keys: KeyStore, facts: LeafFacts): Promise<Receipt> {
  return await tx.together(recordTogether, { keys, facts });
}

/** The members of a group have the keys of their process in common. */
async function recordTogether(
  tx: Tx,
  items: readonly { keys: KeyStore; facts: LeafFacts }[],
): Promise<Receipt[]> {
  const [first] = items;
  assert(first !== undefined, 'somebody brought a leaf');
  return await recordLeaves(
    tx,
    first.keys,
    items.map(({ facts }) => facts),
  );
}

/**
 * As `recordLeaf` for several at once, in one statement: what a group of answers or a batch records together.
 * Receipts come in the order of the facts.
 */
export async function recordLeaves(tx: Tx, keys: KeyStore, facts: readonly LeafFacts[]): Promise<Receipt[]> {
  const [first] = facts;
  if (first === undefined) return [];
  const key = keys.get('receipt');
  const leaves = makeLeaves(facts);
  const { receipts, group } = signReceipts(key, leaves);
  const recording = tx.hotRows('security.record_leaves', RECORD_LEAVES, [
    LIMITS.sequenceWithinMs,
    key.suite,
    key.kid,
    Buffer.from(receipts[0]?.signature ?? '', 'base64'),
    group?.id ?? null,
    group?.hashes ?? null,
    Buffer.concat(leaves.map(({ leaf }) => leaf.hash)),
    Buffer.concat(leaves.map(({ leaf }) => leaf.salt)),
    receipts.map(({ id }) => id),
    leaves.map(({ leaf }) => leaf.kind),
    leaves.map(({ leaf }) => leaf.bytes),
    leaves.map(({ leaf }) => leaf.at),
    leaves.map(({ leaf }) => leaf.body),
    facts.map(({ subject }) => subject ?? null),
  ]);
  await tx.write(recording);
  await wakeSequencer(tx, keys, first.at);
  return receipts.map((receipt, n) => withSalt(receipt, leaves[n]?.leaf));
}

/**
 * Removes what a leaf committed to; the caller has established that the law asks for it and records that act.
 * The receipt and the tree stay: that something of this kind happened then remains provable, what it was does not.
 */
export async function eraseLeafBody(tx: Tx, receiptId: string): Promise<void> {
  const tables = tx.tables<SecurityTables>();
  await tables.deleteFrom('security.leaf_bodies').where('receipt_id', '=', receiptId).execute();
}

function makeLeaves(facts: readonly LeafFacts[]): { leaf: Leaf; at: Date }[] {
  return facts.map((fact) => ({ leaf: makeLeaf(fact, drawBytes(SALT_BYTES)), at: fact.at }));
}

function withSalt(receipt: ReceiptStatement, leaf: Leaf | undefined): Receipt {
  assert(leaf !== undefined, 'each receipt has its leaf');
  return { ...receipt, kind: leaf.kind, salt: leaf.salt.toString('hex') };
}

/** Shorter than the sequencer's poll, longer than a commit: a leaf that does not wake it is found by the next poll. */
const NOTIFY_EVERY_MS = 50;
const notifiedAtMs = new WeakMap<KeyStore, number>();

/**
 * PostgreSQL lets transactions that notify commit one after the other, so most leaves do not; what is recorded under
 * load is sequenced by a loop that is awake anyway.
 */
async function wakeSequencer(tx: Tx, keys: KeyStore, at: Date): Promise<void> {
  const last = notifiedAtMs.get(keys) ?? Number.NEGATIVE_INFINITY;
  if (Math.abs(at.getTime() - last) < NOTIFY_EVERY_MS) return;
  notifiedAtMs.set(keys, at.getTime());
  await tx.write(tx.rows('select pg_notify($1, $2)', [LEAVES_CHANNEL, '']));
}

/** Hashes and salts come in one piece each, which travels as bytes; arrays of them would travel as hex. */
const RECORD_LEAVES = `
  with leaves as (
    select given.*, substring($7::bytea from n::int * 32 - 31 for 32) as leaf_hash,
      substring($8::bytea from n::int * 32 - 31 for 32) as salt
    from unnest($9::text[], $10::text[], $11::bytea[], $12::timestamptz[], $13::text[], $14::bigint[])
      with ordinality as given (receipt_id, kind, leaf, at, body, subject_id, n)
  ), receipts as (
    insert into security.receipts (receipt_id, kind, leaf, at, promise_ms, suite, kid, signature, group_id)
    select receipt_id, kind, leaf, at, $1, $2, $3, case when $5::text is null then $4::bytea end, $5 from leaves
  ), receipt_group as (
    insert into security.receipt_groups (group_id, signature, hashes)
    select $5, $4, $6::bytea where $5 is not null
  ), bodies as (
    insert into security.leaf_bodies (receipt_id, subject_id, salt, body)
    select receipt_id, subject_id, salt, body from leaves
  )
  insert into security.leaf_outbox (receipt_id, leaf_hash, at)
  select receipt_id, leaf_hash, at from leaves order by n`;
