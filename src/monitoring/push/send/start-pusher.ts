import { inTransaction } from '#kernel';
import { listParticipants } from '#platform';
import { type Channel, openChannel } from '../connect/post-event.ts';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';
import { claimDeliveries, findReady, type ReadyEndpoint } from './claim-deliveries.ts';
import { keepQueues } from './keep-queues.ts';
import { startNoting } from './note-taken.ts';
import { numberMessages } from './number-messages.ts';
import { type Finish, openFinisher } from './open-finisher.ts';
import { sendMessage } from './send-message.ts';

export type Pusher = {
  /** Something was queued: it looks now, and not when it would look anyway. */
  wake(): void;
  /** Claims nothing more, and ends when the attempts under way have ended and are written. */
  stop(): Promise<void>;
};

/** How often an idle sender looks. */
const POLL_MS = 150;
/** After a failed look, so that a database that is away is not stormed. */
const PAUSE_MS = 1_000;
const KEEP_EVERY_MS = 10_000;
const ADMITTED_FOR_MS = 2_000;

/**
 * Sends until stopped; any worker process runs one. Each endpoint has places of its own, one alone while it fails and none
 * while it rests, so that a target that hangs, lies or never ends takes nothing from the others.
 */
export function startPusher(context: PushContext): Pusher {
  const state = openState(context);
  const ended = run(state);
  const noting = startNoting(context);
  return {
    wake: () => wake(state),
    async stop() {
      state.stopping.abort();
      await ended;
      await Promise.all(state.underWay);
      await noting.stop();
      for (const { agent } of state.channels.values()) agent.destroy();
    },
  };
}

type State = {
  readonly context: PushContext;
  readonly stopping: AbortController;
  /** Attempts under way, and of each endpoint how many. */
  readonly underWay: Set<Promise<void>>;
  readonly busy: Map<string, number>;
  readonly channels: Map<string, Channel>;
  admitted: { readonly ids: ReadonlySet<string>; readonly untilMs: number };
  keptAtMs: number;
  readonly finish: Finish;
  /** Something was queued, or an attempt ended and another may go, since the turn under way began. */
  isAwake: boolean;
  /** Ends the sleep, if it sleeps. */
  rouse: () => void;
};

function openState(context: PushContext): State {
  return {
    context,
    stopping: new AbortController(),
    underWay: new Set(),
    busy: new Map(),
    channels: new Map(),
    admitted: { ids: new Set(), untilMs: 0 },
    keptAtMs: 0,
    finish: openFinisher(context),
    isAwake: false,
    rouse: () => {},
  };
}

async function run(state: State): Promise<void> {
  const { stopping, context } = state;
  while (!stopping.signal.aborted) {
    state.isAwake = false;
    const found = await turn(state).catch((error: unknown) => {
      context.logger.error({ error: error instanceof Error ? error.name : 'unknown' }, 'push turn failed');
      return 'failed' as const;
    });
    if (found === 'failed') await sleep(state, PAUSE_MS);
    else if (found === 0 && !state.isAwake) await sleep(state, POLL_MS);
  }
}

function wake(state: State): void {
  state.isAwake = true;
  state.rouse();
}

function sleep(state: State, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    clearTimeout(timer);
    state.stopping.signal.removeEventListener('abort', done);
    state.rouse = () => {};
    resolve();
  };
  const timer = setTimeout(done, ms);
  state.stopping.signal.addEventListener('abort', done, { once: true });
  state.rouse = done;
  return promise;
}

/** Numbers what was queued, then fills the free places. Returns how much was found to do. */
async function turn(state: State): Promise<number> {
  const { context } = state;
  const { database, clock } = context;
  const nowMs = clock.now().getTime();
  if (Math.abs(nowMs - state.keptAtMs) >= KEEP_EVERY_MS) {
    state.keptAtMs = nowMs;
    await keep(context);
  }
  const { numbered, ready } = await inTransaction(database, async (tx) => ({
    numbered: await numberMessages(tx, context),
    ready: await findReady(tx, clock.now()),
  }));
  let found = numbered;
  if (ready.length > 0) await refreshAdmitted(state, nowMs);
  for (const endpoint of ready) found += await fill(state, endpoint);
  return found;
}

async function keep(context: PushContext): Promise<void> {
  const { dead, full } = await inTransaction(context.database, (tx) => keepQueues(tx, context));
  if (dead > 0 || full > 0) context.logger.warn({ dead, full }, 'push gave up');
}

/** Nobody is told anything whose admission is not in force; the messages wait. */
async function refreshAdmitted(state: State, nowMs: number): Promise<void> {
  const { database, clock } = state.context;
  if (nowMs < state.admitted.untilMs && nowMs > state.admitted.untilMs - ADMITTED_FOR_MS) return;
  const all = await inTransaction(database, (tx) => listParticipants(tx, clock.now()), 'snapshot');
  const inForce = all.filter((one) => one.state === 'admitted' || one.state === 'trial');
  const ids = new Set(inForce.map(({ participantId }) => participantId));
  state.admitted = { ids, untilMs: nowMs + ADMITTED_FOR_MS };
}

async function fill(state: State, endpoint: ReadyEndpoint): Promise<number> {
  const { context, busy, underWay } = state;
  const { endpointId, participantId } = endpoint;
  if (state.stopping.signal.aborted || !state.admitted.ids.has(participantId)) return 0;
  const places = endpoint.failures > 0 ? 1 : PUSH_LIMITS.perEndpointMax;
  const limit = Math.min(places - (busy.get(endpointId) ?? 0), PUSH_LIMITS.inFlightMax - underWay.size);
  if (limit <= 0) return 0;
  const { claimed, secrets } = await inTransaction(context.database, (tx) =>
    claimDeliveries(tx, context, { endpointId, limit }),
  );
  const channel = channelOf(state, endpoint);
  for (const message of claimed)
    follow(state, endpointId, sendMessage(context, { endpointId, channel, secrets, message }, state.finish));
  return claimed.length;
}

function channelOf({ channels, context }: State, { endpointId, url }: ReadyEndpoint): Channel {
  const known = channels.get(endpointId);
  if (known !== undefined) return known;
  const channel = openChannel(new URL(url), context.network);
  channels.set(endpointId, channel);
  return channel;
}

/** An attempt that could not be written is made again when its lease is over. */
function follow(state: State, endpointId: string, sending: Promise<unknown>): void {
  const { busy, underWay, context } = state;
  busy.set(endpointId, (busy.get(endpointId) ?? 0) + 1);
  const followed = sending
    .then(
      () => {},
      (error: unknown) =>
        context.logger.error(
          { endpoint: endpointId, error: error instanceof Error ? error.name : 'unknown' },
          'push not written',
        ),
    )
    .finally(() => {
      busy.set(endpointId, (busy.get(endpointId) ?? 1) - 1);
      underWay.delete(followed);
      wake(state);
    });
  underWay.add(followed);
}
