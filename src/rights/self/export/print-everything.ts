import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CertifiedKey } from '#kernel';
import { signCades, signPdf } from '#information';
import { SELF_LIMITS } from '../self-limits.ts';
import type { PrintEverything, PrintTask } from './print-shape.ts';
import { splitView } from './print-view.ts';
import type { ZipFile } from './zip.ts';

/** What a node prints with; the certificate is read with the first bundle. */
export function openPrinter(parts: {
  readonly packageFolder: string;
  readonly nodeName: string;
  readonly openKey: () => CertifiedKey;
}): PrintEverything {
  const { packageFolder, nodeName, openKey } = parts;
  return async (view, at) => {
    const key = openKey();
    const views = splitView(view, SELF_LIMITS.linesPerPdfMax);
    const files: ZipFile[] = [];
    for (const [n, one] of views.entries()) {
      const pdf = await typeset({ packageFolder, view: one, at });
      const reason = `${view.title} ${view.footer}`;
      const bytes = signPdf(pdf, { reason, name: nodeName, at, sign: (content) => signCades(content, key) });
      files.push({ name: `everything-${n + 1}.pdf`, bytes });
    }
    return files;
  };
}

/** Loading font and compiler takes longer than printing: a thread that has done its work waits for the next. */
let idle: Worker | undefined;

async function typeset(task: PrintTask): Promise<Buffer> {
  const worker = idle ?? new Worker(new URL('./print-worker.ts', import.meta.url));
  idle = undefined;
  worker.removeAllListeners();
  worker.ref();
  try {
    const answer = once(worker, 'message'); // rejects on the thread's error
    worker.postMessage(task);
    const [pdf] = (await answer) as [Uint8Array];
    keepWorker(worker);
    return Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/** An idle thread keeps no process alive. */
function keepWorker(worker: Worker): void {
  worker.once('error', () => {
    if (idle === worker) idle = undefined;
  });
  worker.unref();
  if (idle === undefined) idle = worker;
  else worker.terminate().catch(() => {}); // nothing waits for it
}
