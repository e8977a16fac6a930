import { beijingDate, type Clock } from '#kernel';
import { EqualShares } from '../interfaces/equal-shares.ts';
import { SourceFault } from './fault.ts';

export type AllowedCalls = { readonly perMinute: number; readonly perDay: number };

/**
 * Counts the calls of one interface against what the source allows, the minute in equal shares per institution. Both
 * bounds hold for all processes together, as far as the last exchange of counts told.
 */
export class Capacity {
  readonly shares: EqualShares;
  readonly #clock: Clock;
  #allowed: AllowedCalls;
  #day = '';
  #elsewhere = 0;
  #unwritten = 0;

  constructor(scope: string, allowed: AllowedCalls, clock: Clock) {
    this.shares = new EqualShares(scope, clock);
    this.#allowed = allowed;
    this.#clock = clock;
  }

  get allowed(): AllowedCalls {
    return this.#allowed;
  }

  change(allowed: AllowedCalls): void {
    this.#allowed = allowed;
  }

  /** Takes one call for this institution, or throws `day_full` or `minute_full`. */
  take(party: string): void {
    this.#turn();
    if (this.#elsewhere + this.#unwritten >= this.#allowed.perDay) throw new SourceFault('day_full');
    if (!this.shares.take(party, this.#allowed.perMinute).isTaken) throw new SourceFault('minute_full');
    this.#unwritten += 1;
  }

  /** Calls of this process that the database does not know yet. */
  get unwritten(): number {
    this.#turn();
    return this.#unwritten;
  }

  /** The database now holds `written` of ours, and `total` of all processes today. */
  learn(written: number, total: number): void {
    this.#turn();
    this.#unwritten = Math.max(0, this.#unwritten - written);
    this.#elsewhere = total;
  }

  #turn(): void {
    const day = beijingDate(this.#clock.now());
    if (day === this.#day) return;
    this.#day = day;
    this.#elsewhere = 0;
    this.#unwritten = 0;
  }
}
