import assert from 'node:assert';
import { type KeyStore, LIMITS, type Tx } from '#kernel';
import { signCheckpoint } from './checkpoint.ts';
import { appendLeaves, edgeTiles, rootOf, type TileId, tileKey, type Tiles } from './tree.ts';

/** Held to the end of the transaction by whoever appends: the log has one writer, in whichever process. */
const SEQUENCER_LOCK = 7_241_002;

/** Where one sequencer stands: its keys, the log's name for the first checkpoint, and the time of this batch. */
export type SequenceContext = { readonly keys: KeyStore; readonly origin: string; readonly at: Date };

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
  const waiting = await tx.rows<WaitingLeaf>(WAITING, [LIMITS.sequenceBatchMax]);
  if (waiting.length === 0) return 0;
  const head = await readHead(tx);
  const edge = await readTiles(tx, edgeTiles(head.size));
  if (head.size > 0) assert(rootOf(head.size, edge).equals(head.root), 'the tiles give the signed root');
  const grown = appendLeaves(
    head.size,
    edge,
    waiting.map(({ leaf_hash }) => leaf_hash),
  );
  await tx.rows(APPEND_ENTRIES, [head.size, waiting.map(({ receipt_id }) => receipt_id)]);
  const tiles = [...grown.changed.values()];
  await tx.rows(WRITE_TILES, [
    tiles.map(({ id }) => id.level),
    tiles.map(({ id }) => id.index),
    tiles.map(({ hashes }) => hashes),
  ]);
  const key = context.keys.get('log');
  const origin = head.origin ?? context.origin;
  const note = signCheckpoint(key, { origin, size: grown.size, root: grown.root });
  await tx.rows(WRITE_CHECKPOINT, [grown.size, origin, grown.root, note, key.suite, key.kid, context.at]);
  await tx.rows('delete from security.leaf_outbox where leaf_no = any($1)', [
    waiting.map(({ leaf_no }) => leaf_no),
  ]);
  return waiting.length;
}

/** The given tiles as stored; a missing one is missing in the map. */
export async function readTiles(tx: Tx, ids: readonly TileId[]): Promise<Tiles> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<{ level: number; tile_index: string; hashes: Buffer }>(READ_TILES, [
    ids.map(({ level }) => level),
    ids.map(({ index }) => index),
  ]);
  return new Map(
    rows.map((row) => [tileKey({ level: row.level, index: Number(row.tile_index) }), row.hashes]),
  );
}

type WaitingLeaf = { leaf_no: string; receipt_id: string; leaf_hash: Buffer };
type Head = { size: number; root: Buffer; origin: string | undefined };

async function readHead(tx: Tx): Promise<Head> {
  const [row] = await tx.rows<{ tree_size: string; root: Buffer; origin: string }>(LAST_CHECKPOINT);
  if (row === undefined) return { size: 0, root: Buffer.alloc(0), origin: undefined };
  return { size: Number(row.tree_size), root: row.root, origin: row.origin };
}

const WAITING = 'select leaf_no, receipt_id, leaf_hash from security.leaf_outbox order by leaf_no limit $1';

const LAST_CHECKPOINT =
  'select tree_size, root, origin from security.log_checkpoints order by tree_size desc limit 1';

const APPEND_ENTRIES = `
  insert into security.log_entries (entry_index, receipt_id)
  select $1::bigint + n - 1, id from unnest($2::text[]) with ordinality as leaves (id, n)`;

const WRITE_TILES = `
  insert into security.log_tiles (level, tile_index, hashes)
  select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
  on conflict (level, tile_index) do update set hashes = excluded.hashes`;

const WRITE_CHECKPOINT = `
  insert into security.log_checkpoints (tree_size, origin, root, note, suite, kid, at)
  values ($1, $2, $3, $4, $5, $6, $7)`;

const READ_TILES = `
  select level, tile_index, hashes from security.log_tiles
  where (level, tile_index) in (select * from unnest($1::smallint[], $2::bigint[]))`;
