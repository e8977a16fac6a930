import { setTimeout as wait } from 'node:timers/promises';
import { inTransaction, type Tx } from '#kernel';
import type { PushContext, TakenAlert } from '../push-context.ts';

/** How long an alert may stand as raised after its message arrived. */
const NOTE_EVERY_MS = 2_000;
/** An attempt is written a little after the instant that it says. */
const OVERLAP_MS = 5_000;
/** Looked at once: a storm of ten minutes stays in memory. */
const WINDOW_MS = 600_000;
/** What a process that died had not noted is noted by the next one to start. */
const LOOK_BACK_MS = 86_400_000;
/** Marked in one transaction: few enough that nobody waits for its locks. */
const MARKED_MAX = 500;

export type Noting = {
  /** Notes what arrived until now, and ends. */
  stop(): Promise<void>;
};

/**
 * Tells `noteTaken` which alerts' messages arrived, beside the sending and never in its way: what endpoints took is read from
 * the queue, so that no attempt waits for it and a crash loses nothing. Any number of processes may do the same.
 */
export function startNoting(context: PushContext): Noting {
  const stopping = new AbortController();
  const state = { sinceMs: context.clock.now().getTime() - LOOK_BACK_MS };
  const ended = run(context, state, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
      await noteUntilNow(context, state);
    },
  };
}

type State = { sinceMs: number };

async function run(context: PushContext, state: State, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await noteUntilNow(context, state);
    await wait(NOTE_EVERY_MS, undefined, { signal: stopping }).catch(() => {}); // stopped while it waited
  }
}

/** A window that could not be noted is noted again in the next turn. */
async function noteUntilNow(context: PushContext, state: State): Promise<void> {
  try {
    for (let isBehind = true; isBehind; ) {
      const nowMs = context.clock.now().getTime();
      const fromMs = Math.min(state.sinceMs, nowMs) - OVERLAP_MS;
      const untilMs = Math.min(nowMs, state.sinceMs + WINDOW_MS);
      await noteWindow(context, { from: new Date(fromMs), until: new Date(untilMs) });
      state.sinceMs = untilMs;
      isBehind = untilMs < nowMs;
    }
  } catch (error) {
    context.logger.error({ error: error instanceof Error ? error.name : 'unknown' }, 'pushes not noted');
  }
}

type Window = { readonly from: Date; readonly until: Date };

async function noteWindow({ database, noteTaken }: PushContext, window: Window): Promise<void> {
  const taken = await inTransaction(database, (tx) => readTakenAlerts(tx, window), 'snapshot');
  // A transaction holds alerts of one institution alone: across institutions it would take them out of order.
  for (const own of Map.groupBy(taken, ({ institutionId }) => institutionId).values())
    for (let at = 0; at < own.length; at += MARKED_MAX)
      await inTransaction(database, (tx) => noteTaken(tx, own.slice(at, at + MARKED_MAX)));
}

/** Messages that tell how an alert stands and that an endpoint took; a recall or an answer says nothing of it. */
async function readTakenAlerts(tx: Tx, { from, until }: Window): Promise<TakenAlert[]> {
  return await tx.rows<TakenAlert>(
    `select distinct m.enterprise_id::text as "enterpriseId", m.data ->> 'alertId' as "alertId",
       m.institution_id as "institutionId", (m.data ->> 'versionNo')::integer as "versionNo"
     from monitoring.endpoints e
     join monitoring.push_deliveries d on d.endpoint_id = e.endpoint_id and d.state <> 'waiting' and d.state = 'delivered'
     join monitoring.messages m on m.number = d.number
     where d.ended_at >= $1 and d.ended_at <= $2 and m.type = any($3) and m.data ? 'versionNo'
     order by 1, 2, 4`,
    [from, until, TELLS_OF_ALERT],
  );
}

const TELLS_OF_ALERT = ['cn.xinqiao.alert.raised', 'cn.xinqiao.alert.upgraded', 'cn.xinqiao.alert.overdue'];
