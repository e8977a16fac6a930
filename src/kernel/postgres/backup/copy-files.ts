import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BackedUpFile } from './manifest.ts';
import { hasCode } from '../processes.ts';

/** Relative paths below a folder, folders before what they hold; empty when there is none. */
export async function listTree(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  const pending = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const entry of await entriesIfThere(join(folder, path))) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        folders.push(child);
        pending.push(child);
      } else if (entry.isFile()) files.push(child);
    }
  }
  return { folders: folders.sort(), files: files.sort() };
}

/** Copies wait for the disk more than for the processor: several at once share its flushes. */
const COPIES_AT_ONCE = 8;

/** Runs the work for every item, some at once; the first failure is thrown after the running ones have ended. */
export async function forEachFile<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  const results = await Promise.allSettled(Array.from({ length: COPIES_AT_ONCE }, worker));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/**
 * Copies one file to the disk for good and tells what was written; undefined when it vanished meanwhile (a
 * running server drops and renames files).
 */
export async function copyFile(from: string, to: string, path: string): Promise<BackedUpFile | undefined> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  const count = { bytes: 0 };
  const source = await openIfThere(from);
  if (source === undefined) return undefined;
  const target = await open(to, 'wx', 0o600);
  try {
    const reader = createReadStream('', { fd: source, highWaterMark: 1024 ** 2 });
    await pipeline(reader, measuring(hash, count), target.createWriteStream({ flush: true }));
  } finally {
    await target.close();
    await source.close();
  }
  return { path, bytes: count.bytes, sha256: hash.digest('hex') };
}

function measuring(hash: Hash, count: { bytes: number }): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      count.bytes += chunk.length;
      done(null, chunk);
    },
  });
}

async function openIfThere(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function entriesIfThere(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
