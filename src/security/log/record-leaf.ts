import { type EnterpriseId, type KeyStore, LIMITS, newId, type Tx } from '#kernel';
import type { SecurityTables } from '../tables.ts';
import { type LeafBody, type LeafKind, makeLeaf } from './leaf.ts';
import { type ReceiptStatement, receiptText } from './verify.ts';

/** The node's signed promise that the leaf will be in the tree; what an answer carries to whoever asked. */
export type Receipt = ReceiptStatement & {
  kind: LeafKind;
  /** Hex; opens the leaf together with the body. Given to the parties, never published. */
  salt: string;
};

export type LeafFacts = {
  readonly kind: LeafKind;
  readonly body: LeafBody;
  readonly at: Date;
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
  const leaf = makeLeaf(facts.kind, facts.at, facts.body);
  const receipt = signReceipt(keys, {
    id: newId('rcp', facts.at),
    kind: leaf.kind,
    at: leaf.at,
    leafHash: leaf.hash.toString('hex'),
    promiseMs: LIMITS.sequenceWithinMs,
  });
  await tx.client.query({
    name: 'security.record_leaf',
    text: RECORD_LEAF,
    values: [
      receipt.id,
      receipt.kind,
      leaf.bytes,
      leaf.hash,
      receipt.at,
      receipt.promiseMs,
      receipt.suite,
      receipt.kid,
      Buffer.from(receipt.signature, 'base64'),
      facts.subject ?? null,
      leaf.salt,
      leaf.body,
    ],
  });
  await wakeSequencer(tx, keys, facts.at);
  return { ...receipt, kind: leaf.kind, salt: leaf.salt.toString('hex') };
}

/**
 * Removes what a leaf committed to; the caller has established that the law asks for it and records that act.
 * The receipt and the tree stay: that something of this kind happened then remains provable, what it was does not.
 */
export async function eraseLeafBody(tx: Tx, receiptId: string): Promise<void> {
  const tables = tx.tables<SecurityTables>();
  await tables.deleteFrom('security.leaf_bodies').where('receipt_id', '=', receiptId).execute();
}

function signReceipt(
  keys: KeyStore,
  promise: Omit<ReceiptStatement, 'suite' | 'kid' | 'signature'>,
): ReceiptStatement {
  const key = keys.get('receipt');
  const unsigned = { ...promise, suite: key.suite, kid: key.kid };
  return { ...unsigned, signature: key.sign(Buffer.from(receiptText(unsigned))).toString('base64') };
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
  await tx.rows('select pg_notify($1, $2)', [LEAVES_CHANNEL, '']);
}

const RECORD_LEAF = `
  with receipt as (
    insert into security.receipts
      (receipt_id, kind, leaf, leaf_hash, at, promise_ms, suite, kid, signature)
    values ($1::text, $2, $3, $4::bytea, $5::timestamptz, $6, $7, $8, $9)
  ), body as (
    insert into security.leaf_bodies (receipt_id, subject_id, salt, body) values ($1, $10, $11, $12)
  )
  insert into security.leaf_outbox (receipt_id, leaf_hash, at) values ($1, $4, $5)`;
