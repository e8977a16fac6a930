import type { Tx } from '#kernel';
import type { Permit } from '../decision/permit.ts';
import { securityRefusal } from '../security-refusals.ts';
import { type ReceiptProof, type ReceiptRow, statementOf } from './read-receipt.ts';
import { openGroup } from './sign-receipts.ts';
import { readLastNote, readTiles } from './stored.ts';
import { hashRange, inclusionRanges, type Range, tilesOfRanges } from './verifier/tree.ts';

/** A receipt with what opens its leaf, for the enterprise it is about; absent after a lawful deletion. */
export type HeldReceipt = ReceiptProof & {
  readonly opened?: { readonly body: string; readonly salt: string };
};

/**
 * Receipts about the Permit's subject by id, read together: two statements for the receipts and, `withProofs`, two for
 * head and tiles, from which every proof is made; all are of one tree size. Ids that are of nobody or of somebody else are
 * absent. Throws the refusal when the Permit does not include the subject's accesses.
 */
export async function readReceipts(
  tx: Tx,
  permit: Permit,
  { ids, withProofs }: { readonly ids: readonly string[]; readonly withProofs: boolean },
): Promise<ReadonlyMap<string, HeldReceipt>> {
  permit.assertUsable(tx);
  if (!permit.mayListAccesses) throw securityRefusal('security.not_permitted', { action: 'list_accesses' });
  const rows = await tx.hotRows<Row>('security.receipts', RECEIPTS, [ids, permit.subject]);
  const included = withProofs ? await prove(tx, rows) : new Map<string, ReceiptProof['included']>();
  const open = openOnce();
  return new Map(rows.map((row) => [row.receipt_id, toHeld(row, included.get(row.receipt_id), open)]));
}

type Row = ReceiptRow & { readonly body: string | null; readonly salt: Buffer | null };

/** What one batch told of an enterprise stands in one group. */
function openOnce(): typeof openGroup {
  const opened = new Map<string, ReturnType<typeof openGroup>>();
  return (group) => {
    const key = group.toString('latin1');
    const known = opened.get(key) ?? openGroup(group);
    opened.set(key, known);
    return known;
  };
}

function toHeld(row: Row, included: ReceiptProof['included'], open: typeof openGroup): HeldReceipt {
  const { body, salt } = row;
  return {
    receipt: statementOf(row, open),
    ...(included !== undefined && { included }),
    ...(body !== null && salt !== null && { opened: { body, salt: salt.toString('hex') } }),
  };
}

/** Neighbouring proofs share most of their subtrees: each subtree is hashed once. */
async function prove(
  tx: Tx,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, NonNullable<ReceiptProof['included']>>> {
  const head = await readLastNote(tx);
  const inTree = rows.filter(({ entry_index }) => entry_index !== null);
  if (head === undefined || inTree.length === 0) return new Map();
  const size = Number(head.tree_size);
  const wanted = inTree.map((row) => ({ row, ranges: inclusionRanges(Number(row.entry_index), size) }));
  const subtrees = new Map(wanted.flatMap(({ ranges }) => ranges).map((range) => [keyOf(range), range]));
  const tiles = await readTiles(tx, tilesOfRanges([...subtrees.values()]));
  const hashes = new Map([...subtrees].map(([key, range]) => [key, hashRange(range, tiles)]));
  return new Map(
    wanted.map(({ row, ranges }) => {
      const path = ranges.flatMap((range) => hashes.get(keyOf(range)) ?? []);
      const proof = { index: Number(row.entry_index), size, hashes: path };
      return [row.receipt_id, { proof, checkpoint: head.note }];
    }),
  );
}

function keyOf({ from, to }: Range): string {
  return `${from}-${to}`;
}

/** By way of the bodies, which stand by subject; a body that was lawfully deleted took the way to its receipt with it. */
const RECEIPTS = `
  select r.receipt_id, r.kind, r.at, r.leaf, r.promise_ms, r.suite, r.kid, e.entry_index,
    coalesce(r.signature, g.signature) as signature, g.hashes, b.body, b.salt
  from security.leaf_bodies b
  join security.receipts r using (receipt_id)
  left join security.log_entries e using (receipt_id)
  left join security.receipt_groups g using (group_id)
  where b.receipt_id = any($1) and b.subject_id = $2`;
