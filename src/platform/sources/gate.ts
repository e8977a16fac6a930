import { SourceFault } from './fault.ts';

type Waiter = { readonly enter: () => void };

/** Bounds how many calls of a source run at once in this process, and how many may wait for a place. */
export class Gate {
  readonly #concurrencyMax: number;
  readonly #queueMax: number;
  readonly #queue: Set<Waiter> = new Set();
  #running = 0;

  constructor({ concurrencyMax, queueMax }: { concurrencyMax: number; queueMax: number }) {
    this.#concurrencyMax = concurrencyMax;
    this.#queueMax = queueMax;
  }

  /**
   * Waits for a place, in order of arrival; every place taken is given back by `leave`. Throws `queue_full` at once, or
   * when the signal ends the wait: a call that never reached the source says nothing about it.
   */
  async enter(signal: AbortSignal): Promise<void> {
    if (this.#running < this.#concurrencyMax) {
      this.#running += 1;
      return;
    }
    if (this.#queue.size >= this.#queueMax || signal.aborted) throw new SourceFault('queue_full');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { enter: resolve };
    const giveUp = (): void => {
      this.#queue.delete(waiter);
      reject(new SourceFault('queue_full'));
    };
    this.#queue.add(waiter);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Hands the place to the one who has waited longest. */
  leave(): void {
    const [next] = this.#queue;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#queue.delete(next);
    next.enter();
  }
}
