import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Refusal } from '#kernel';

/** How much is taken, and what is thrown beyond it. */
type SpoolLimit = { readonly bytesMax: number; readonly tooLarge: () => Refusal };

/** A body as a file while `work` runs: private to this process, and gone when the call ends. */
export async function withSpooled<Result>(
  body: unknown,
  { bytesMax, tooLarge }: SpoolLimit,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = join(tmpdir(), `xinqiao-${randomUUID()}`);
  async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge();
      yield chunk;
    }
  }
  try {
    await pipeline(streamOf(body), bounded, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** The body as it comes in, where no parser of content touches it. */
export function streamOf(body: unknown): Readable {
  return body instanceof Readable ? body : Readable.from([]);
}
