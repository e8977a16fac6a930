import type { Tx } from '#kernel';
import { type TileId, tileKey, type Tiles } from './verifier/tree.ts';

/** A checkpoint as it is stored: the size it stands under, and the signed note. */
export type StoredNote = { tree_size: string; note: string };

/** The latest checkpoint; undefined while the log is empty. */
export async function readLastNote(tx: Tx): Promise<StoredNote | undefined> {
  const [row] = await tx.hotRows<StoredNote>('security.last_note', LAST_NOTE);
  return row;
}

/** The given tiles as stored; a missing one is missing in the map. */
export async function readTiles(tx: Tx, ids: readonly TileId[]): Promise<Tiles> {
  if (ids.length === 0) return new Map();
  const rows = await tx.hotRows<TileRow>('security.read_tiles', READ_TILES, [
    ids.map(({ level }) => level),
    ids.map(({ index }) => index),
  ]);
  return new Map(
    rows.map((row) => [tileKey({ level: row.level, index: Number(row.tile_index) }), row.hashes]),
  );
}

type TileRow = { level: number; tile_index: string; hashes: Buffer };

const LAST_NOTE = 'select tree_size, note from security.log_checkpoints order by tree_size desc limit 1';

const READ_TILES = `
  select level, tile_index, hashes from security.log_tiles
  where (level, tile_index) in (select * from unnest($1::smallint[], $2::bigint[]))`;
