/** What was counted of one interface in one minute. */
export type MinuteCount = {
  readonly sourceId: string;
  readonly contractId: string;
  readonly minute: Date;
  calls: number;
  failed: number;
  slow: number;
  msTotal: number;
  lastAnsweredAt: Date | null;
};

/** Calls counted in memory until they are written: a call never waits for the node's own database. */
export class Counts {
  #minutes = new Map<string, MinuteCount>();

  /** One attempt that began at `at` and took `ms`. */
  add(
    of: { readonly sourceId: string; readonly contractId: string; readonly at: Date },
    { outcome, ms }: { readonly outcome: 'answered' | 'failed' | 'slow'; readonly ms: number },
  ): void {
    const count = this.#at(of.sourceId, of.contractId, of.at);
    count.calls += 1;
    count.msTotal += Math.round(ms);
    if (outcome === 'answered') count.lastAnsweredAt = of.at;
    else count.failed += 1;
    if (outcome === 'slow') count.slow += 1;
  }

  /** Hands over what was counted so far, to be written. */
  take(): MinuteCount[] {
    const taken = [...this.#minutes.values()];
    this.#minutes = new Map();
    return taken;
  }

  /** What could not be written is counted on. */
  putBack(counts: readonly MinuteCount[]): void {
    for (const { sourceId, contractId, minute, calls, failed, slow, msTotal, lastAnsweredAt } of counts) {
      const count = this.#at(sourceId, contractId, minute);
      count.calls += calls;
      count.failed += failed;
      count.slow += slow;
      count.msTotal += msTotal;
      count.lastAnsweredAt ??= lastAnsweredAt;
    }
  }

  #at(sourceId: string, contractId: string, at: Date): MinuteCount {
    const minute = new Date(Math.floor(at.getTime() / 60_000) * 60_000);
    const key = `${sourceId}|${contractId}|${minute.getTime()}`;
    const known = this.#minutes.get(key);
    if (known !== undefined) return known;
    const fresh = {
      sourceId,
      contractId,
      minute,
      calls: 0,
      failed: 0,
      slow: 0,
      msTotal: 0,
      lastAnsweredAt: null,
    };
    this.#minutes.set(key, fresh);
    return fresh;
  }
}
