import { beijingDate, type Database, inTransaction, LIMITS, type Logger, type Tx } from '#kernel';
import type { BreakerState } from './breaker.ts';
import type { MinuteCount } from './counts.ts';
import type { Lane, SourceBook } from './source-book.ts';

/** The public figures of one interface: how often it is renewed, what it can carry, what of that is left today. */
export type SourceFigure = {
  readonly sourceId: string;
  readonly name: string;
  readonly provider: string;
  readonly kind: 'service' | 'database' | 'file';
  readonly contractId: string;
  readonly frequency: string;
  readonly capacityPerMinute: number;
  readonly capacityPerDay: number;
  /** Calls of all processes since midnight in Beijing, failed and slow ones among them. */
  readonly usedToday: number;
  readonly failedToday: number;
  readonly slowToday: number;
  /** Most calls of one minute today. */
  readonly usedMinuteMax: number;
  /** Calls that are left today, and the share of the busiest minute that was left. */
  readonly headroomToday: number;
  readonly headroomMinute: number;
  readonly meanMs: number | null;
  readonly breaker: BreakerState;
  readonly lastAnsweredAt: Date | null;
};

type Row = {
  source_id: string;
  contract_id: string;
  calls: number;
  failed: number;
  slow: number;
  ms_total: number;
  calls_max: number;
  last_answered_at: Date | null;
};

/** Figures of every connected interface. The breaker is this process's own; the rest counts all processes. */
export async function readSourceFigures(tx: Tx, sources: SourceBook): Promise<SourceFigure[]> {
  const rows = await readToday(tx, sources);
  const used = new Map(rows.map((row) => [`${row.source_id}|${row.contract_id}`, row]));
  return [...sources.lanes.values()].flatMap((lane) =>
    [...lane.lines.keys()].map((contractId) =>
      figureOf(lane, contractId, used.get(`${lane.source.id}|${contractId}`)),
    ),
  );
}

function figureOf({ source, lines, breaker }: Lane, contractId: string, row: Row | undefined): SourceFigure {
  const line = lines.get(contractId);
  if (line === undefined) throw new TypeError(`no interface ${contractId}`);
  const { frequency, capacity } = line.to;
  const { calls = 0, failed = 0, slow = 0, ms_total = 0, calls_max = 0 } = row ?? {};
  const usedToday = calls + line.capacity.unwritten;
  return {
    sourceId: source.id,
    name: source.name,
    provider: source.provider,
    kind: source.kind,
    contractId,
    frequency,
    capacityPerMinute: capacity.perMinute,
    capacityPerDay: capacity.perDay,
    usedToday,
    failedToday: failed,
    slowToday: slow,
    usedMinuteMax: calls_max,
    headroomToday: Math.max(0, capacity.perDay - usedToday),
    headroomMinute: Math.max(0, 1 - calls_max / capacity.perMinute),
    meanMs: calls === 0 ? null : Math.round(ms_total / calls),
    breaker: breaker.state,
    lastAnsweredAt: row?.last_answered_at ?? null,
  };
}

/** The day's sums; the last answer may be older than the day. */
async function readToday(tx: Tx, { clock }: SourceBook): Promise<Row[]> {
  const midnight = new Date(`${beijingDate(clock.now())}T00:00:00+08:00`);
  return await tx.rows<Row>(
    `select source_id, contract_id,
       coalesce(sum(calls) filter (where minute >= $1), 0)::float8 as calls,
       coalesce(sum(failed) filter (where minute >= $1), 0)::float8 as failed,
       coalesce(sum(slow) filter (where minute >= $1), 0)::float8 as slow,
       coalesce(sum(ms_total) filter (where minute >= $1), 0)::float8 as ms_total,
       coalesce(max(calls) filter (where minute >= $1), 0)::float8 as calls_max,
       max(last_answered_at) as last_answered_at
     from platform.source_minutes where minute >= $1 - interval '7 days'
     group by source_id, contract_id`,
    [midnight],
  );
}

/** Writes what was counted, in one statement, and learns what all processes used today. Returns the minutes written. */
export async function writeSourceCounts(database: Database, sources: SourceBook): Promise<number> {
  const counts = sources.counts.take();
  try {
    const rows = await inTransaction(database, async (tx) => {
      if (counts.length > 0) await upsert(tx, counts);
      await forgetOld(tx, sources);
      return await readToday(tx, sources);
    });
    learn(sources, counts, rows);
    return counts.length;
  } catch (error) {
    sources.counts.putBack(counts);
    throw error;
  }
}

async function upsert(tx: Tx, counts: readonly MinuteCount[]): Promise<void> {
  await tx.rows(
    `insert into platform.source_minutes as m
       (source_id, contract_id, minute, calls, failed, slow, ms_total, last_answered_at)
     select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::int[], $5::int[], $6::int[],
       $7::bigint[], $8::timestamptz[])
     on conflict (source_id, contract_id, minute) do update set
       calls = m.calls + excluded.calls, failed = m.failed + excluded.failed, slow = m.slow + excluded.slow,
       ms_total = m.ms_total + excluded.ms_total,
       last_answered_at = greatest(m.last_answered_at, excluded.last_answered_at)`,
    [
      counts.map(({ sourceId }) => sourceId),
      counts.map(({ contractId }) => contractId),
      counts.map(({ minute }) => minute),
      counts.map(({ calls }) => calls),
      counts.map(({ failed }) => failed),
      counts.map(({ slow }) => slow),
      counts.map(({ msTotal }) => msTotal),
      counts.map(({ lastAnsweredAt }) => lastAnsweredAt),
    ],
  );
}

async function forgetOld(tx: Tx, { clock }: SourceBook): Promise<void> {
  const oldest = new Date(clock.now().getTime() - LIMITS.sourceMinutesDaysMax * 86_400_000);
  await tx.rows('delete from platform.source_minutes where minute < $1', [oldest]);
}

function learn(sources: SourceBook, counts: readonly MinuteCount[], rows: readonly Row[]): void {
  const totals = new Map(rows.map((row) => [`${row.source_id}|${row.contract_id}`, row.calls]));
  for (const { source, lines } of sources.lanes.values()) {
    for (const [contractId, { capacity }] of lines) {
      const written = counts
        .filter((count) => count.sourceId === source.id && count.contractId === contractId)
        .reduce((sum, { calls }) => sum + calls, 0);
      capacity.learn(written, totals.get(`${source.id}|${contractId}`) ?? 0);
    }
  }
}

const WRITE_MS = 5_000;

/** Writes the counts every few seconds and once more at `stop`. A write that fails is logged and made up for by the next. */
export function keepSourceCounts(
  database: Database,
  sources: SourceBook,
  logger: Logger,
): { stop(): Promise<void> } {
  const write = async (): Promise<void> => {
    try {
      await writeSourceCounts(database, sources);
    } catch (error) {
      logger.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'source counts not written');
    }
  };
  let writing = Promise.resolve();
  const timer = setInterval(() => {
    writing = writing.then(write);
  }, WRITE_MS).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await writing.then(write);
    },
  };
}
