import type { Clock } from '#kernel';
import { Tally } from './tally.ts';

/** Where one party stands in the running minute. */
export type Standing = {
  /** Calls of all parties in a minute. */
  readonly limit: number;
  /** What each party can be sure of while `parties` of them are calling. */
  readonly share: number;
  readonly parties: number;
  readonly used: number;
  /** What this party could still call now. */
  readonly left: number;
};

/**
 * Divides a limit per minute among those who call: while there is enough, anyone takes what it needs; when capacity is
 * short, each has an equal share, whoever came first. What a party asked for in the minute before is kept for it, up to
 * its share; a party that asks for little leaves the rest to the others.
 */
export class EqualShares {
  readonly tally: Tally;

  constructor(scope: string, clock: Clock) {
    this.tally = new Tally(scope, clock);
  }

  /** Takes one call if the party may have it. */
  take(party: string, limit: number): Standing & { readonly isTaken: boolean } {
    this.tally.wish(party);
    const standing = this.standing(party, limit);
    if (standing.left <= 0) return { ...standing, isTaken: false };
    this.tally.add(party);
    return { ...standing, used: standing.used + 1, left: standing.left - 1, isTaken: true };
  }

  standing(party: string, limit: number): Standing {
    const { tally } = this;
    const parties = tally.parties() + (tally.knows(party) ? 0 : 1);
    const share = Math.max(1, Math.floor(limit / parties));
    const used = tally.of(party);
    const free = limit - used - tally.keptForOthers(party, share);
    const ofShare = Math.min(share - used, limit - tally.total());
    return { limit, share, parties, used, left: Math.max(0, free, ofShare) };
  }
}
