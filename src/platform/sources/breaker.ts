import type { Clock } from '#kernel';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** The leave of one call. */
export type Pass = { readonly isProbe: boolean };

/**
 * Stops asking a source that keeps failing: `failures` in a row open it, for `openMs` nothing is asked, then one call
 * at a time tries (half open); its success closes, its failure opens anew.
 */
export class Breaker {
  readonly #rule: { readonly failures: number; readonly openMs: number };
  readonly #clock: Clock;
  #failed = 0;
  #openedAt: number | undefined;
  #probe: Pass | undefined;

  constructor(rule: { readonly failures: number; readonly openMs: number }, clock: Clock) {
    this.#rule = rule;
    this.#clock = clock;
  }

  get state(): BreakerState {
    if (this.#openedAt === undefined) return 'closed';
    return this.#clock.now().getTime() - this.#openedAt < this.#rule.openMs ? 'open' : 'half_open';
  }

  /** The pass of a call that may go, or undefined; in half open it is the one probe. Each pass is settled exactly once. */
  admit(): Pass | undefined {
    const { state } = this;
    if (state === 'open' || (state === 'half_open' && this.#probe !== undefined)) return undefined;
    const pass = Object.freeze({ isProbe: state === 'half_open' });
    if (pass.isProbe) this.#probe = pass;
    return pass;
  }

  /** `neither`: the call says nothing about the source (it was called off, or told to come later). */
  settle(pass: Pass, result: 'answered' | 'failed' | 'neither'): void {
    if (pass === this.#probe) this.#probe = undefined;
    if (result === 'neither') return;
    if (result === 'answered') {
      this.#failed = 0;
      this.#openedAt = undefined;
      return;
    }
    this.#failed += 1;
    if (pass.isProbe || this.#failed >= this.#rule.failures) this.#openedAt = this.#clock.now().getTime();
  }
}
