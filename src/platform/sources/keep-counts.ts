import { type Database, inTransaction, LIMITS, type Logger, type Tx } from '#kernel';
import { keepTallies, type Tallies } from '../interfaces/keep-tallies.ts';
import { followCapacity } from './change-capacity.ts';
import type { MinuteCount } from './counts.ts';
import { readToday } from './figures.ts';
import type { SourceBook } from './source-book.ts';

/** Writes what was counted, in one statement, and learns what all processes used today. Returns the minutes written. */
export async function writeSourceCounts(database: Database, sources: SourceBook): Promise<number> {
  const counts = sources.counts.take();
  try {
    const rows = await inTransaction(database, async (tx) => {
      if (counts.length > 0) await upsert(tx, counts);
      await forgetOld(tx, sources);
      return await readToday(tx, sources);
    });
    const totals = new Map(rows.map((row) => [`${row.source_id}|${row.contract_id}`, row.calls]));
    learn(sources, counts, totals);
    return counts.length;
  } catch (error) {
    sources.counts.putBack(counts);
    throw error;
  }
}

async function upsert(tx: Tx, counts: readonly MinuteCount[]): Promise<void> {
  await tx.rows(
    `insert into platform.source_minutes as m
       (source_id, contract_id, minute, calls, failed, slow, refused, ms_total, times, last_answered_at)
     select source_id, contract_id, minute, calls, failed, slow, refused, ms_total, times::integer[], answered
     from unnest($1::text[], $2::text[], $3::timestamptz[], $4::int[], $5::int[], $6::int[], $7::int[],
       $8::bigint[], $9::text[], $10::timestamptz[])
       as c(source_id, contract_id, minute, calls, failed, slow, refused, ms_total, times, answered)
     on conflict (source_id, contract_id, minute) do update set
       calls = m.calls + excluded.calls, failed = m.failed + excluded.failed, slow = m.slow + excluded.slow,
       refused = m.refused + excluded.refused, ms_total = m.ms_total + excluded.ms_total,
       times = array(
         select one + other from unnest(m.times, excluded.times) with ordinality as t(one, other, at) order by at
       ),
       last_answered_at = greatest(m.last_answered_at, excluded.last_answered_at)`,
    [
      counts.map(({ sourceId }) => sourceId),
      counts.map(({ contractId }) => contractId),
      counts.map(({ minute }) => minute),
      counts.map(({ calls }) => calls),
      counts.map(({ failed }) => failed),
      counts.map(({ slow }) => slow),
      counts.map(({ refused }) => refused),
      counts.map(({ msTotal }) => msTotal),
      counts.map(({ times }) => `{${times.join()}}`),
      counts.map(({ lastAnsweredAt }) => lastAnsweredAt),
    ],
  );
}

async function forgetOld(tx: Tx, { clock }: SourceBook): Promise<void> {
  const oldest = new Date(clock.now().getTime() - LIMITS.sourceMinutesDaysMax * 86_400_000);
  await tx.rows('delete from platform.source_minutes where minute < $1', [oldest]);
}

function learn(
  sources: SourceBook,
  counts: readonly MinuteCount[],
  totals: ReadonlyMap<string, number>,
): void {
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
/** How long a changed capacity may be unknown to a process. */
const FOLLOW_MS = 1_000;

/**
 * Keeps this process in step with the others: counts are written every few seconds and once more at `stop`, the running
 * minute is shared and changed capacities are followed every second. What fails is logged and made up for by the next.
 */
export function keepSourceCounts(
  database: Database,
  sources: SourceBook,
  logger: Logger,
): { stop(): Promise<void> } {
  const warn = (what: string) => (error: unknown) =>
    logger.warn({ error: error instanceof Error ? error.name : 'unknown' }, what);
  const write = async (): Promise<void> => {
    await writeSourceCounts(database, sources).catch(warn('source counts not written'));
  };
  const follow = async (): Promise<void> => {
    await inTransaction(database, (tx) => followCapacity(tx, sources)).catch(warn('capacity not looked at'));
  };
  const ends = [repeat(write, WRITE_MS), repeat(follow, FOLLOW_MS)];
  const tallies = keepTallies(database, talliesOf(sources), logger);
  return {
    stop: async () => {
      await tallies.stop();
      await Promise.all(ends.map((end) => end()));
      await write();
    },
  };
}

/** The minute's counts of all interfaces: each divides its own limit. */
export function talliesOf({ lanes }: SourceBook): Tallies {
  const all = [...lanes.values()].flatMap(({ lines }) =>
    [...lines.values()].map(({ capacity }) => capacity.shares.tally),
  );
  return { all: () => all, divided: new Set(all.map(({ scope }) => scope)) };
}

/** Runs the work again and again, never twice at once; the result ends it and waits for the last run. */
function repeat(work: () => Promise<void>, everyMs: number): () => Promise<void> {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work().finally(() => {
      running = undefined;
    });
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
