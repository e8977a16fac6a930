import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beijingTime, Refusal } from '#kernel';
import type { ListsContext } from '../lists-context.ts';
import { receive } from './receive.ts';

/** A file counts as complete when it has not grown for this long; departments copy over slow shares. */
const SETTLED_MS = 5_000;

/**
 * Takes in every settled file of `<inbox>/<provider>/<contract>/`; a `mapping.yaml` beside the files applies to them.
 * A taken file moves to `taken/` in its folder, a refused one to `refused/` with a note; nothing is ever deleted.
 * Returns how many were taken. Calling it again, or from two processes, is safe: the same bytes are one delivery.
 */
export async function sweepInbox(context: ListsContext, inbox: string): Promise<number> {
  let taken = 0;
  for (const provider of await foldersIn(inbox)) {
    for (const contractId of await foldersIn(join(inbox, provider))) {
      taken += await sweepFolder(context, join(inbox, provider, contractId), { provider, contractId });
    }
  }
  return taken;
}

async function sweepFolder(
  context: ListsContext,
  folder: string,
  { provider, contractId }: { provider: string; contractId: string },
): Promise<number> {
  const mapping = await readFile(join(folder, 'mapping.yaml'), 'utf8').catch(() => '');
  let taken = 0;
  for (const fileName of await settledFiles(context, folder)) {
    const path = join(folder, fileName);
    const kind = kindOf(fileName);
    const receivedBy = `inbox:${provider}`;
    const request = { contractId, provider, kind, fileName, mapping, isSynthetic: false, receivedBy };
    try {
      await receive(context, request, createReadStream(path));
      await moveInto(folder, 'taken', fileName);
      taken += 1;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await moveInto(folder, 'refused', fileName);
      const note = `${beijingTime(context.clock.now())} ${JSON.stringify(error, null, 2)}\n`;
      await writeFile(join(folder, 'refused', `${fileName}.txt`), note);
    }
  }
  return taken;
}

/** `withdrawal-*` names keys whose records end; anything else brings records. */
function kindOf(fileName: string): 'records' | 'withdrawal' {
  return fileName.startsWith('withdrawal-') ? 'withdrawal' : 'records';
}

async function settledFiles(context: ListsContext, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(
    (entry) => entry.isFile() && !/^\.|^mapping\.yaml$|\.(tmp|part)$/.test(entry.name),
  );
  const settled: string[] = [];
  for (const { name } of names) {
    const { mtimeMs } = await stat(join(folder, name));
    if (context.clock.now().getTime() - mtimeMs >= SETTLED_MS) settled.push(name);
  }
  return settled.sort();
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

async function moveInto(folder: string, place: string, fileName: string): Promise<void> {
  await mkdir(join(folder, place), { recursive: true });
  await rename(join(folder, fileName), join(folder, place, fileName));
}
