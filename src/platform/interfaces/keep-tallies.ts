import type { Database, Logger } from '#kernel';
import type { PartyCalls, Tally } from './tally.ts';

/**
 * Adds ours and reads what stands there: rows that we wrote carry the new total, all others what other processes wrote
 * before this statement. `$5`: scopes of which every party counts, since their parties divide one limit.
 */
const WRITE = `with written as (
    insert into platform.call_minutes as m (scope, party, minute, calls)
    select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::int[])
    on conflict (minute, scope, party) do update set calls = m.calls + excluded.calls
    returning scope, party, minute, calls
  )
  select scope, party, minute, calls, true as ours from written
  union all
  select scope, party, minute, calls, false from platform.call_minutes m
  where minute = $6 and scope = any($5) and (scope, party) not in (select scope, party from written)`;

const FORGET = `delete from platform.call_minutes where minute < $1::timestamptz - interval '5 minutes'`;

export type Tallies = {
  /** Every tally that is shared among processes now. */
  all(): Iterable<Tally>;
  /** Scopes whose parties divide one limit. */
  readonly divided: ReadonlySet<string>;
};

/** Brings the counts of this process and of all others together, in one statement whatever the load. */
export async function writeTallies(database: Database, tallies: Tallies): Promise<void> {
  const byScope = new Map([...tallies.all()].map((tally) => [tally.scope, tally]));
  const ours = [...byScope.values()].flatMap((tally) => tally.unwritten()).sort(byKey);
  const now = minuteNow(byScope.values());
  if (now === undefined) return;
  const { rows } = await database.pool.query<PartyCalls & { readonly ours: boolean }>({
    name: 'platform.write_tallies',
    text: WRITE,
    values: [
      ours.map(({ scope }) => scope),
      ours.map(({ party }) => party),
      ours.map(({ minute }) => minute),
      ours.map(({ calls }) => calls),
      [...tallies.divided],
      now,
    ],
  });
  const written = new Map(ours.map((one) => [`${one.scope} ${one.party}`, one.calls]));
  for (const { ours: isOurs, ...total } of rows) {
    const calls = isOurs ? (written.get(`${total.scope} ${total.party}`) ?? 0) : 0;
    byScope.get(total.scope)?.learn(total, calls);
  }
}

/** One order for all processes: rows are locked in it, so that two writers never wait for each other in a circle. */
function byKey(a: PartyCalls, b: PartyCalls): number {
  const [one, other] = [`${a.scope} ${a.party}`, `${b.scope} ${b.party}`];
  return one < other ? -1 : one > other ? 1 : 0;
}

function minuteNow(tallies: Iterable<Tally>): Date | undefined {
  for (const tally of tallies) return tally.minute();
  return undefined;
}

const WRITE_MS = 1_000;
const FORGET_EVERY = 60;

/**
 * Shares the counts every second; a process knows the calls of the others that much later. Without a database each
 * process goes on by what it knows, and the log says so.
 */
export function keepTallies(database: Database, tallies: Tallies, logger: Logger): { stop(): Promise<void> } {
  let times = 0;
  const write = async (): Promise<void> => {
    try {
      await writeTallies(database, tallies);
      times += 1;
      const [first] = tallies.all();
      if (times % FORGET_EVERY === 1 && first !== undefined)
        await database.pool.query(FORGET, [first.minute()]);
    } catch (error) {
      logger.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'call counts not shared');
    }
  };
  let writing: Promise<void> | undefined;
  const timer = setInterval(() => {
    writing ??= write().finally(() => {
      writing = undefined;
    });
  }, WRITE_MS).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await writing;
    },
  };
}
