import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Where a log is read from: paths are those of `formatPath`. Undefined: there is no such file. */
export type LogSource = { read(path: string): Promise<Buffer | undefined> };

/** Above a bundle of 256 entries of the greatest length. */
const FILE_BYTES_MAX = 17 * 1024 ** 2;
const ANSWER_MS = 30_000;
const TRIES_MAX = 5;
const WAIT_SECONDS_MAX = 60;

/** A log saved by `savingTo`, or by any program that keeps the paths. */
export function folderSource(folder: string): LogSource {
  return {
    async read(path) {
      try {
        return await readFile(join(folder, path));
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
  };
}

/**
 * A log over HTTP, `prefix` being its address without the last slash. What stands in the way of reading is an error
 * with the code `ERR_LOG_UNREADABLE`.
 */
export function urlSource(prefix: string): LogSource {
  return { read: (path) => fetchFile(`${prefix}/${path}`) };
}

/** Reads from the source and keeps every file under its path. */
export function savingTo(folder: string, source: LogSource): LogSource {
  return {
    async read(path) {
      const bytes = await source.read(path);
      if (bytes === undefined) return undefined;
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
      return bytes;
    },
  };
}

/** A server that is asked too often says when to come back; everything else that is not an answer is an error. */
async function fetchFile(url: string): Promise<Buffer | undefined> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(url);
    if (answer.ok) return await readBody(answer, url);
    await answer.body?.cancel();
    if (answer.status === 404) return undefined;
    if (answer.status !== 429 || tries === TRIES_MAX) throw unreadable(url, `answers ${answer.status}`);
    const seconds = Number(answer.headers.get('retry-after') ?? 1);
    await delay(1_000 * Math.min(WAIT_SECONDS_MAX, Number.isFinite(seconds) ? Math.max(1, seconds) : 1));
  }
}

async function ask(url: string): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (error) {
    throw Object.assign(unreadable(url, 'does not answer'), { cause: error });
  }
}

function unreadable(url: string, what: string): TypeError {
  return Object.assign(new TypeError(`${url} ${what}`), { code: 'ERR_LOG_UNREADABLE' });
}

async function readBody(answer: Response, url: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.body ?? []) {
    length += piece.length;
    if (length > FILE_BYTES_MAX) throw unreadable(url, 'is longer than any file of a log');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Also a path that leads through a file, as a broken folder may have. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
