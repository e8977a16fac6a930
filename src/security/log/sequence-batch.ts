import assert from 'node:assert';
import { type KeyStore, LIMITS, type Tx } from '#kernel';
import { readOwnCheckpoint, signCheckpoint } from './checkpoint.ts';
import { readLastNote, readTiles } from './stored.ts';
import { type Checkpoint, readCheckpoint } from './verifier/checkpoint.ts';
import { HASH_BYTES } from './verifier/hashes.ts';
import { appendLeaves, edgeTiles, rootOf } from './verifier/tree.ts';

/** Held to the end of the transaction by whoever appends: the log has one writer, in whichever process. */
const SEQUENCER_LOCK = 7_241_002;

/** Where one sequencer stands: its keys, the log's name for the first checkpoint, and what it signed last itself. */
export type SequenceContext = {
  readonly keys: KeyStore;
  readonly origin: string;
  readonly signed: { note?: string };
};

/** Takes the writer's lock for this transaction; false when another process holds it and `wait` is not wanted. */
export async function lockLog(tx: Tx, wait: boolean): Promise<boolean> {
  if (wait) {
    await tx.rows('select pg_advisory_xact_lock($1)', [SEQUENCER_LOCK]);
    return true;
  }
  const [row] = await tx.rows<{ locked: boolean }>('select pg_try_advisory_xact_lock($1) as locked', [
    SEQUENCER_LOCK,
  ]);
  return row?.locked === true;
}

/**
 * Moves one batch from the outbox into the tree and signs the new checkpoint, all in the caller's transaction, which
 * holds the lock. Returns how many leaves moved. Throws AssertionError when the stored tree does not fit its
 * checkpoint: then nothing may be appended until a person has looked.
 */
export async function sequenceBatch(tx: Tx, context: SequenceContext): Promise<number> {
  const [taken] = await tx.hotRows<Taken>('security.take_leaves', TAKE_LEAVES, [LIMITS.sequenceBatchMax]);
  if (taken === undefined || taken.hashes === null) return 0;
  const head = await readHead(tx, context);
  assert.equal(Number(taken.size), head.size, 'entries are numbered on from the last checkpoint');
  const edge = await readTiles(tx, edgeTiles(head.size));
  if (head.size > 0) assert(rootOf(head.size, edge).equals(head.root), 'the tiles give the signed root');
  const grown = appendLeaves(head.size, edge, splitHashes(taken.hashes));
  const tiles = [...grown.changed.values()];
  await tx.hotRows('security.write_tiles', WRITE_TILES, [
    tiles.map(({ id }) => id.level),
    tiles.map(({ id }) => id.index),
    tiles.map(({ hashes }) => hashes),
  ]);
  const { size, root } = grown;
  const note = signCheckpoint(context.keys, { origin: head.origin, size, root });
  await tx.hotRows('security.write_checkpoint', WRITE_CHECKPOINT, [size, note]);
  context.signed.note = note; // if the commit fails, the note that stands is another and is checked by its signature
  return size - head.size;
}

/** `hashes` of the leaves taken, in order; null when none waited. */
type Taken = { size: string; hashes: Buffer | null };

function splitHashes(hashes: Buffer): Buffer[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, n) =>
    hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES),
  );
}

/** What stands as the last checkpoint must be what this node signed: a forged head is never extended. */
async function readHead(tx: Tx, { keys, origin, signed }: SequenceContext): Promise<Checkpoint> {
  const row = await readLastNote(tx);
  if (row === undefined) return { origin, size: 0, root: Buffer.alloc(0) };
  const head =
    row.note === signed.note ? readCheckpoint({ text: textOf(row.note) }) : readOwnCheckpoint(keys, row.note);
  assert(head?.size === Number(row.tree_size), 'the last checkpoint is signed by this node');
  return head;
}

/** The part of a note that is signed. */
function textOf(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n') + 1);
}

/** Out of the outbox and into the log's order in one statement, numbered on from the last checkpoint. */
const TAKE_LEAVES = `
  with head as (
    select coalesce(max(tree_size), 0) as size from security.log_checkpoints
  ), taken as (
    delete from security.leaf_outbox
    where leaf_no = any (array(select leaf_no from security.leaf_outbox order by leaf_no limit $1))
    returning leaf_no, receipt_id, leaf_hash
  ), entered as (
    insert into security.log_entries (entry_index, receipt_id)
    select size + row_number() over (order by leaf_no) - 1, receipt_id from taken, head
  )
  select (select size from head) as size, (select string_agg(leaf_hash, ''::bytea order by leaf_no) from taken) as hashes`;

const WRITE_TILES = `
  insert into security.log_tiles (level, tile_index, hashes)
  select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
  on conflict (level, tile_index) do update set hashes = excluded.hashes`;

const WRITE_CHECKPOINT = 'insert into security.log_checkpoints (tree_size, note) values ($1, $2)';
