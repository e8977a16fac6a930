import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { writeAll } from './store-bytes.ts';

/** Bytes that wait on disk for one run of a delivery. */
export type Spill = {
  write(bytes: Uint8Array): Promise<void>;
  /** Everything written so far, from the beginning. */
  read(): Readable;
  close(): Promise<void>;
};

/**
 * Opens a file of this run alone, which loses its name at once: nothing of a run that was killed can reach the next
 * one, and the system frees it however this process ends.
 */
export async function openSpill(deliveriesFolder: string): Promise<Spill> {
  const path = join(deliveriesFolder, 'incoming', `${randomUUID()}.defects`);
  await mkdir(join(deliveriesFolder, 'incoming'), { recursive: true });
  const file = await open(path, 'wx+', 0o600);
  await rm(path);
  return {
    write: (bytes) => writeAll(file, bytes),
    read: () => file.createReadStream({ start: 0, autoClose: false }),
    close: () => file.close(),
  };
}
