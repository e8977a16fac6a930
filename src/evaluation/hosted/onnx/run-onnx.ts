import { Worker } from 'node:worker_threads';
import { HOSTED_LIMITS, type HostedLimits } from '../hosted-limits.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { OnnxFeed, OnnxReply, OnnxStart, OnnxTask } from './onnx-task.ts';

export type OnnxCall = {
  /** Institution and model: a thread holds one model of one institution and nothing of any other. */
  readonly model: string;
  /** Asked for when no thread holds the model. */
  readonly bytes: Uint8Array;
  readonly rows: readonly (readonly OnnxFeed[])[];
  readonly output: string;
};

/** `too_slow`: the time was over and the thread was ended. `failed`: also for want of memory. */
export type OnnxOutcome =
  | { readonly kind: 'answer'; readonly outputs: readonly (readonly number[])[] }
  | { readonly kind: 'too_slow' }
  | { readonly kind: 'failed' };

export type OnnxRunner = {
  /** Throws `hosted.busy` or `hosted.onnx_not_installed`. */
  run(call: OnnxCall): Promise<OnnxOutcome>;
  close(): Promise<void>;
};

export type OnnxRunnerParts = {
  readonly limits?: Partial<HostedLimits>;
  readonly isInstalled?: () => boolean;
};

/** The optional part is there. */
export function hasOnnxRuntime(): boolean {
  try {
    import.meta.resolve('onnxruntime-web');
    return true;
  } catch {
    return false;
  }
}

type Slot = { readonly thread: ModelThread; queue: Promise<unknown>; waiting: number };

/**
 * Runs models in threads of their own, one call of a model at a time. What takes too long is ended with its thread, and the
 * next call has a fresh one. Few threads are kept; the one that was used longest ago goes first.
 */
export function openOnnxRunner({ limits, isInstalled = hasOnnxRuntime }: OnnxRunnerParts = {}): OnnxRunner {
  const bounds = { ...HOSTED_LIMITS, ...limits };
  const slots = new Map<string, Slot>();
  const slotOf = async (model: string): Promise<Slot> => {
    const slot = slots.get(model) ?? {
      thread: new ModelThread(bounds),
      queue: Promise.resolve(),
      waiting: 0,
    };
    slots.delete(model);
    slots.set(model, slot); // last: used just now
    const idle = [...slots].find(([other, { waiting }]) => other !== model && waiting === 0);
    if (slots.size > bounds.onnxThreadsMax && idle !== undefined) {
      slots.delete(idle[0]);
      await idle[1].thread.end();
    }
    return slot;
  };
  return {
    async run(call) {
      if (!isInstalled()) throw hostedRefusal('hosted.onnx_not_installed');
      const slot = await slotOf(call.model);
      if (slot.waiting >= bounds.onnxWaitingMax) throw hostedRefusal('hosted.busy');
      slot.waiting += 1;
      const outcome = slot.queue.then(() => slot.thread.run(call)).finally(() => (slot.waiting -= 1));
      slot.queue = outcome.catch(() => {}); // each caller has its own outcome
      return await outcome;
    },
    async close() {
      const open = [...slots.values()];
      slots.clear();
      await Promise.all(open.map(({ thread }) => thread.end()));
    },
  };
}

/** Owns the thread of one model; calls come one at a time. */
class ModelThread {
  readonly #limits: HostedLimits;
  #worker: Worker | undefined;

  constructor(limits: HostedLimits) {
    this.#limits = limits;
  }

  async run({ bytes, rows, output }: OnnxCall): Promise<OnnxOutcome> {
    const { onnxLoadMs, onnxRunMs } = this.#limits;
    if (this.#worker === undefined) {
      const worker = this.#start(bytes);
      const loaded = await this.#settle(await replyOf(worker, onnxLoadMs));
      if (loaded.kind !== 'loaded') return loaded;
    }
    const worker = this.#worker;
    if (worker === undefined) return { kind: 'failed' };
    const answered = replyOf(worker, onnxRunMs);
    worker.postMessage({ rows, output } satisfies OnnxTask);
    const outcome = await this.#settle(await answered);
    return outcome.kind === 'loaded' ? { kind: 'failed' } : outcome;
  }

  async end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(model: Uint8Array): Worker {
    const { onnxHeapMebibytes, onnxMemoryPages } = this.#limits;
    const worker = new Worker(new URL('./onnx-worker.ts', import.meta.url), {
      workerData: { model, memoryPages: onnxMemoryPages } satisfies OnnxStart,
      resourceLimits: { maxOldGenerationSizeMb: onnxHeapMebibytes, maxYoungGenerationSizeMb: 16 },
      env: {},
      stdout: true, // the runtime's own messages may repeat values
      stderr: true,
    });
    worker.unref(); // a loaded model keeps no process alive
    worker.on('error', () => {}); // told by replyOf to whoever waits
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  /** A thread that did not answer, or could not load its model, is not used again. */
  async #settle(reply: OnnxReply | 'too_slow' | 'ended'): Promise<OnnxOutcome | { readonly kind: 'loaded' }> {
    if (typeof reply === 'string' || reply.kind === 'unloadable') {
      await this.end();
      return { kind: reply === 'too_slow' ? 'too_slow' : 'failed' };
    }
    return reply;
  }
}

/** The thread's next message; whoever waits for it keeps the process alive by the timer. */
function replyOf(worker: Worker, withinMs: number): Promise<OnnxReply | 'too_slow' | 'ended'> {
  return new Promise((resolve) => {
    const settle = (reply: OnnxReply | 'too_slow' | 'ended'): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('error', onEnd).off('exit', onEnd);
      resolve(reply);
    };
    const onEnd = (): void => settle('ended');
    const timer = setTimeout(() => settle('too_slow'), withinMs);
    worker.on('message', settle).on('error', onEnd).on('exit', onEnd);
  });
}
