import { bookUse, findConsent } from '#consent';
import { beijingDate, Refusal, type Tx } from '#kernel';
import { type Contract, readEnterprise } from '#lists';
import type { SourceBook } from '#platform';
import { recordLeaf, type SourceOrder } from '#security';
import { hasConsent, type Look, openLook } from '../authorised/open-look.ts';
import { readableContracts } from '../authorised/tell-found.ts';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { RuleBook } from '../rules/rule.ts';
import { readLiveWatches } from '../watch/watches.ts';
import { isRoundBooked, putAside, takeAsk } from './followings.ts';
import type { FollowingTerms } from './following-terms.ts';
import type { DueAsk } from './read-due.ts';

export type FollowContext = MonitoringContext & {
  readonly sources: SourceBook;
  readonly following: FollowingTerms;
};

export type AskRequest = {
  readonly ask: DueAsk;
  readonly book: RuleBook;
  readonly runId: string;
  /** Calls the asking off. */
  readonly signal?: AbortSignal;
};

/** How long sources may be asked after the right to ask was given. */
export const ORDER_MS = 15_000;

export type Ordered = {
  readonly order: SourceOrder;
  readonly consentId: string;
  readonly contracts: readonly Contract[];
  readonly identity: { readonly code: string | null; readonly name: string };
};

/**
 * The right to ask, taken for this process with its intent leaf; undefined: the consent does not serve for it (now), or somebody
 * else took it. The order outlives the transaction by a few seconds.
 */
export async function orderAsk(
  tx: Tx,
  context: FollowContext,
  { ask, runId }: AskRequest,
): Promise<Ordered | undefined> {
  const at = context.clock.now();
  const look = await findLook(tx, context, ask);
  const contractIds = look === undefined ? [] : await readAskable(tx, context, { look, ask });
  if (look === undefined || contractIds.length === 0) {
    await putAside(tx, context.following, { ask, at });
    return undefined;
  }
  const { watch, permit, consent } = look;
  if (!(await mayBook(tx, context, look, contractIds))) {
    await putAside(tx, context.following, { ask, at, days: 1 });
    return undefined;
  }
  if (!(await takeAsk(tx, context.following, { watch, contractIds, at }))) return undefined;
  await recordLeaf(tx, context.keys, {
    kind: 'intent',
    at,
    subject: permit.subject,
    body: {
      what: 'follow_source',
      run: runId,
      caller: permit.caller.id,
      institution: watch.institutionId,
      platform: watch.platformId,
      consentId: consent.consentId,
      purpose: permit.purpose,
      contracts: contractIds,
    },
  });
  const order = permit.orderFromSources(contractIds, new Date(at.getTime() + ORDER_MS));
  const contracts = contractIds.flatMap((id) => context.catalogue.contracts.get(id) ?? []);
  const identity = await readEnterprise(tx, watch.enterpriseId);
  return { order, contracts, identity, consentId: consent.consentId };
}

/** Datasets of the bundle that the look may ask for. The one use of a consent for one use is the institution's own. */
async function readAskable(
  tx: Tx,
  { clock }: FollowContext,
  { look, ask }: { readonly look: Look; readonly ask: DueAsk },
): Promise<string[]> {
  const kept = await findConsent(tx, clock, look.consent.consentId);
  if (kept?.fetch !== 'periodic') return [];
  return readableContracts(look, ask.bundle.rules, beijingDate(clock.now()));
}

/** The watch as it stands at this instant, held to the end of the transaction, and the right to look. */
export async function findLook(
  tx: Tx,
  context: FollowContext,
  { enterpriseId, institutionId, bundle }: Pick<DueAsk, 'enterpriseId' | 'institutionId' | 'bundle'>,
): Promise<Look | undefined> {
  const watches = await readLiveWatches(tx, [enterpriseId], context.clock);
  const watch = watches.filter(hasConsent).find((one) => one.institutionId === institutionId);
  if (watch === undefined) return undefined;
  return await openLook(tx, context, { watch, contractIds: bundle.contractIds });
}

/** Whether the consent may be used now, so that no source is asked in vain: the use itself is the answer's. */
async function mayBook(
  tx: Tx,
  context: FollowContext,
  look: Look,
  contractIds: readonly string[],
): Promise<boolean> {
  await tx.rows('savepoint booking');
  const isBooked = await bookAsk(tx, context, look, contractIds);
  await tx.rows('rollback to savepoint booking');
  return isBooked;
}

/** One use of the consent for a round of asks, as of an answer. False: it may not be used again so soon. */
export async function bookAsk(
  tx: Tx,
  { clock }: FollowContext,
  { consent, watch }: Look,
  contracts: readonly string[],
): Promise<boolean> {
  if (await isRoundBooked(tx, watch, clock.now())) return true;
  try {
    await bookUse(tx, clock, consent, { contracts: contracts.filter((id) => consent.scope.has(id)) });
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith('consent.')) return false;
    throw error;
  }
}
