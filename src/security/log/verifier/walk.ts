import { believe, type Signed, type Trust } from './believe.ts';
import { splitBundle, unpackBundle } from './bundle.ts';
import type { LogFault } from './fault.ts';
import { type Frontier, frontierRoot, openFrontier, pushLeaf } from './frontier.ts';
import { HASH_BYTES, hashLeaf } from './hashes.ts';
import { formatPath, TILE_WIDTH } from './paths.ts';
import type { LogSource } from './source.ts';

/** One way through a log from its first entry to its last, with the tree recomputed from the entries. */
export type Walk = {
  readonly source: LogSource;
  readonly trust: Trust;
  readonly head: Signed;
  /** Checkpoints from elsewhere, by size. */
  readonly cosigned: ReadonlyMap<number, Signed>;
  readonly entries: Frontier;
  /** The first entry that its tile contradicts. */
  disputed: number | undefined;
  /** The first hash above level 0 that the entries contradict. */
  wrongTile: LogFault | undefined;
  /** The first checkpoint from elsewhere that the entries contradict. */
  split: LogFault | undefined;
  /** The tile under way, by level above 0. */
  readonly tiles: Map<number, { readonly path: string; readonly bytes: Buffer }>;
  /** Size of the last checkpoint that the entries gave. */
  proved: number;
  checkpoints: number;
};

export function openWalk(parts: Pick<Walk, 'source' | 'trust' | 'head' | 'cosigned'>): Walk {
  const fresh = { disputed: undefined, wrongTile: undefined, split: undefined, proved: 0, checkpoints: 0 };
  return { ...parts, ...fresh, entries: openFrontier(), tiles: new Map() };
}

/** Checks bundle `index`, its tile of level 0, what it completes above, and the checkpoints that end in it. */
export async function walkBundle(walk: Walk, index: number): Promise<LogFault | undefined> {
  const width = Math.min(TILE_WIDTH, walk.head.checkpoint.size - index * TILE_WIDTH);
  const paths = {
    entries: formatPath({ kind: 'entries', index, width }),
    tile: formatPath({ kind: 'tile', level: 0, index, width }),
    notes: formatPath({ kind: 'checkpoints', index, width }),
  };
  const read = (path: string): Promise<Buffer | undefined> => walk.source.read(path);
  const [entries, tile, bundle, above] = await Promise.all([
    read(paths.entries),
    read(paths.tile),
    read(paths.notes),
    loadTiles(walk, index, width),
  ]);
  if (entries === undefined) {
    return { what: 'entry', path: paths.entries, reason: 'missing', at: index * TILE_WIDTH };
  }
  const fault = above ?? checkTile(paths.tile, tile, width);
  if (fault !== undefined || tile === undefined) return fault;
  const notes = readNotes(walk, bundle, { path: paths.notes, from: index * TILE_WIDTH, width });
  if ('what' in notes) return notes;
  return walkLeaves(walk, { leaves: splitBundle(entries, width), tile, notes });
}

type Step = {
  readonly leaves: readonly Buffer[];
  readonly tile: Buffer;
  readonly notes: ReadonlyMap<number, Signed>;
};

function walkLeaves(walk: Walk, { leaves, tile, notes }: Step): LogFault | undefined {
  for (const [at, leaf] of leaves.entries()) {
    const [hash, stated] = [hashLeaf(leaf), tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)];
    if (!hash.equals(stated)) walk.disputed ??= walk.entries.size;
    pushLeaf(walk.entries, hash, (height, index, perfect) => compareAbove(walk, { height, index, perfect }));
    const fault = settle(walk, notes.get(walk.entries.size));
    if (fault !== undefined) return fault;
    compareCosigned(walk);
  }
  return undefined;
}

/**
 * The signature decides who is right. Entries that give the signed root make every tile that differs the broken one;
 * else the broken entry is the one that its tile contradicts.
 */
function settle(walk: Walk, signed: Signed | undefined): LogFault | undefined {
  if (signed === undefined) return undefined;
  const { disputed, wrongTile, proved } = walk;
  const { root, size } = signed.checkpoint;
  if (frontierRoot(walk.entries).equals(root)) {
    if (disputed !== undefined) {
      const path = pathOver(walk, 'tile', disputed);
      return { what: 'tile', path, reason: 'altered', at: disputed % TILE_WIDTH };
    }
    walk.proved = size;
    walk.checkpoints += 1;
    return wrongTile;
  }
  const at = disputed ?? proved;
  const path = pathOver(walk, 'entries', at);
  return disputed === undefined
    ? { what: 'entry', path, reason: 'root', at, to: size - 1 }
    : { what: 'entry', path, reason: 'altered', at };
}

