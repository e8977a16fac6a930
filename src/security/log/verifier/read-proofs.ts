import { HASH_BYTES } from './hashes.ts';
import { formatPath, TILE_WIDTH } from './paths.ts';
import type { LogSource } from './source.ts';
import {
  consistencyRanges,
  hashRange,
  inclusionRanges,
  type Range,
  type TileId,
  tileKey,
  tilesOfRanges,
} from './tree.ts';

/** The tiles of a tree of `size` that a proof needs. `ERR_LOG_TILE_MISSING`: the log has not one of them. */
async function readTiles(
  source: LogSource,
  ids: readonly TileId[],
  size: number,
): Promise<Map<string, Buffer>> {
  const pairs = await Promise.all(
    ids.map(async ({ level, index }): Promise<[string, Buffer]> => {
      const whole = Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH;
      const path = formatPath({ kind: 'tile', level, index, width: Math.min(TILE_WIDTH, whole) });
      const bytes = await source.read(path);
      if (bytes?.length !== Math.min(TILE_WIDTH, whole) * HASH_BYTES) {
        throw Object.assign(new TypeError(`the log has no ${path}`), { code: 'ERR_LOG_TILE_MISSING' });
      }
      return [tileKey({ level, index }), bytes];
    }),
  );
  return new Map(pairs);
}

async function hashRanges(source: LogSource, ranges: readonly Range[], size: number): Promise<Buffer[]> {
  const tiles = await readTiles(source, tilesOfRanges(ranges), size);
  return ranges.map((range) => hashRange(range, tiles));
}

/** Root of the tree of `size`, above 0, as the published tiles have it. */
export async function rootFromTiles(source: LogSource, size: number): Promise<Buffer> {
  const range = { from: 0, to: size };
  return hashRange(range, await readTiles(source, tilesOfRanges([range]), size));
}

/** Inclusion proof of entry `index` in the tree of `size`, made from published tiles; to be verified by the asker. */
export function inclusionFromTiles(source: LogSource, index: number, size: number): Promise<Buffer[]> {
  return hashRanges(source, inclusionRanges(index, size), size);
}

/** Proof that the tree of `older` is a prefix of the tree of `newer`, made from published tiles. `older` above 0. */
export function consistencyFromTiles(source: LogSource, older: number, newer: number): Promise<Buffer[]> {
  return hashRanges(source, consistencyRanges(older, newer), newer);
}
