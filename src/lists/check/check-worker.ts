import assert from 'node:assert';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Refusal } from '#kernel';
import { openRows } from '../files/open-rows.ts';
import { type CheckTask, type FromWorker, type ToWorker, UNTAKEN_BUFFERS_MAX } from './check-task.ts';
import { checkRows, type LineSink } from './check-rows.ts';

/*
 * The thread that reads and checks one file. It ends with `done`, with `refused`, or by an error of its own, which the
 * caller sees as the thread's error. It is started by check-file.ts only.
 */
assert(parentPort !== null, 'runs as a worker thread');
await run(workerData as CheckTask, parentPort);

async function run(task: CheckTask, port: MessagePort): Promise<void> {
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  try {
    post({ kind: 'done', summary: await checkRows(task, sinkOn(port, post), openRows) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    post({ kind: 'refused', code: error.code, text: error.text, params: error.params });
  } finally {
    port.close();
  }
}

/** Waits before sending while too many buffers are on their way. */
function sinkOn(port: MessagePort, post: (message: FromWorker, transfer?: ArrayBuffer[]) => void): LineSink {
  let untaken = 0;
  let resume: (() => void) | null = null;
  port.on('message', (_taken: ToWorker) => {
    untaken -= 1;
    resume?.();
    resume = null;
  });
  return {
    async send(kind, bytes) {
      if (untaken >= UNTAKEN_BUFFERS_MAX) await new Promise<void>((resolve) => (resume = resolve));
      untaken += 1;
      post({ kind, bytes }, [bytes.buffer]);
    },
    progress: (progress) => post({ kind: 'progress', progress }),
  };
}
