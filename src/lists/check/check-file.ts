import { Worker } from 'node:worker_threads';
import { Refusal } from '#kernel';
import type { Checked, CheckProgress, CheckSummary, CheckTask, FromWorker, ToWorker } from './check-task.ts';
import { codeTablesNeeded } from './columns.ts';
import { addLines } from './add-lines.ts';
import { MerkleTree } from './merkle.ts';

/** Takes what the check makes, one call at a time, in file order within each kind. Bytes are whole COPY lines. */
export type CheckSink = {
  /** Lines of `copyColumnsOf(contract)`. */
  rows(lines: Buffer): Promise<void>;
  /** Lines of `DEFECT_COLUMNS`. */
  defects(lines: Buffer): Promise<void>;
  progress?(progress: CheckProgress): void;
};

/** Heap of the checking thread. A file is streamed, so more than this means a defect of ours; the thread then ends alone. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 } as const;

/** A thread takes longer to start than most files to check, so one that has done its work waits for the next file. */
let idle: Worker | undefined;

/**
 * Checks one file in a thread of its own and hands accepted rows and defects to the sink, at the sink's pace.
 * Throws the Refusal that the check met, the sink's error, or the thread's error; after any but a Refusal the thread is not used again.
 */
export async function checkFile(task: CheckTask, sink: CheckSink): Promise<CheckSummary> {
  const worker = takeWorker();
  const merkle = new MerkleTree();
  const hashing: CheckSink = {
    ...sink,
    rows: async (lines) => {
      addLines(merkle, lines); // here and not in the thread, which is the slower of the two
      await sink.rows(lines);
    },
  };
  try {
    const checked = await follow(worker, { ...task, codeTables: neededOf(task) }, hashing);
    keepWorker(worker);
    return { ...checked, merkleRoot: merkle.root() };
  } catch (error) {
    if (error instanceof Refusal) keepWorker(worker);
    else await worker.terminate();
    throw error;
  }
}

function takeWorker(): Worker {
  const worker =
    idle ?? new Worker(new URL('./check-worker.ts', import.meta.url), { resourceLimits: WORKER_LIMITS });
  idle = undefined;
  worker.removeAllListeners();
  worker.ref();
  return worker;
}

/** An idle thread keeps no process alive. */
function keepWorker(worker: Worker): void {
  worker.removeAllListeners();
  worker.once('error', () => {
    if (idle === worker) idle = undefined;
  });
  worker.unref();
  if (idle === undefined) idle = worker;
  else worker.terminate().catch(() => {}); // nothing waits for it
}

/** Only what this contract needs crosses to the thread. */
function neededOf({ contract, codeTables }: CheckTask): CheckTask['codeTables'] {
  const needed = new Set(codeTablesNeeded(contract));
  return new Map([...codeTables].filter(([id]) => needed.has(id)));
}

function follow(worker: Worker, task: CheckTask, sink: CheckSink): Promise<Checked> {
  return new Promise((resolve, reject) => {
    worker.postMessage({ kind: 'task', task } satisfies ToWorker);
    let taken = Promise.resolve();
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') return sink.progress?.(message.progress);
      taken = taken.then(async () => {
        const checked = await take(message, sink, worker);
        if (checked !== null) resolve(checked);
      });
      taken.catch(reject);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      const error = new TypeError(`the checking thread ended before its summary, exit code ${code}`);
      taken.then(() => reject(error), reject); // of no effect once the summary has settled the promise
    });
  });
}

async function take(message: FromWorker, sink: CheckSink, worker: Worker): Promise<Checked | null> {
  switch (message.kind) {
    case 'rows':
    case 'defects':
      await sink[message.kind](Buffer.from(message.bytes.buffer, 0, message.bytes.byteLength));
      worker.postMessage({ kind: 'taken' } satisfies ToWorker, []);
      return null;
    case 'refused':
      throw new Refusal(message.code, message.text, message.params);
    case 'done':
      return message.checked;
    case 'progress':
      return null;
  }
}
