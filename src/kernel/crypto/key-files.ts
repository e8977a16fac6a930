import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cryptoRefusal } from './crypto-refusals.ts';

/** Makes the folder, for its owner only, when it is not there. */
export function openKeyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** The highest number of files `<stem>-<number>.<ending>`; 0 when there is none. */
export function highestNumber(folder: string, stem: string, ending: string): number {
  const pattern = new RegExp(`^${stem}-([0-9]{1,6})\\.${ending}$`);
  return Math.max(0, ...readdirSync(folder).map((name) => Number(pattern.exec(name)?.[1] ?? 0)));
}

/**
 * Written whole and durable under a name of its own, then linked: readers see no file or the whole file. Of processes
 * that write at once the first wins, and its key is the key.
 */
export function writeKeyFile(file: string, content: string | Uint8Array): void {
  const folder = dirname(file);
  const draft = join(folder, `.${randomBytes(8).toString('hex')}`);
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, Buffer.from(content));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!isExisting(error)) throw error;
  } finally {
    unlinkSync(draft);
  }
  syncFolder(folder);
}

/** Refuses with `keys.open_to_others`, or `keys.unreadable` when there is no such file. */
export function readKeyFile(file: string): Buffer {
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      throw cryptoRefusal('keys.open_to_others', { file: basename(file) });
    }
    return readFileSync(file);
  } catch (error) {
    throw isMissing(error) ? unreadableKey(file, error) : error;
  }
}

/** The refusal for a file that is not the key it should be. */
export function unreadableKey(file: string, cause?: unknown): Error {
  return Object.assign(cryptoRefusal('keys.unreadable', { file: basename(file) }), { cause });
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A name is durable only when its folder is; Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
