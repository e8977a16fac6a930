import { inTransaction, type Tx } from '#kernel';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';
import { pushRefusal } from '../push-refusals.ts';
import { toCloudEvent } from './cloud-event.ts';
import { numberMessages } from '../send/number-messages.ts';
import { type MessageReceiver, type MessagesPage, readLastNumber, readMessages } from './read-messages.ts';

export type StreamAsked = {
  /** Whose stream counts it: the institution or platform that asks. */
  readonly participantId: string;
  /** Proves anew, before each page, who reads; an admission that has ended meanwhile ends the stream. */
  readonly prove: (tx: Tx) => Promise<MessageReceiver>;
  /** The last number that was received; absent: from now on. */
  readonly after?: string;
  readonly seconds?: number;
};

/** Streams of this process. */
export type MessageStreams = {
  /** Server-Sent Events as text. Refuses, before anything is sent, as `readMessages` or with `push.streams_full`. */
  open(asked: StreamAsked): Promise<AsyncIterable<string>>;
  /** Ends every stream; clients open theirs again elsewhere, from where they were. */
  close(): void;
};

/**
 * Streams over the same cursor as `readMessages`. One look at the last number given serves all streams of the process, so
 * that idle ones cost nothing.
 */
export function openStreams(context: PushContext): MessageStreams {
  const counts = new Map<string, number>();
  const closing = new AbortController();
  const ticker = startTicker(context, closing.signal);
  return {
    async open(asked) {
      takePlace(counts, asked.participantId);
      const leave = (): void => leavePlace(counts, asked.participantId);
      try {
        const first = await readFirst(context, asked);
        return await begin(eventsOf(context, { asked, first, ticker, closing: closing.signal, leave }));
      } catch (error) {
        leave();
        throw error;
      }
    },
    close: () => closing.abort(),
  };
}

/** A generator that nobody has asked yet does not run its end; this one has begun, whenever its reader goes away. */
async function begin(events: AsyncGenerator<string, void>): Promise<AsyncIterable<string>> {
  let head: IteratorResult<string, void> | undefined = await events.next();
  const begun: AsyncIterator<string, void> = {
    next: async () => {
      const result = head ?? (await events.next());
      head = undefined;
      return result;
    },
    return: async () => await events.return(),
  };
  return { [Symbol.asyncIterator]: () => begun };
}

function takePlace(counts: Map<string, number>, participantId: string): void {
  const own = counts.get(participantId) ?? 0;
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const { streamsPerParticipantMax: max, streamsMax } = PUSH_LIMITS;
  if (own >= max) throw pushRefusal('push.streams_full', { max });
  if (all >= streamsMax) throw pushRefusal('push.streams_full', { max: streamsMax });
  counts.set(participantId, own + 1);
}

function leavePlace(counts: Map<string, number>, participantId: string): void {
  const left = (counts.get(participantId) ?? 1) - 1;
  if (left === 0) counts.delete(participantId);
  else counts.set(participantId, left);
}

async function readFirst(context: PushContext, { prove, after }: StreamAsked): Promise<MessagesPage> {
  return await inTransaction(context.database, async (tx) => {
    await numberMessages(tx, context); // what was queued before it opened is not news to a stream that begins now
    const from = after ?? (await readLastNumber(tx));
    return await readMessages(tx, context, { ...(await prove(tx)), after: from });
  });
}

type Streaming = {
  readonly asked: StreamAsked;
  readonly first: MessagesPage;
  readonly ticker: Ticker;
  readonly closing: AbortSignal;
  readonly leave: () => void;
};

/** Taken one by one: a client that does not read is not worked for, and its time runs. */
async function* eventsOf(
  context: PushContext,
  { asked, first, ticker, closing, leave }: Streaming,
): AsyncGenerator<string, void> {
  try {
    const over = AbortSignal.timeout((asked.seconds ?? PUSH_LIMITS.streamSecondsMax) * 1000);
    const ending = AbortSignal.any([closing, over]);
    yield 'retry: 2000\n\n';
    let page = first;
    yield* textOf(context, page);
    while (!ending.aborted) {
      const isNews = page.isComplete ? await ticker.next(page.cursor, ending) : true;
      if (ending.aborted) return;
      if (!isNews) {
        yield ': waiting\n\n';
        continue;
      }
      const { cursor: after } = page;
      page = await inTransaction(context.database, async (tx) =>
        readMessages(tx, context, { ...(await asked.prove(tx)), after }),
      );
      yield* textOf(context, page);
    }
  } finally {
    leave();
  }
}

function* textOf({ source }: PushContext, { messages }: MessagesPage): Generator<string> {
  for (const message of messages) {
    const event = JSON.stringify(toCloudEvent(message, source));
    yield `id: ${message.number}\nevent: ${message.type}\ndata: ${event}\n\n`;
  }
}

type Ticker = {
  /** True when numbers beyond the cursor were given, to whomever; false when it is time for a heartbeat. */
  next(cursor: string, ending: AbortSignal): Promise<boolean>;
};

/** Looks while somebody waits, and not otherwise. */
function startTicker(context: PushContext, closing: AbortSignal): Ticker {
  const waiting = new Set<(last: bigint) => void>();
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const last = await inTransaction(context.database, async (tx) => {
      await numberMessages(tx, context);
      return await readLastNumber(tx);
    }).catch((error: unknown) => {
      context.logger.warn(
        { error: error instanceof Error ? error.name : 'unknown' },
        'streams not looked after',
      );
    });
    if (last !== undefined) for (const tell of waiting) tell(BigInt(last));
    timer = undefined;
    plan();
  };
  const plan = (): void => {
    if (timer !== undefined || waiting.size === 0 || closing.aborted) return;
    timer = setTimeout(() => void look(), PUSH_LIMITS.streamPollMs);
  };
  closing.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    next: (cursor, ending) => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const done = (isNews: boolean): void => {
        clearTimeout(beat);
        waiting.delete(tell);
        ending.removeEventListener('abort', stop);
        resolve(isNews);
      };
      const tell = (last: bigint): void => {
        if (last > BigInt(cursor)) done(true);
      };
      const stop = (): void => done(false);
      const beat = setTimeout(stop, PUSH_LIMITS.heartbeatMs);
      waiting.add(tell);
      ending.addEventListener('abort', stop, { once: true });
      plan();
      return promise;
    },
  };
}
