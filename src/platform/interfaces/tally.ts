import type { Clock } from '#kernel';

/** Of one party in one minute; `wished` counts also what was not given. */
type Count = { here: number; written: number; elsewhere: number; wished: number };

/** Calls of one party in one minute: those that are to be written, or what all processes have written. */
export type PartyCalls = {
  readonly scope: string;
  readonly party: string;
  readonly minute: Date;
  readonly calls: number;
};

/** Parties counted apart within a minute; those beyond share one count, so that made-up addresses cost no memory. */
const PARTIES_MAX = 20_000;
const OTHERS = 'others';
const MINUTE_MS = 60_000;

/** Counts the calls of each party in the running minute: our own at once, those of other processes as last learnt. */
export class Tally {
  readonly scope: string;
  readonly #clock: Clock;
  #minute = 0;
  #total = 0;
  #counts = new Map<string, Count>();
  #before: ReadonlyMap<string, Count> = new Map();

  constructor(scope: string, clock: Clock) {
    this.scope = scope;
    this.#clock = clock;
  }

  /** Counts one call that is wanted, whether it is given or not. */
  wish(party: string): void {
    this.#countOf(party).wished += 1;
  }

  /** Counts one call that is given. Returns the party's calls in this minute. */
  add(party: string): number {
    const count = this.#countOf(party);
    count.here += 1;
    this.#total += 1;
    return callsOf(count);
  }

  /** Calls of this party in this minute. */
  of(party: string): number {
    this.#turn();
    return callsOf(this.#counts.get(party));
  }

  /** How many called in this minute or the one before. */
  parties(): number {
    this.#turn();
    let all = this.#counts.size;
    for (const party of this.#before.keys()) if (!this.#counts.has(party)) all += 1;
    return all;
  }

  /** Calls that are the others': what they have used, or asked for in this minute or the one before, up to `share`. */
  keptForOthers(party: string, share: number): number {
    this.#turn();
    let kept = 0;
    for (const [other, count] of this.#counts) {
      if (other === party) continue;
      const wished = Math.max(wishesOf(count), wishesOf(this.#before.get(other)));
      kept += Math.max(callsOf(count), Math.min(share, wished));
    }
    for (const [other, count] of this.#before) {
      if (other !== party && !this.#counts.has(other)) kept += Math.min(share, wishesOf(count));
    }
    return kept;
  }

  /** Whether it called in this minute or the one before. */
  knows(party: string): boolean {
    this.#turn();
    return this.#counts.has(party) || this.#before.has(party);
  }

  /** Calls of all in this minute. */
  total(): number {
    this.#turn();
    return this.#total;
  }

  /** The beginning of the running minute. */
  minute(): Date {
    this.#turn();
    return new Date(this.#minute * MINUTE_MS);
  }

  /** Until the minute ends, at least 1. */
  secondsLeft(): number {
    return Math.max(1, Math.ceil((MINUTE_MS - (this.#clock.now().getTime() % MINUTE_MS)) / 1_000));
  }

  /** What is to be written of this minute; `learn` says that it was. A minute that has ended bounds nothing any more. */
  unwritten(): PartyCalls[] {
    const minute = this.minute();
    return [...this.#counts]
      .filter(([, { here, written }]) => here > written)
      .map(([party, { here, written }]) => ({ scope: this.scope, party, minute, calls: here - written }));
  }

  /** What all processes have written of a party; `written`: what of it is ours and new. */
  learn({ party, minute, calls }: PartyCalls, written: number): void {
    if (minute.getTime() !== this.minute().getTime()) return;
    const count = this.#countOf(party);
    count.written += written;
    const elsewhere = Math.max(0, calls - count.written);
    this.#total += elsewhere - count.elsewhere;
    count.elsewhere = elsewhere;
  }

  #countOf(party: string): Count {
    this.#turn();
    const known = this.#counts.get(party);
    if (known !== undefined) return known;
    if (this.#counts.size >= PARTIES_MAX && party !== OTHERS) return this.#countOf(OTHERS);
    const fresh = { here: 0, written: 0, elsewhere: 0, wished: 0 };
    this.#counts.set(party, fresh);
    return fresh;
  }

  #turn(): void {
    const minute = Math.floor(this.#clock.now().getTime() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#before = minute === this.#minute + 1 ? this.#counts : new Map();
    this.#counts = new Map();
    this.#total = 0;
    this.#minute = minute;
  }
}

function callsOf(count: Count | undefined): number {
  return count === undefined ? 0 : count.here + count.elsewhere;
}

/** Other processes tell what they gave, not what they were asked. */
function wishesOf(count: Count | undefined): number {
  return count === undefined ? 0 : Math.max(count.wished, count.here) + count.elsewhere;
}
