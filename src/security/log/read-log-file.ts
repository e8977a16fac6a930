import { type Database, inTransaction, type KeyStore, type Tx } from '#kernel';
import { formatLogKeys } from './checkpoint.ts';
import { readLastNote, type StoredNote } from './stored.ts';
import { packBundle } from './verifier/bundle.ts';
import { readCheckpoint } from './verifier/checkpoint.ts';
import { HASH_BYTES } from './verifier/hashes.ts';
import { parseNote } from './verifier/note.ts';
import { type LogPath, parsePath, TILE_WIDTH } from './verifier/paths.ts';
import type { LogSource } from './verifier/source.ts';

export type LogFileParts = {
  readonly database: Database;
  readonly keys: KeyStore;
  /** Name of the log while it has no checkpoint, see `logOrigin`. */
  readonly origin: string;
};

/** A file of the published log. Undefined when the signed tree does not reach so far. */
export function readLogFile(parts: LogFileParts, path: LogPath): Promise<Buffer | undefined> {
  return inTransaction(
    parts.database,
    async (tx) => {
      if (path.kind === 'keys') return Buffer.from(formatLogKeys(parts.keys, await readOrigin(tx, parts)));
      if (path.kind === 'checkpoint') return textOf((await readLastNote(tx))?.note);
      return await READERS[path.kind](tx, path.index, path);
    },
    'snapshot',
  );
}

/** The node's own log, read as others read it. */
export function databaseSource(parts: LogFileParts): LogSource {
  return {
    async read(text) {
      const path = parsePath(text);
      return path === undefined ? undefined : await readLogFile(parts, path);
    },
  };
}

type Span = { readonly width: number; readonly level?: number };

const READERS = { tile: readTile, entries: readEntries, checkpoints: readCheckpoints } as const;

async function readTile(tx: Tx, index: number, { width, level = 0 }: Span): Promise<Buffer | undefined> {
  const leaves = TILE_WIDTH ** level;
  if (!isReachable((index * TILE_WIDTH + width) * leaves)) return undefined;
  const [row] = await tx.hotRows<{ hashes: Buffer; size: string }>('security.log_tile', TILE, [level, index]);
  const isSigned = row !== undefined && (index * TILE_WIDTH + width) * leaves <= Number(row.size);
  if (!isSigned || row.hashes.length < width * HASH_BYTES) return undefined;
  return row.hashes.subarray(0, width * HASH_BYTES);
}

/** A leaf that is lost is an empty entry, so that whoever checks can name it. */
async function readEntries(tx: Tx, index: number, { width }: Span): Promise<Buffer | undefined> {
  const [from, to] = [index * TILE_WIDTH, index * TILE_WIDTH + width];
  if (!(await isSignedUpTo(tx, to))) return undefined;
  const rows = await tx.hotRows<{ entry_index: string; leaf: Buffer | null }>('security.log_leaves', LEAVES, [
    from,
    to,
  ]);
  const leaves = Array.from({ length: width }, (): Buffer => Buffer.alloc(0));
  for (const { entry_index, leaf } of rows) leaves[Number(entry_index) - from] = leaf ?? Buffer.alloc(0);
  return packBundle(leaves);
}

/** A note that states another size than it stands under is as good as lost, and empty likewise. */
async function readCheckpoints(tx: Tx, index: number, { width }: Span): Promise<Buffer | undefined> {
  const [from, to] = [index * TILE_WIDTH, index * TILE_WIDTH + width];
  if (!(await isSignedUpTo(tx, to))) return undefined;
  const rows = await tx.hotRows<StoredNote>('security.log_notes', NOTES, [from, to]);
  return packBundle(
    rows.map(({ tree_size, note }) => {
      const bytes = Buffer.from(note);
      const parsed = parseNote(bytes);
      const stated = parsed === undefined ? undefined : readCheckpoint(parsed);
      return stated === undefined || stated.size === Number(tree_size) ? bytes : Buffer.alloc(0);
    }),
  );
}

async function isSignedUpTo(tx: Tx, size: number): Promise<boolean> {
  if (!isReachable(size)) return false;
  const head = await readLastNote(tx);
  return head !== undefined && size <= Number(head.tree_size);
}

/** Paths can name sizes that no log will have and no bigint holds. */
function isReachable(size: number): boolean {
  return Number.isSafeInteger(size);
}

async function readOrigin(tx: Tx, { origin }: LogFileParts): Promise<string> {
  const note = textOf((await readLastNote(tx))?.note);
  const parsed = note === undefined ? undefined : parseNote(note);
  return (parsed === undefined ? undefined : readCheckpoint(parsed)?.origin) ?? origin;
}

function textOf(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}

const TILE = `
  select hashes, (select coalesce(max(tree_size), 0) from security.log_checkpoints) as size
  from security.log_tiles where level = $1 and tile_index = $2`;

const LEAVES = `
  select entry_index, leaf from security.log_entries left join security.receipts using (receipt_id)
  where entry_index >= $1 and entry_index < $2`;

const NOTES = `
  select tree_size, note from security.log_checkpoints
  where tree_size > $1 and tree_size <= $2 order by tree_size`;