/** The bundle that holds this entry, or the tile that holds its hash. */
function pathOver({ head }: Walk, kind: 'entries' | 'tile', entry: number): string {
  const index = Math.floor(entry / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, head.checkpoint.size - index * TILE_WIDTH);
  return formatPath(kind === 'tile' ? { kind, level: 0, index, width } : { kind, index, width });
}

/** Kept until the log's own checkpoints are checked: what breaks the log itself is named first. */
function compareCosigned(walk: Walk): void {
  const other = walk.cosigned.get(walk.entries.size)?.checkpoint;
  if (other === undefined || frontierRoot(walk.entries).equals(other.root)) return;
  walk.split ??= { what: 'checkpoint', path: 'cosigned', reason: 'split', at: other.size };
}

type Perfect = { readonly height: number; readonly index: number; readonly perfect: Buffer };

function compareAbove(walk: Walk, { height, index, perfect }: Perfect): void {
  const tile = height % TILE_HEIGHT === 0 ? walk.tiles.get(height / TILE_HEIGHT) : undefined;
  if (tile === undefined || height === 0) return;
  const at = index % TILE_WIDTH;
  if (perfect.equals(tile.bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))) return;
  walk.wrongTile ??= { what: 'tile', path: tile.path, reason: 'altered', at };
}

const TILE_HEIGHT = 8;

/** Loads the tiles above level 0 in which a hash is completed by this bundle for the first time. */
async function loadTiles(walk: Walk, bundle: number, width: number): Promise<LogFault | undefined> {
  if (width < TILE_WIDTH) return undefined;
  let [level, done] = [1, bundle + 1]; // `done` subtrees of this level are complete with this bundle
  for (;;) {
    if ((done - 1) % TILE_WIDTH === 0) {
      const fault = await loadTile(walk, level, Math.floor((done - 1) / TILE_WIDTH));
      if (fault !== undefined) return fault;
    }
    if (done % TILE_WIDTH !== 0) return undefined;
    [level, done] = [level + 1, done / TILE_WIDTH];
  }
}

async function loadTile(walk: Walk, level: number, index: number): Promise<LogFault | undefined> {
  const subtrees = Math.floor(walk.head.checkpoint.size / TILE_WIDTH ** level);
  const width = Math.min(TILE_WIDTH, subtrees - index * TILE_WIDTH);
  const path = formatPath({ kind: 'tile', level, index, width });
  const bytes = await walk.source.read(path);
  if (bytes !== undefined) walk.tiles.set(level, { path, bytes });
  return checkTile(path, bytes, width);
}

function checkTile(path: string, bytes: Buffer | undefined, width: number): LogFault | undefined {
  if (bytes === undefined) return { what: 'tile', path, reason: 'missing' };
  return bytes.length === width * HASH_BYTES ? undefined : { what: 'tile', path, reason: 'malformed' };
}

type NotePlace = { readonly path: string; readonly from: number; readonly width: number };

/** The checkpoints of one bundle by size; the last bundle ends with the head itself. */
function readNotes(
  walk: Walk,
  bundle: Buffer | undefined,
  { path, from, width }: NotePlace,
): Map<number, Signed> | LogFault {
  const pieces = bundle === undefined ? undefined : unpackBundle(bundle);
  if (pieces === undefined) {
    return { what: 'checkpoint', path, reason: bundle === undefined ? 'missing' : 'malformed' };
  }
  const notes = new Map<number, Signed>();
  let last = from;
  for (const piece of pieces) {
    const signed = believe(piece, path, walk.trust);
    if ('what' in signed) return signed;
    const { origin, size } = signed.checkpoint;
    if (origin !== walk.head.checkpoint.origin) {
      return { what: 'checkpoint', path, reason: 'other_log', at: size };
    }
    if (size <= last || size > from + width)
      return { what: 'checkpoint', path, reason: 'misplaced', at: size };
    notes.set(size, signed);
    last = size;
  }
  const { checkpoint, bytes } = walk.head;
  const isLast = checkpoint.size === from + width;
  if (isLast && notes.get(checkpoint.size)?.bytes.equals(bytes) !== true) {
    return { what: 'checkpoint', path, reason: 'misplaced', at: checkpoint.size };
  }
  return notes;
}
