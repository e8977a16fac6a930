import { Worker } from 'node:worker_threads';
import { Refusal } from '#kernel';
import type { CheckProgress, CheckSummary, CheckTask, FromWorker, ToWorker } from './check-task.ts';
import { codeTablesNeeded } from './columns.ts';

/** Takes what the check makes, one call at a time, in file order within each kind. Bytes are whole COPY lines. */
export type CheckSink = {
  /** Lines of `copyColumnsOf(contract)`. */
  rows(lines: Buffer): Promise<void>;
  /** Lines of `DEFECT_COLUMNS`. */
  defects(lines: Buffer): Promise<void>;
  progress?(progress: CheckProgress): void;
};

/** Heap of the checking thread. A file is streamed, so more than this means a defect of ours; the thread then ends alone. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 160, maxYoungGenerationSizeMb: 32 } as const;

/**
 * Checks one file in a thread of its own and hands accepted rows and defects to the sink, at the sink's pace.
 * Throws the Refusal that the check met, the sink's error, or the thread's; the thread has ended when this settles.
 */
export async function checkFile(task: CheckTask, sink: CheckSink): Promise<CheckSummary> {
  const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
    workerData: { ...task, codeTables: neededOf(task) } satisfies CheckTask,
    name: `check ${task.deliveryNo ?? ''}`.trim(),
    resourceLimits: WORKER_LIMITS,
  });
  try {
    return await follow(worker, sink);
  } finally {
    await worker.terminate();
  }
}

/** Only what this contract needs crosses to the thread. */
function neededOf({ contract, codeTables }: CheckTask): CheckTask['codeTables'] {
  const needed = new Set(codeTablesNeeded(contract));
  return new Map([...codeTables].filter(([id]) => needed.has(id)));
}

function follow(worker: Worker, sink: CheckSink): Promise<CheckSummary> {
  return new Promise((resolve, reject) => {
    let taken = Promise.resolve();
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') return sink.progress?.(message.progress);
      taken = taken.then(async () => {
        const summary = await take(message, sink, worker);
        if (summary !== null) resolve(summary);
      });
      taken.catch(reject);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      const error = new Error(`the checking thread ended before its summary, exit code ${code}`);
      taken.then(() => reject(error), reject); // of no effect once the summary has settled the promise
    });
  });
}

async function take(message: FromWorker, sink: CheckSink, worker: Worker): Promise<CheckSummary | null> {
  switch (message.kind) {
    case 'rows':
    case 'defects':
      await sink[message.kind](Buffer.from(message.bytes.buffer, 0, message.bytes.byteLength));
      worker.postMessage({ kind: 'taken' } satisfies ToWorker);
      return null;
    case 'refused':
      throw new Refusal(message.code, message.text, message.params);
    case 'done':
      return message.summary;
    case 'progress':
      return null;
  }
}
