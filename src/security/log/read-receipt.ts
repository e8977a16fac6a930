import { type Database, inTransaction, type Tx } from '#kernel';
import { securityRefusal } from '../security-refusals.ts';
import { openGroup } from './sign-receipts.ts';
import { readLastNote, readTiles } from './stored.ts';
import { hashLeaf } from './verifier/hashes.ts';
import type { InclusionProof } from './verifier/proofs.ts';
import type { ReceiptStatement } from './verifier/receipt.ts';
import { consistencyRanges, hashRange, inclusionRanges, type Range, tilesOfRanges } from './verifier/tree.ts';

/** A receipt as anyone may see it: without the salt, so that nobody can try bodies against it. */
export type ReceiptProof = {
  readonly receipt: ReceiptStatement;
  /** Absent until the leaf is in the tree. Proof and checkpoint are of the same tree size. */
  readonly included?: { readonly proof: InclusionProof; readonly checkpoint: string };
};

/** The latest signed checkpoint and what has not reached the tree yet; for readiness and figures. */
export type LogState = {
  readonly size: number;
  readonly checkpoint: string | undefined;
  readonly waiting: number;
  readonly oldestWaitingAt: Date | undefined;
};

/** Receipt, inclusion proof and checkpoint from one snapshot. Throws `security.receipt_unknown`. */
export function readReceipt(database: Database, id: string): Promise<ReceiptProof> {
  return inTransaction(
    database,
    async (tx) => {
      const [row] = await tx.hotRows<ReceiptRow>('security.receipt', RECEIPT, [id]);
      if (row === undefined) throw securityRefusal('security.receipt_unknown', { id: shown(id) });
      const receipt = statementOf(row);
      if (row.entry_index === null) return { receipt };
      const head = await readLastNote(tx);
      if (head === undefined) throw new TypeError('an entry stands under no checkpoint');
      const [index, size] = [Number(row.entry_index), Number(head.tree_size)];
      const hashes = await hashRanges(tx, inclusionRanges(index, size));
      return { receipt, included: { proof: { index, size, hashes }, checkpoint: head.note } };
    },
    'snapshot',
  );
}

/** Hashes that prove the tree of `older` leaves to be a prefix of the tree of `newer`, both checkpointed sizes. */
export function readConsistency(
  database: Database,
  sizes: { older: number; newer: number },
): Promise<Buffer[]> {
  return inTransaction(
    database,
    (tx) => hashRanges(tx, consistencyRanges(sizes.older, sizes.newer)),
    'snapshot',
  );
}

export function readLogState(database: Database): Promise<LogState> {
  return inTransaction(
    database,
    async (tx) => {
      const head = await readLastNote(tx);
      const [outbox] = await tx.rows<{ waiting: string; oldest: Date | null }>(OUTBOX);
      return {
        size: Number(head?.tree_size ?? 0),
        checkpoint: head?.note,
        waiting: Number(outbox?.waiting ?? 0),
        oldestWaitingAt: outbox?.oldest ?? undefined,
      };
    },
    'snapshot',
  );
}

/** A row of `security.receipts` with its group and its place in the tree. */
export type ReceiptRow = {
  receipt_id: string;
  kind: string;
  at: Date;
  leaf: Buffer;
  promise_ms: number;
  suite: string;
  kid: string;
  signature: Buffer;
  hashes: Buffer | null;
  entry_index: string | null;
};

/** The receipt as it was handed over, but for its salt. */
export function statementOf(row: ReceiptRow, open: typeof openGroup = openGroup): ReceiptStatement {
  const unsigned = {
    id: row.receipt_id,
    kind: row.kind,
    at: row.at.toISOString(),
    leafHash: hashLeaf(row.leaf).toString('hex'),
    promiseMs: row.promise_ms,
    suite: row.suite,
    kid: row.kid,
  };
  const signature = row.signature.toString('base64');
  if (row.hashes === null) return { ...unsigned, signature };
  return { ...unsigned, signature, group: open(row.hashes)(unsigned) };
}

async function hashRanges(tx: Tx, ranges: readonly Range[]): Promise<Buffer[]> {
  const tiles = await readTiles(tx, tilesOfRanges(ranges));
  return ranges.map((range) => hashRange(range, tiles));
}

/** What was typed as a number is shown back short. */
function shown(id: string): string {
  return id.slice(0, 40);
}

const RECEIPT = `
  select receipt_id, kind, at, leaf, promise_ms, suite, kid, entry_index,
    coalesce(receipts.signature, receipt_groups.signature) as signature, hashes
  from security.receipts left join security.log_entries using (receipt_id)
    left join security.receipt_groups using (group_id)
  where receipt_id = $1`;

const OUTBOX = 'select count(*) as waiting, min(at) as oldest from security.leaf_outbox';
