import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { addDays } from '../../indicators/compile/days.ts';
import type { RuleSet } from '../definition/rule-set.ts';
import { pushLeft } from '../feed/push-whitelist.ts';
import { WHITELIST_LIMITS } from '../whitelist-limits.ts';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';
import { type Entry, enterStates, readEntries } from '../entries/entries.ts';
import { lockList, requireInForce } from '../entries/rule-sets-in-force.ts';

export type Review = {
  readonly caller: Caller;
  readonly listId: string;
  readonly decision: 'accept' | 'reject';
  /** Why, in the reviewer's words. */
  readonly reason: string;
  /** Those decided on; absent: everybody who waits. */
  readonly enterprises?: readonly EnterpriseId[];
};

/** Candidates, and members whom a person has to look at again by now. */
export async function readWaiting(tx: Tx, listId: string, today: string): Promise<Entry[]> {
  const entries = await readEntries(tx, listId, ['candidate', 'valid']);
  return [...entries.values()].filter(
    ({ state, reviewBy }) => state === 'candidate' || (reviewBy !== null && reviewBy <= today),
  );
}

/**
 * A person decides on those who wait, each or all at once with one reason. A candidate becomes reviewed and is pushed
 * next; a member begins a new time of validity; who is refused leaves, or waits until the next review. Returns how many.
 * Throws `whitelists.reason_missing` or `whitelists.nothing_to_review`.
 */
export async function reviewWhitelist(
  tx: Tx,
  context: WhitelistsContext,
  review: Review,
): Promise<{ reviewed: number }> {
  const { caller, listId, decision } = review;
  requireAllowed(context.policies, caller, 'review_whitelist');
  const reason = review.reason.trim();
  const length = [...reason].length;
  if (length < 2 || length > WHITELIST_LIMITS.reasonCharactersMax)
    throw whitelistRefusal('whitelists.reason_missing');
  await lockList(tx, listId);
  const ruleSet = await requireInForce(tx, context, listId);
  const at = context.clock.now();
  const today = beijingDate(at);
  const chosen = choose(await readWaiting(tx, listId, today), review.enterprises);
  const body = {
    act: 'whitelist_reviewed',
    list: listId,
    rules: ruleSet.hash,
    decision,
    entries: chosen.length,
  };
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'administrative_act',
    at,
    body: { ...body, by: caller.id },
  });
  const decide = decision === 'accept' ? accepted : rejected;
  const entries = chosen.map((entry) => ({ ...decide(entry, ruleSet, today), note: reason }));
  await enterStates(tx, { listId, at, by: caller.id, receiptId }, entries);
  await pushLeft(tx, context, { caller, ruleSet });
  return { reviewed: chosen.length };
}

function choose(waiting: readonly Entry[], wanted: readonly EnterpriseId[] | undefined): Entry[] {
  const chosen = waiting.filter(({ enterpriseId }) => wanted === undefined || wanted.includes(enterpriseId));
  if (chosen.length === 0 || (wanted !== undefined && chosen.length < new Set(wanted).size))
    throw whitelistRefusal('whitelists.nothing_to_review');
  return chosen;
}

function accepted(entry: Entry, { definition }: RuleSet, today: string): Entry {
  const reviewBy = addDays(today, definition.reviewDays);
  if (entry.state === 'candidate') return { ...entry, state: 'reviewed', reviewBy };
  return { ...entry, reviewBy, validUntil: addDays(today, definition.validityDays) };
}

function rejected(entry: Entry, { definition }: RuleSet, today: string): Entry {
  const state = entry.state === 'valid' ? 'left' : 'rejected';
  return { ...entry, state, reason: 'review_rejected', reviewBy: addDays(today, definition.reviewDays) };
}
