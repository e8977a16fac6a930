import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Behaviour } from './behaviour.ts';
import type { Datasets } from './datasets.ts';

const LOOK_MS = 20;
const REQUEST = /^([0-9a-f-]{36})\.json$/;

type Parts = { readonly folder: string; readonly datasets: Datasets; readonly behaviour: Behaviour };

/** Answers request files with answer files (GB/T 39443, kind 文件) until the signal. */
export async function serveFiles(parts: Parts, signal: AbortSignal): Promise<void> {
  const requests = join(parts.folder, 'requests');
  await mkdir(requests, { recursive: true, mode: 0o770 });
  await mkdir(join(parts.folder, 'answers'), { recursive: true, mode: 0o770 });
  while (!signal.aborted) {
    for (const name of await readdir(requests)) {
      const id = REQUEST.exec(name)?.[1];
      if (id !== undefined) await answerFile(parts, id).catch(ignoreGone);
    }
    await wait(LOOK_MS);
  }
}

async function answerFile({ folder, datasets, behaviour }: Parts, id: string): Promise<void> {
  const request = join(folder, 'requests', `${id}.json`);
  const { dataset, code, name } = JSON.parse(await readFile(request, 'utf8')) as Record<string, string>;
  await rm(request);
  const { mode, delayMs } = behaviour.take(dataset ?? '');
  if (mode === 'down') return; // nobody answers
  if (delayMs > 0) await wait(delayMs);
  const rows = datasets
    .rows(dataset ?? '', { code: code ?? '', name: name ?? '' })
    .map((row) => inChinese(datasets, dataset ?? '', row));
  const answer = { id: mode === 'other_subject' ? '0' : id, rows };
  const text =
    mode === 'not_json' || mode === 'half'
      ? JSON.stringify(answer).slice(0, -20)
      : mode === 'huge'
        ? ' '.repeat(8 * 1024 * 1024)
        : JSON.stringify(answer);
  const file = join(folder, 'answers', `${id}.json`);
  await writeFile(`${file}.part`, text, { mode: 0o660 });
  await rename(`${file}.part`, file);
}

/** Files of departments have Chinese column names. */
function inChinese(
  { contracts }: Datasets,
  dataset: string,
  row: Record<string, unknown>,
): Record<string, unknown> {
  const fields = contracts.get(dataset)?.fields ?? [];
  return Object.fromEntries(fields.map(({ name, businessName }) => [businessName, row[name]]));
}

/** The one who asked may give up at any moment and take the files away. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
