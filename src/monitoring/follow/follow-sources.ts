import { inTransaction, newId, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import type { Rule, RuleBook } from '../rules/rule.ts';
import { askAndLook } from './ask-and-look.ts';
import { askPublicly } from './ask-publicly.ts';
import { type Lane, planLanes } from './bundles.ts';
import type { FollowContext } from './order-ask.ts';
import { type DueAsk, readAskedLastHour, readDueAsks } from './read-due.ts';

export type FollowRequest = {
  readonly caller: Caller;
  readonly rules: RuleBook;
  readonly active: readonly Rule[];
  readonly shadow: readonly Rule[];
  /** Ends the run after the asks that are under way. */
  readonly signal?: AbortSignal;
};

/** Numbers of asks, each about one enterprise for one institution, or of public records for all that lent to it. */
export type FollowedSources = {
  readonly runId: string;
  readonly due: number;
  readonly answered: number;
  /** No source gave a whole answer to all that was asked. */
  readonly unanswered: number;
  /** The consent or the loan ended while a source was asked, or the consent may not be used again so soon. */
  readonly dropped: number;
  /** Nobody was asked: the consent does not serve for it (now), or another process took the ask. */
  readonly withheld: number;
  /** Left for a later run: the pace of the hour was reached, or a source that failed is left alone. */
  readonly putOff: number;
  readonly signals: number;
  readonly alerts: number;
  /** Alerts that a source had led to and that what it says now does not bear out. */
  readonly recalled: number;
  readonly receiptId: string;
};

type Counts = Omit<FollowedSources, 'runId' | 'receiptId'>;

/**
 * 跟踪数据源: asks the sources of followed datasets about watched enterprises, each under its consent, of public records
 * because of the loan alone, and lets the rules look at what they say. Sources that share nothing are asked beside each other, so that one that is slow or down delays its own
 * asks alone. Several at once share the asks; one that breaks off is taken up when its asks are due again.
 */
export async function followSources(
  context: FollowContext,
  request: FollowRequest,
): Promise<FollowedSources> {
  const { database, clock } = context;
  const runId = newId('mon', clock.now());
  const lanes = lanesOf(context, request);
  const due = await readDueAsks(context, lanes);
  const asked = await inTransaction(database, (tx) => readAskedLastHour(tx, clock.now()), 'snapshot');
  // All lanes end before the first failure is thrown: none tells anybody after its run was given up.
  const ended = await Promise.allSettled(
    lanes.map((lane) => runLane(context, request, { runId, lane, asks: due.get(lane) ?? [], asked })),
  );
  const counts = emptyCounts();
  for (const one of ended) {
    if (one.status === 'rejected') throw one.reason;
    add(counts, one.value);
  }
  const receiptId = await inTransaction(database, (tx) => record(tx, context, { request, runId, counts }));
  return { runId, ...counts, receiptId };
}

function lanesOf({ sources, following }: FollowContext, { active, shadow }: FollowRequest): Lane[] {
  const isFollowed = ({ reach }: Rule): boolean => reach === 'followed';
  const rules = { active: active.filter(isFollowed), shadow: shadow.filter(isFollowed) };
  return planLanes(rules, (id) => (following.everyDays.has(id) ? sources.find(id)?.id : undefined));
}

type LaneWork = {
  readonly runId: string;
  readonly lane: Lane;
  readonly asks: readonly DueAsk[];
  /** Of the last hour, by dataset. */
  readonly asked: ReadonlyMap<string, number>;
};

async function runLane(
  context: FollowContext,
  request: FollowRequest,
  { runId, lane, asks, asked }: LaneWork,
): Promise<Counts> {
  const { atOnce, stopAfterFailures } = context.following;
  const budget = budgetOf(context, lane, asked);
  const counts = { ...emptyCounts(), due: asks.length };
  let [next, spent, inARow] = [0, 0, 0];
  const session = async (): Promise<void> => {
    while (next < asks.length && spent < budget && inARow < stopAfterFailures) {
      if (request.signal?.aborted === true) return;
      const ask = asks[next];
      if (ask === undefined) return;
      [next, spent] = [next + 1, spent + 1];
      const askIt = ask.bundle.scope === 'public' ? askPublicly : askAndLook;
      const { end, signals, alerts, recalled } = await askIt(context, {
        ask,
        book: request.rules,
        runId,
        ...(request.signal !== undefined && { signal: request.signal }),
      });
      inARow = end === 'unanswered' ? inARow + 1 : end === 'answered' ? 0 : inARow;
      counts[end] += 1;
      if (end === 'withheld') spent -= 1;
      counts.signals += signals;
      counts.alerts += alerts;
      counts.recalled += recalled;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, session));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return { ...counts, putOff: asks.length - next };
}

/** Asks that the sources of a lane have left in this hour. */
function budgetOf(
  { following, sources }: FollowContext,
  { sourceIds, bundles }: Lane,
  asked: ReadonlyMap<string, number>,
): number {
  const contractIds = bundles.flatMap((bundle) => bundle.contractIds);
  const left = sourceIds.map((sourceId) => {
    const own = contractIds.filter((id) => sources.find(id)?.id === sourceId);
    const used = own.reduce((sum, id) => sum + (asked.get(id) ?? 0), 0);
    return (following.perHourOf.get(sourceId) ?? following.perHour) - used;
  });
  return Math.max(0, Math.min(...left));
}

async function record(
  tx: Tx,
  { keys, clock, policies }: FollowContext,
  { request, runId, counts }: { request: FollowRequest; runId: string; counts: Counts },
): Promise<string> {
  const { id } = await recordLeaf(tx, keys, {
    kind: 'monitoring_run',
    at: clock.now(),
    body: {
      what: 'follow_sources',
      run: runId,
      purpose: 'monitoring',
      caller: request.caller.id,
      rules: request.rules.hash,
      policyHash: policies.hash,
      ...counts,
    },
  });
  return id;
}

type Summed = { -readonly [Name in keyof Counts]: Counts[Name] };

function emptyCounts(): Summed {
  return {
    due: 0,
    answered: 0,
    unanswered: 0,
    dropped: 0,
    withheld: 0,
    putOff: 0,
    signals: 0,
    alerts: 0,
    recalled: 0,
  };
}

function add(sum: Summed, more: Counts): void {
  sum.due += more.due;
  sum.answered += more.answered;
  sum.unanswered += more.unanswered;
  sum.dropped += more.dropped;
  sum.withheld += more.withheld;
  sum.putOff += more.putOff;
  sum.signals += more.signals;
  sum.alerts += more.alerts;
  sum.recalled += more.recalled;
}
