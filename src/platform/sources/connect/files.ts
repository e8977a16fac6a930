import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#kernel';
import { type Answer, type Connector, parseJson, type Question, rowsFrom, valueAt } from '../answer.ts';
import { SourceFault } from '../fault.ts';
import type { FileInterface, FileSource } from '../shape.ts';

type Parts = { readonly source: FileSource; readonly address: URL; readonly clock: Clock };
type Folders = { readonly requests: string; readonly answers: string };

/** Answers that nobody waits for any more are removed after this; they hold an enterprise's data. */
const LATE_ANSWER_MS = 60_000;

/**
 * Connector of the kind 文件 (GB/T 39443): `requests/<id>.json` is written whole under another name and renamed; the
 * source answers with `answers/<id>.json` in the same way. Both are removed when the call ends, whatever its end.
 */
export function connectFiles(parts: Parts): Connector {
  const root = fileURLToPath(parts.address);
  const folders = { requests: join(root, 'requests'), answers: join(root, 'answers') };
  return {
    ask: async (question) => {
      const asked = question as Question<FileInterface>; // a file source has no other interfaces
      try {
        await sweepLate(folders, parts.clock);
        return await askByFile(parts.source, folders, asked);
      } catch (error) {
        throw folderFault(error) ?? error;
      }
    },
    close: () => Promise.resolve(),
  };
}

async function askByFile(
  source: FileSource,
  folders: Folders,
  { to, code, name, signal }: Question<FileInterface>,
): Promise<Answer> {
  const id = randomUUID();
  const requestFile = join(folders.requests, `${id}.json`);
  const answerFile = join(folders.answers, `${id}.json`);
  try {
    await writeWhole(requestFile, JSON.stringify({ id, dataset: to.dataset, code, name }));
    const answer = parseJson(await awaitFile(answerFile, source, signal));
    if (valueAt(answer, 'id') !== id) throw new SourceFault('other_subject');
    const { rowsMax } = source;
    return { covered: true, rows: rowsFrom(valueAt(answer, 'rows'), { fields: to.fields, rowsMax }) };
  } finally {
    await Promise.all([requestFile, answerFile].map((file) => rm(file, { force: true })));
  }
}

/** The source sees no file or the whole one; only this machine's user and group may read it. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  const handle = await open(part, 'wx', 0o660);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await rename(part, file);
}

async function awaitFile(file: string, source: FileSource, signal: AbortSignal): Promise<Buffer> {
  while (!signal.aborted) {
    const body = await readWhole(file, source.bodyBytesMax);
    if (body !== undefined) return body;
    await wait(source.pollMs, undefined, { signal }).catch(() => {}); // aborted: the loop sees it
  }
  throw new SourceFault('timed_out');
}

/** The file's bytes, or undefined while there is none. Links are not followed out of the folder. */
async function readWhole(file: string, bytesMax: number): Promise<Buffer | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(absent);
  if (handle === undefined) return undefined;
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new SourceFault('body_unreadable');
    if (facts.size > bytesMax) throw new SourceFault('body_too_large');
    const body = Buffer.alloc(facts.size);
    const { bytesRead } = await handle.read(body, 0, facts.size, 0);
    return body.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function sweepLate({ requests, answers }: Folders, clock: Clock): Promise<void> {
  await mkdir(requests, { recursive: true, mode: 0o770 });
  await mkdir(answers, { recursive: true, mode: 0o770 });
  const oldest = clock.now().getTime() - LATE_ANSWER_MS;
  for (const name of await readdir(answers)) {
    const file = join(answers, name);
    const facts = await stat(file).catch(absent);
    if (facts !== undefined && facts.mtimeMs < oldest) await rm(file, { force: true });
  }
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

const FOLDER_ERRORS: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EPERM',
  'ENOENT',
  'ENOTDIR',
  'ENOSPC',
  'EROFS',
  'EIO',
  'ELOOP',
  'ESTALE',
]);

/** The folder is the source's place: what is wrong with it is its fault. */
function folderFault(error: unknown): SourceFault | undefined {
  if (error instanceof SourceFault) return error;
  const isFolder = error instanceof Error && 'code' in error && FOLDER_ERRORS.has(error.code);
  return isFolder ? new SourceFault('folder_unusable') : undefined;
}
