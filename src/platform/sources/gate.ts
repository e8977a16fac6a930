import { SourceFault } from './fault.ts';

type Waiter = { readonly enter: () => void; readonly giveUp: () => void };

/** Calls at once of a source in this process, and who waits for a place. */
export type GateState = {
  readonly limit: number;
  readonly running: number;
  readonly waiting: number;
  /** Institutions that have a place or wait for one, and the places each can be sure of. */
  readonly parties: number;
  readonly share: number;
};

/**
 * Bounds how many calls of a source run at once in this process, and how many may wait for a place. When places are
 * short they go round by institution: the next is for whoever has fewest, and among these for whoever waited longest
 * since its last turn. One that floods the queue waits behind its own calls, not before those of others.
 */
export class Gate {
  #concurrencyMax: number;
  readonly #queueMax: number;
  /** In the order of turns: whoever was served goes to the end. No party without a waiter stands here. */
  readonly #queues: Map<string, Set<Waiter>> = new Map();
  readonly #running: Map<string, number> = new Map();
  #places = 0;
  #waiting = 0;

  constructor({ concurrencyMax, queueMax }: { concurrencyMax: number; queueMax: number }) {
    this.#concurrencyMax = concurrencyMax;
    this.#queueMax = queueMax;
  }

  get state(): GateState {
    const parties = new Set([...this.#running.keys(), ...this.#queues.keys()]).size;
    return {
      limit: this.#concurrencyMax,
      running: this.#places,
      waiting: this.#waiting,
      parties,
      share: Math.max(1, Math.floor(this.#concurrencyMax / Math.max(1, parties))),
    };
  }

  /** Places and waiting calls of one institution. */
  stateOf(party: string): { running: number; waiting: number } {
    return { running: this.#running.get(party) ?? 0, waiting: this.#queues.get(party)?.size ?? 0 };
  }

  /** From now on so many at once; running calls end in their own time. */
  change(concurrencyMax: number): void {
    this.#concurrencyMax = concurrencyMax;
    this.#fill();
  }

  /**
   * Waits for a place; every place taken is given back by `leave` of the same institution. Throws `queue_full` at once,
   * or when the signal ends the wait, or when the queue is full and another institution has less than its share of it:
   * a call that never reached the source says nothing about it.
   */
  async enter(party: string, signal: AbortSignal): Promise<void> {
    if (this.#places < this.#concurrencyMax && this.#waiting === 0) return this.#seat(party);
    if (signal.aborted || !this.#makeRoom(party)) throw new SourceFault('queue_full');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      this.#forget(party, waiter);
      reject(new SourceFault('queue_full'));
    };
    const waiter = { enter: resolve, giveUp };
    this.#queueOf(party).add(waiter);
    this.#waiting += 1;
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Hands the place on. */
  leave(party: string): void {
    this.#places -= 1;
    const left = (this.#running.get(party) ?? 0) - 1;
    if (left > 0) this.#running.set(party, left);
    else this.#running.delete(party);
    this.#fill();
  }

  #seat(party: string): void {
    this.#places += 1;
    this.#running.set(party, (this.#running.get(party) ?? 0) + 1);
  }

  #fill(): void {
    while (this.#places < this.#concurrencyMax) {
      const party = this.#nextParty();
      const [waiter] = (party === undefined ? undefined : this.#queues.get(party)) ?? [];
      if (party === undefined || waiter === undefined) return;
      const queue = this.#forget(party, waiter);
      if (queue !== undefined) {
        this.#queues.delete(party); // to the end of the turns
        this.#queues.set(party, queue);
      }
      this.#seat(party);
      waiter.enter();
    }
  }

  #nextParty(): string | undefined {
    let next: string | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const party of this.#queues.keys()) {
      const running = this.#running.get(party) ?? 0;
      if (running < fewest) [next, fewest] = [party, running];
    }
    return next;
  }

  /** In a full queue the latest call of whoever waits with most gives way to one that waits with fewer by two. */
  #makeRoom(party: string): boolean {
    if (this.#waiting < this.#queueMax) return true;
    const [longest] = [...this.#queues].sort(([, one], [, other]) => other.size - one.size);
    if (longest === undefined || longest[1].size < this.stateOf(party).waiting + 2) return false;
    [...longest[1]].at(-1)?.giveUp();
    return true;
  }

  #queueOf(party: string): Set<Waiter> {
    const known = this.#queues.get(party);
    if (known !== undefined) return known;
    const fresh = new Set<Waiter>();
    this.#queues.set(party, fresh);
    return fresh;
  }

  /** The party's queue, if anything is left in it. */
  #forget(party: string, waiter: Waiter): Set<Waiter> | undefined {
    const queue = this.#queues.get(party);
    if (queue?.delete(waiter) === true) this.#waiting -= 1;
    if (queue?.size === 0) this.#queues.delete(party);
    return queue === undefined || queue.size === 0 ? undefined : queue;
  }
}
