/** What was counted of one interface in one minute. */
export type MinuteCount = {
  readonly sourceId: string;
  readonly contractId: string;
  readonly minute: Date;
  calls: number;
  failed: number;
  slow: number;
  /** Wanted and not made, because a limit or the breaker stood in the way. */
  refused: number;
  msTotal: number;
  /** Calls by time taken: one number per bound of `TIME_BOUNDS_MS`, the last for everything slower. */
  readonly times: number[];
  lastAnsweredAt: Date | null;
};

/** Upper bounds of the times that are told apart; a published figure says "within". */
const TIME_BOUNDS_MS = [50, 100, 250, 500, 1_000, 2_500, 5_000] as const;

type Counted = { readonly sourceId: string; readonly contractId: string; readonly at: Date };

/** Calls counted in memory until they are written: a call never waits for the node's own database. */
export class Counts {
  #minutes = new Map<string, MinuteCount>();

  /** One attempt that began at `at` and took `ms`. */
  add(
    of: Counted,
    { outcome, ms }: { readonly outcome: 'answered' | 'failed' | 'slow'; readonly ms: number },
  ): void {
    const count = this.#at(of);
    count.calls += 1;
    count.msTotal += Math.round(ms);
    const within = TIME_BOUNDS_MS.findIndex((bound) => ms <= bound);
    addAt(count.times, within < 0 ? TIME_BOUNDS_MS.length : within, 1);
    if (outcome === 'answered') count.lastAnsweredAt = of.at;
    else count.failed += 1;
    if (outcome === 'slow') count.slow += 1;
  }

  /** One question that the node did not put to the source. */
  refuse(of: Counted): void {
    this.#at(of).refused += 1;
  }

  /** Hands over what was counted so far, to be written. */
  take(): MinuteCount[] {
    const taken = [...this.#minutes.values()];
    this.#minutes = new Map();
    return taken;
  }

  /** What could not be written is counted on. */
  putBack(counts: readonly MinuteCount[]): void {
    for (const { sourceId, contractId, minute, calls, failed, slow, ...more } of counts) {
      const count = this.#at({ sourceId, contractId, at: minute });
      count.calls += calls;
      count.failed += failed;
      count.slow += slow;
      count.refused += more.refused;
      count.msTotal += more.msTotal;
      for (const [at, times] of more.times.entries()) addAt(count.times, at, times);
      count.lastAnsweredAt ??= more.lastAnsweredAt;
    }
  }

  #at({ sourceId, contractId, at }: Counted): MinuteCount {
    const minute = new Date(Math.floor(at.getTime() / 60_000) * 60_000);
    const key = `${sourceId}|${contractId}|${minute.getTime()}`;
    const known = this.#minutes.get(key);
    if (known !== undefined) return known;
    const zeros = { calls: 0, failed: 0, slow: 0, refused: 0, msTotal: 0 };
    const times = Array.from({ length: TIME_BOUNDS_MS.length + 1 }, () => 0);
    const fresh = { sourceId, contractId, minute, ...zeros, times, lastAnsweredAt: null };
    this.#minutes.set(key, fresh);
    return fresh;
  }
}

function addAt(numbers: number[], at: number, more: number): void {
  numbers[at] = (numbers[at] ?? 0) + more;
}

/** The bound within which this share of the calls ended, in ms; null: slower than the last bound, or no calls at all. */
export function timeWithin(times: readonly number[], share: number): number | null {
  const calls = times.reduce((sum, count) => sum + count, 0);
  if (calls === 0) return null;
  let seen = 0;
  for (const [at, bound] of TIME_BOUNDS_MS.entries()) {
    seen += times[at] ?? 0;
    if (seen >= calls * share) return bound;
  }
  return null;
}
