import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LIMITS } from '#kernel';
import { listsRefusal } from '../lists-refusals.ts';

export type StoredBytes = { readonly digest: string; readonly bytes: number; readonly path: string };

/** Where bytes with this SHA-256 are kept. */
export function pathOfDigest(folder: string, digest: string): string {
  return join(folder, digest.slice(0, 2), digest);
}

/**
 * Streams the bytes to disk under their SHA-256 and makes them durable (fsync of file and folder) before it returns.
 * Bytes that are there already are not written twice. Nothing half-written is ever visible under a digest.
 * Throws refusals for a file over the limit and for a full disk; the partial file is removed.
 */
export async function storeBytes(folder: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredBytes> {
  const incoming = join(folder, 'incoming', randomUUID());
  await mkdir(dirname(incoming), { recursive: true });
  try {
    const { digest, length } = await writeHashed(incoming, bytes);
    const path = pathOfDigest(folder, digest);
    await keep(incoming, path);
    return { digest, bytes: length, path };
  } catch (error) {
    throw isNoSpace(error) ? listsRefusal('delivery.no_space') : error;
  } finally {
    await rm(incoming, { force: true });
  }
}

async function writeHashed(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ digest: string; length: number }> {
  const hash = createHash('sha256');
  let length = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) {
      length += chunk.length;
      if (length > LIMITS.deliveryBytesMax) {
        throw listsRefusal('delivery.too_large', { bytesMax: LIMITS.deliveryBytesMax });
      }
      hash.update(chunk);
      await writeAll(file, chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { digest: hash.digest('hex'), length };
}

/** `write` may write less than asked (a nearly full disk does that). */
export async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    written += (await file.write(chunk, written, chunk.length - written)).bytesWritten;
  }
}

async function keep(incoming: string, path: string): Promise<void> {
  const made = await mkdir(dirname(path), { recursive: true });
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) await rename(incoming, path);
  await syncFolder(dirname(path));
  if (made !== undefined) await syncFolder(dirname(dirname(path)));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Of the node's own disk, or of the database's (SQLSTATE 53100). */
export function isNoSpace(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === '53100')
  );
}
