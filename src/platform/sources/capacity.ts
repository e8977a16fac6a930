import { beijingDate, type Clock } from '#kernel';
import { SourceFault } from './fault.ts';

/**
 * Counts the calls of one interface against what the source allows. The minute is this process's own; the day starts
 * from what all processes used, as far as the last write of counts told.
 */
export class Capacity {
  readonly #allowed: { readonly perMinute: number; readonly perDay: number };
  readonly #clock: Clock;
  #minute = 0;
  #inMinute = 0;
  #day = '';
  #elsewhere = 0;
  #unwritten = 0;

  constructor(allowed: { readonly perMinute: number; readonly perDay: number }, clock: Clock) {
    this.#allowed = allowed;
    this.#clock = clock;
  }

  /** Takes one call, or throws `minute_full` or `day_full`. */
  take(): void {
    this.#turn();
    if (this.#inMinute >= this.#allowed.perMinute) throw new SourceFault('minute_full');
    if (this.#elsewhere + this.#unwritten >= this.#allowed.perDay) throw new SourceFault('day_full');
    this.#inMinute += 1;
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
    const now = this.#clock.now();
    const minute = Math.floor(now.getTime() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#inMinute = 0;
    }
    const day = beijingDate(now);
    if (day === this.#day) return;
    this.#day = day;
    this.#elsewhere = 0;
    this.#unwritten = 0;
  }
}
