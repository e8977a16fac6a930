import assert from 'node:assert';
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from '#kernel';
import type { Answer, SourceRow } from './answer.ts';
import type { Pass } from './breaker.ts';
import { networkFault, SourceFault, type SourceFailure, type SourceReason } from './fault.ts';
import type { Lane, SourceBook } from './source-book.ts';
import type { Source } from './shape.ts';

export type SourceCall = {
  readonly source: Source;
  /** 统一社会信用代码 and name of the enterprise, as the register has them. */
  readonly code: string;
  readonly name: string;
  readonly contractId: string;
  /** The institution that it is for: capacity that is short is shared equally among these. Absent: the node itself. */
  readonly institution?: string;
  readonly deadlineAt: Date;
  /** Calls the question off, for instance when its consent is withdrawn. */
  readonly signal: AbortSignal;
};

export type SourceReply =
  /** `at`: up to when the source knows, where it says so; else when it answered. */
  | {
      readonly outcome: 'rows';
      readonly rows: readonly SourceRow[];
      readonly at: Date;
      readonly fromCache: boolean;
    }
  | { readonly outcome: 'not_covered'; readonly at: Date }
  | { readonly outcome: SourceFailure; readonly reason: SourceReason };

/**
 * Asks one source about one enterprise, in time: never throws for what is wrong with the source, never holds a
 * connection of the node's own database. What a source says of its failure goes no further; the reason is of our list.
 */
export async function callSource(sources: SourceBook, call: SourceCall): Promise<SourceReply> {
  const lane = sources.lanes.get(call.source.id);
  const line = lane?.lines.get(call.contractId);
  assert(lane !== undefined && line !== undefined, `not connected: ${call.source.id} ${call.contractId}`);
  const kept = sources.cache.get(call.contractId, call.code);
  if (kept !== undefined) return { outcome: 'rows', ...kept, fromCache: true };
  try {
    const { covered, rows, asOf } = await askInTurn({ sources, lane, line, call });
    const at = asOf ?? sources.clock.now();
    if (!covered) return { outcome: 'not_covered', at };
    sources.cache.put(call, { rows, at, keepMs: line.to.cacheMs });
    return { outcome: 'rows', rows, at, fromCache: false };
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    if (NOT_ASKED.has(error.reason)) {
      sources.counts.refuse({
        sourceId: lane.source.id,
        contractId: call.contractId,
        at: sources.clock.now(),
      });
    }
    return { outcome: error.outcome, reason: error.reason };
  }
}

/** Reasons of this node's own, for which the source was not asked at all. */
const NOT_ASKED: ReadonlySet<SourceReason> = new Set([
  'breaker_open',
  'queue_full',
  'minute_full',
  'day_full',
]);

/** Whom calls without an institution count for. */
const NODE_ITSELF = 'node';

type Turn = {
  readonly sources: SourceBook;
  readonly lane: Lane;
  readonly line: NonNullable<ReturnType<Lane['lines']['get']>>;
  readonly call: SourceCall;
};

/** A place first, then the breaker: what waited sees what became of the calls before it. */
async function askInTurn(turn: Turn): Promise<Answer> {
  const { lane, call, sources } = turn;
  if (lane.breaker.state === 'open') throw new SourceFault('breaker_open');
  const leftMs = call.deadlineAt.getTime() - sources.clock.now().getTime();
  if (leftMs <= 0) throw new SourceFault('timed_out');
  const party = call.institution ?? NODE_ITSELF;
  await lane.gate.enter(party, AbortSignal.any([call.signal, AbortSignal.timeout(leftMs)]));
  try {
    const pass = lane.breaker.admit();
    if (pass === undefined) throw new SourceFault('breaker_open');
    return await settled(turn, pass);
  } finally {
    lane.gate.leave(party);
  }
}

/** Tells the breaker how the call ended; one call is one result, however often it was tried. */
async function settled(turn: Turn, pass: Pass): Promise<Answer> {
  const { breaker } = turn.lane;
  let result: 'answered' | 'failed' | 'neither' = 'neither';
  try {
    const answer = await askWithRetries(turn);
    result = 'answered';
    return answer;
  } catch (error) {
    const says =
      error instanceof SourceFault && error.outcome !== 'over_capacity' && error.reason !== 'cancelled';
    if (says) result = 'failed';
    throw error;
  } finally {
    breaker.settle(pass, result);
  }
}

/** Again after a broken connection, later each time and never past the deadline. A slow source is not asked twice. */
async function askWithRetries(turn: Turn): Promise<Answer> {
  const { source, deadlineAt, signal } = turn.call;
  const { max, backoffMs } = source.retries;
  for (let tried = 0; ; tried += 1) {
    try {
      return await askOnce(turn);
    } catch (error) {
      if (!(error instanceof SourceFault) || !error.isRetryable || tried >= max) throw error;
      const pauseMs = backoffMs * 2 ** tried + randomInt(backoffMs + 1); // spread, so that waiting calls do not return as one
      if (turn.sources.clock.now().getTime() + pauseMs >= deadlineAt.getTime()) throw error;
      await wait(pauseMs, undefined, { signal }).catch(() => {}); // called off: the next attempt says so
    }
  }
}

async function askOnce(turn: Turn): Promise<Answer> {
  const { sources, lane, line, call } = turn;
  const at = sources.clock.now();
  const leftMs = Math.min(lane.source.timeoutMs, call.deadlineAt.getTime() - at.getTime());
  if (call.signal.aborted) throw new SourceFault('cancelled');
  if (leftMs <= 0) throw new SourceFault('timed_out');
  line.capacity.take(call.institution ?? NODE_ITSELF);
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(leftMs)]);
  const counted = { sourceId: lane.source.id, contractId: call.contractId, at };
  const began = performance.now();
  try {
    const { code, name } = call;
    const answer = await lane.connector.ask({ to: line.to, code, name, signal });
    sources.counts.add(counted, { outcome: 'answered', ms: performance.now() - began });
    return answer;
  } catch (error) {
    const fault = faultOf(error, signal, call.signal);
    const outcome = fault.outcome === 'slow' ? 'slow' : 'failed';
    sources.counts.add(counted, { outcome, ms: performance.now() - began });
    throw fault;
  }
}

/** After our own signal every error is its echo. What is neither the source's nor the network's is ours, and is thrown on. */
function faultOf(error: unknown, signal: AbortSignal, calledOff: AbortSignal): SourceFault {
  if (calledOff.aborted) return new SourceFault('cancelled');
  if (signal.aborted || (error instanceof Error && error.name === 'TimeoutError')) {
    return new SourceFault('timed_out');
  }
  if (error instanceof Refusal && error.code === 'source.secret_unreadable') {
    return new SourceFault('secret_unreadable');
  }
  const fault = networkFault(error);
  if (fault === undefined) throw error;
  return fault;
}
