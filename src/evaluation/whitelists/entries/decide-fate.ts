import type { Verdict } from '../definition/judge.ts';
import type { EntryState, ExitReason } from '../whitelist-tables.ts';

/** Where an enterprise stands, as far as its fate depends on it. Days are Beijing dates. */
export type LiveEntry = {
  readonly state: EntryState;
  readonly rulesHash: string;
  readonly validUntil: string | null;
  readonly reviewBy: string | null;
  readonly reason: ExitReason | null;
};

export type Fate =
  | { readonly to: 'candidate' }
  | { readonly to: 'left' | 'dropped'; readonly reason: ExitReason; readonly rules: readonly string[] };

/**
 * What a run makes of one enterprise; undefined: nothing changes. What was never pushed is dropped, what was pushed leaves
 * with its reason; who was refused by a person waits for the next review, or for other rules.
 */
export function decideFate(
  entry: LiveEntry | undefined,
  about: {
    readonly verdict: Verdict;
    readonly today: string;
    readonly rulesHash: string;
    readonly hasOptedOut: boolean;
  },
): Fate | undefined {
  const { verdict, today } = about;
  const isOn = entry !== undefined && ['candidate', 'reviewed', 'valid'].includes(entry.state);
  if (!isOn) return mayEnter(entry, about) ? { to: 'candidate' } : undefined;
  const to = entry.state === 'valid' ? 'left' : 'dropped';
  if (!verdict.isMet) return { to, reason: verdict.reason, rules: verdict.rules };
  const isOver = entry.state === 'valid' && entry.validUntil !== null && entry.validUntil < today;
  return isOver ? { to, reason: 'expired', rules: [] } : undefined;
}

function mayEnter(
  entry: LiveEntry | undefined,
  { verdict, today, rulesHash, hasOptedOut }: Parameters<typeof decideFate>[1],
): boolean {
  if (!verdict.isMet || hasOptedOut) return false;
  const wasRefused = entry?.reason === 'review_rejected' && entry.rulesHash === rulesHash;
  return !wasRefused || (entry.reviewBy !== null && entry.reviewBy <= today);
}
