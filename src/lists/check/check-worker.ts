import assert from 'node:assert';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { Refusal } from '#kernel';
import { openRows } from '../files/open-rows.ts';
import { type CheckTask, type FromWorker, type ToWorker, UNTAKEN_BUFFERS_MAX } from './check-task.ts';
import { checkRows, type LineSink } from './check-rows.ts';

/*
 * The thread that reads and checks files, one after another. Each ends with `done`, with `refused`, or by an error of
 * the thread, which is the end of the thread too. It is started by check-file.ts only.
 */
assert(parentPort !== null, 'runs as a worker thread');
listen(parentPort);

type Post = (message: FromWorker, transfer?: ArrayBuffer[]) => void;

function listen(port: MessagePort): void {
  const post: Post = (message, transfer = []) => port.postMessage(message, transfer);
  let taken = (): void => {};
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'taken') return taken();
    const sink = sinkOn(post);
    taken = sink.taken;
    run(message.task, sink, post).catch((error: unknown) => {
      setImmediate(() => {
        throw error; // a programmer's error ends the thread and reaches the caller as the thread's error
      });
    });
  });
}

async function run(task: CheckTask, sink: LineSink, post: Post): Promise<void> {
  try {
    post({ kind: 'done', checked: await checkRows(task, sink, openRows) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    post({ kind: 'refused', code: error.code, text: error.text, params: error.params });
  }
}

/** Waits before sending while too many buffers are on their way. */
function sinkOn(post: Post): LineSink & { taken: () => void } {
  let untaken = 0;
  let resume: (() => void) | null = null;
  return {
    taken() {
      untaken -= 1;
      resume?.();
      resume = null;
    },
    async send(kind, bytes) {
      if (untaken >= UNTAKEN_BUFFERS_MAX) await new Promise<void>((resolve) => (resume = resolve));
      untaken += 1;
      post({ kind, bytes }, [bytes.buffer]);
    },
    progress: (progress) => post({ kind: 'progress', progress }),
  };
}
