import assert from 'node:assert';
import { HASH_BYTES, hashNode } from './hashes.ts';
import { TILE_WIDTH } from './paths.ts';

/** Logarithm of the hashes per tile. */
const TILE_HEIGHT = 8;

/** Tiles by `tileKey`, each the concatenation of its hashes so far. */
export type Tiles = ReadonlyMap<string, Buffer>;
export type TileId = { readonly level: number; readonly index: number };

/** Leaves `from` (included) to `to` (excluded), a subtree of the Merkle recursion. */
export type Range = { readonly from: number; readonly to: number };

export function tileKey({ level, index }: TileId): string {
  return `${level}/${index}`;
}

/** The unfinished tiles on the right edge of a tree: all that appending needs. */
export function edgeTiles(size: number): TileId[] {
  const ids: TileId[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    if (count % TILE_WIDTH > 0) ids.push({ level, index: Math.floor(count / TILE_WIDTH) });
  }
  return ids;
}

export type Appended = { size: number; root: Buffer; changed: Map<string, { id: TileId; hashes: Buffer }> };

/** Appends leaf hashes to the tree of `size` with these edge tiles; returns the new head and every tile that changed. */
export function appendLeaves(size: number, edge: Tiles, leafHashes: readonly Buffer[]): Appended {
  const tiles = new Map(edge);
  const changed = new Map<string, { id: TileId; hashes: Buffer }>();
  let [level, from, added] = [0, size, leafHashes];
  while (added.length > 0) {
    for (const id of fillTiles(tiles, { level, from, added })) {
      changed.set(tileKey(id), { id, hashes: tileOf(tiles, id) });
    }
    const [before, after] = [Math.floor(from / TILE_WIDTH), Math.floor((from + added.length) / TILE_WIDTH)];
    added = Array.from({ length: after - before }, (_, n) =>
      perfectRoot(tileOf(tiles, { level, index: before + n })),
    );
    [level, from] = [level + 1, before];
  }
  const grown = size + leafHashes.length;
  return { size: grown, root: rootOf(grown, tiles), changed };
}

/** Root of the whole tree (RFC 6962 2.1) from its edge tiles; `size` above 0. */
export function rootOf(size: number, tiles: Tiles): Buffer {
  return hashRange({ from: 0, to: size }, tiles);
}

/** Subtrees whose hashes are the inclusion proof of leaf `index` (RFC 6962 2.1.1), nearest the leaf first. */
export function inclusionRanges(index: number, size: number): Range[] {
  assert(index >= 0 && index < size, 'the leaf is in the tree');
  const ranges: Range[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.reverse();
}

/** Subtrees whose hashes prove that the tree of `older` leaves is a prefix of the tree of `newer` (RFC 6962 2.1.2). */
export function consistencyRanges(older: number, newer: number): Range[] {
  assert(older > 0 && older <= newer, 'the older tree is not larger');
  const ranges: Range[] = [];
  let [from, to] = [0, newer];
  while (older !== to) {
    const middle = from + splitOf(to - from);
    if (older <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  if (from > 0) ranges.push({ from, to });
  return ranges.reverse();
}

/** Tiles that `hashRange` will look into. */
export function tilesOfRanges(ranges: readonly Range[]): TileId[] {
  const ids = ranges.flatMap((range) => perfectParts(range).map((part) => placeOf(part).id));
  return [...new Map(ids.map((id) => [tileKey(id), id])).values()];
}

/** Merkle hash of the subtree over the range. */
export function hashRange(range: Range, tiles: Tiles): Buffer {
  const parts = perfectParts(range).map((part) => {
    const { id, offset, count } = placeOf(part);
    const hashes = tileOf(tiles, id).subarray(offset * HASH_BYTES, (offset + count) * HASH_BYTES);
    assert.equal(hashes.length, count * HASH_BYTES, `tile ${tileKey(id)} is too short`);
    return perfectRoot(hashes);
  });
  return parts.reduceRight((right, left) => hashNode(left, right));
}

function fillTiles(
  tiles: Map<string, Buffer>,
  { level, from, added }: { level: number; from: number; added: readonly Buffer[] },
): TileId[] {
  const ids: TileId[] = [];
  for (let done = 0; done < added.length; ) {
    const id = { level, index: Math.floor((from + done) / TILE_WIDTH) };
    const filled = (from + done) % TILE_WIDTH;
    const before = filled === 0 ? Buffer.alloc(0) : tileOf(tiles, id);
    assert.equal(before.length, filled * HASH_BYTES, `tile ${tileKey(id)} does not fit the tree's size`);
    const part = added.slice(done, done + TILE_WIDTH - filled);
    tiles.set(tileKey(id), Buffer.concat([before, ...part]));
    ids.push(id);
    done += part.length;
  }
  return ids;
}

function tileOf(tiles: Tiles, id: TileId): Buffer {
  const tile = tiles.get(tileKey(id));
  assert(tile !== undefined, `tile ${tileKey(id)} is missing`);
  return tile;
}

/** The perfect subtrees, largest first, that a subtree of the recursion consists of. */
function perfectParts({ from, to }: Range): Range[] {
  const parts: Range[] = [];
  for (let start = from; start < to; ) {
    const width = floorPowerOfTwo(to - start);
    parts.push({ from: start, to: start + width });
    start += width;
  }
  return parts;
}

/** Where the hashes that make up a perfect subtree stand: at the highest level that still has whole entries of it. */
function placeOf({ from, to }: Range): { id: TileId; offset: number; count: number } {
  const level = Math.floor(Math.log2(to - from) / TILE_HEIGHT);
  const width = TILE_WIDTH ** level;
  const first = from / width;
  assert(Number.isInteger(first), 'a perfect subtree starts at a multiple of its width');
  const id = { level, index: Math.floor(first / TILE_WIDTH) };
  return { id, offset: first % TILE_WIDTH, count: (to - from) / width };
}

/** Root over 2^n concatenated hashes. */
function perfectRoot(hashes: Buffer): Buffer {
  let row = Array.from({ length: hashes.length / HASH_BYTES }, (_, n) =>
    hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES),
  );
  while (row.length > 1) row = pairs(row);
  const [root] = row;
  assert(root !== undefined, 'a subtree has at least one leaf');
  return root;
}

function pairs(row: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = [];
  for (let n = 0; n + 1 < row.length; n += 2) above.push(hashNode(row[n] as Buffer, row[n + 1] as Buffer));
  return above;
}

/** Largest power of two not above `count`. */
function floorPowerOfTwo(count: number): number {
  let power = 1;
  while (power * 2 <= count) power *= 2;
  return power;
}

/** Largest power of two below `count`: where RFC 6962 splits a subtree. */
function splitOf(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
