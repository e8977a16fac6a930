import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceRefusal } from './source-refusals.ts';

const SECRET_BYTES_MAX = 64 * 1024;
const OTHERS = 0o077;

/**
 * The value of a named secret: the file `<keys folder>/sources/<name>`, a plain file that only the node's user may read.
 * Read at each use, so that a new value needs no restart. Refuses with `source.secret_unreadable`.
 */
export function readSecret(keysFolder: string, name: string): string {
  const file = openSecret(keysFolder, name);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile() || (facts.mode & OTHERS) !== 0 || facts.size > SECRET_BYTES_MAX) return refuse(name);
    const value = readFileSync(file, 'utf8').trim();
    return value === '' ? refuse(name) : value;
  } finally {
    closeSync(file);
  }
}

function openSecret(keysFolder: string, name: string): number {
  try {
    return openSync(join(keysFolder, 'sources', name), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return refuse(name);
    throw error;
  }
}

function refuse(name: string): never {
  throw sourceRefusal('source.secret_unreadable', { name });
}
