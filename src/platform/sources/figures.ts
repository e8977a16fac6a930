import { beijingDate, type Tx } from '#kernel';
import type { BreakerState } from './breaker.ts';
import { timeWithin } from './counts.ts';
import type { Lane, Line, SourceBook } from './source-book.ts';

/** The public figures of one interface: how often it is renewed, what it can carry, what of that is left. */
export type SourceFigure = {
  readonly sourceId: string;
  readonly name: string;
  readonly provider: string;
  readonly kind: 'service' | 'database' | 'file';
  readonly contractId: string;
  /** As agreed with the department. */
  readonly frequency: string;
  readonly capacityPerMinute: number;
  readonly capacityPerDay: number;
  /** Calls of all processes in the last 60 minutes, failed and slow ones among them. */
  readonly usedHour: number;
  /** Calls of all processes since midnight in Beijing, failed and slow ones among them. */
  readonly usedToday: number;
  readonly failedToday: number;
  readonly slowToday: number;
  /** Questions that were not put to the source, since a limit or the breaker stood in the way; and their share of all. */
  readonly refusedToday: number;
  readonly refusedShareToday: number;
  /** Most calls of one minute today. */
  readonly usedMinuteMax: number;
  /** Calls that are left today, and the share of the busiest minute that was left. */
  readonly headroomToday: number;
  readonly headroomMinute: number;
  readonly meanMs: number | null;
  /** Bounds within which half and 99 of 100 calls of today ended; null: slower than the last bound, or none. */
  readonly medianWithinMs: number | null;
  readonly p99WithinMs: number | null;
  readonly breaker: BreakerState;
  /** Calls at once, of the whole source in the process that answers. */
  readonly concurrency: ConcurrencyFigure;
  /** The running minute of the interface: institutions that call it, and the calls each can be sure of. */
  readonly minute: { readonly used: number; readonly institutions: number; readonly equalShare: number };
  readonly lastAnsweredAt: Date | null;
};

export type ConcurrencyFigure = {
  readonly limit: number;
  readonly inUse: number;
  readonly headroom: number;
  readonly waiting: number;
  readonly institutions: number;
  /** Places that each institution can be sure of while so many call. */
  readonly equalShare: number;
};

type Row = {
  source_id: string;
  contract_id: string;
  calls: number;
  calls_hour: number;
  failed: number;
  slow: number;
  refused: number;
  ms_total: number;
  calls_max: number;
  last_answered_at: Date | null;
};

type TimesRow = { source_id: string; contract_id: string; times: number[] };

const NOTHING = { calls: 0, calls_hour: 0, failed: 0, slow: 0, refused: 0, ms_total: 0, calls_max: 0 };

/**
 * Figures of every connected interface. Breaker and calls at once are of this process; the rest counts all processes.
 * Nothing here says where a source stands, who asks it or about whom.
 */
export async function readSourceFigures(tx: Tx, sources: SourceBook): Promise<SourceFigure[]> {
  const rows = await readToday(tx, sources);
  const times = await readTimes(tx, sources);
  const used = new Map(rows.map((row) => [`${row.source_id}|${row.contract_id}`, row]));
  const byTime = new Map(times.map((row) => [`${row.source_id}|${row.contract_id}`, row.times]));
  return [...sources.lanes.values()].flatMap((lane) =>
    [...lane.lines.keys()].map((contractId) => {
      const key = `${lane.source.id}|${contractId}`;
      return figureOf(lane, contractId, { row: used.get(key), times: byTime.get(key) ?? [] });
    }),
  );
}

function figureOf(
  { source, lines, breaker, gate }: Lane,
  contractId: string,
  { row, times }: { row: Row | undefined; times: readonly number[] },
): SourceFigure {
  const line = lines.get(contractId);
  if (line === undefined) throw new TypeError(`no interface ${contractId}`);
  const { allowed } = line.capacity;
  const { calls, calls_hour, failed, slow, refused, ms_total, calls_max } = row ?? NOTHING;
  const usedToday = calls + line.capacity.unwritten;
  return {
    sourceId: source.id,
    name: source.name,
    provider: source.provider,
    kind: source.kind,
    contractId,
    frequency: line.to.frequency,
    capacityPerMinute: allowed.perMinute,
    capacityPerDay: allowed.perDay,
    usedHour: calls_hour + line.capacity.unwritten,
    usedToday,
    failedToday: failed,
    slowToday: slow,
    refusedToday: refused,
    refusedShareToday: refused === 0 ? 0 : refused / (refused + usedToday),
    usedMinuteMax: calls_max,
    headroomToday: Math.max(0, allowed.perDay - usedToday),
    headroomMinute: Math.max(0, 1 - calls_max / allowed.perMinute),
    meanMs: calls === 0 ? null : Math.round(ms_total / calls),
    medianWithinMs: timeWithin(times, 0.5),
    p99WithinMs: timeWithin(times, 0.99),
    breaker: breaker.state,
    concurrency: concurrencyOf(gate),
    minute: minuteOf(line),
    lastAnsweredAt: row?.last_answered_at ?? null,
  };
}

function concurrencyOf({ state }: Lane['gate']): ConcurrencyFigure {
  const { limit, running, waiting, parties, share } = state;
  const headroom = Math.max(0, limit - running);
  return { limit, inUse: running, headroom, waiting, institutions: parties, equalShare: share };
}

function minuteOf({ capacity }: Line): SourceFigure['minute'] {
  const { tally } = capacity.shares;
  const institutions = tally.parties();
  const equalShare = Math.max(1, Math.floor(capacity.allowed.perMinute / Math.max(1, institutions)));
  return { used: tally.total(), institutions, equalShare };
}

/** The day's sums; the last answer may be older than the day. */
export async function readToday(tx: Tx, { clock }: SourceBook): Promise<Row[]> {
  return await tx.rows<Row>(
    `select source_id, contract_id,
       coalesce(sum(calls) filter (where minute >= $1), 0)::float8 as calls,
       coalesce(sum(calls) filter (where minute > $2), 0)::float8 as calls_hour,
       coalesce(sum(failed) filter (where minute >= $1), 0)::float8 as failed,
       coalesce(sum(slow) filter (where minute >= $1), 0)::float8 as slow,
       coalesce(sum(refused) filter (where minute >= $1), 0)::float8 as refused,
       coalesce(sum(ms_total) filter (where minute >= $1), 0)::float8 as ms_total,
       coalesce(max(calls) filter (where minute >= $1), 0)::float8 as calls_max,
       max(last_answered_at) as last_answered_at
     from platform.source_minutes where minute >= $1 - interval '7 days'
     group by source_id, contract_id`,
    [midnightOf(clock), new Date(clock.now().getTime() - 3_600_000)],
  );
}

/** Today's calls by time taken. */
async function readTimes(tx: Tx, { clock }: SourceBook): Promise<TimesRow[]> {
  return await tx.rows<TimesRow>(
    `select source_id, contract_id, array_agg(answers order by at) as times
     from (
       select m.source_id, m.contract_id, t.at, sum(t.answers)::float8 as answers
       from platform.source_minutes m, unnest(m.times) with ordinality as t(answers, at)
       where m.minute >= $1 group by m.source_id, m.contract_id, t.at
     ) by_time group by source_id, contract_id`,
    [midnightOf(clock)],
  );
}

function midnightOf(clock: SourceBook['clock']): Date {
  return new Date(`${beijingDate(clock.now())}T00:00:00+08:00`);
}
