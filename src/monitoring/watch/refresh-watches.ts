import { beijingDate, type EnterpriseId, inTransaction, newId, toEnterpriseId, type Tx } from '#kernel';
import { familiesOf } from '#lists';
import { type LiveLoan, readBorrowerIds, readLiveLoans, readLoanEnds } from '#outcomes';
import { readDisclosureParty } from '#security';
import type { MonitoringContext } from '../monitoring-context.ts';
import {
  decideWatches,
  type EndedWatch,
  type ListedWatch,
  pairOf,
  type WatchChanges,
  type WatchContent,
  watchesOf,
} from './decide-watches.ts';
import { WATCH_LIMITS } from './watch-limits.ts';
import { readWatchedIds } from './watches.ts';

export type RefreshCounts = { readonly opened: number; readonly changed: number; readonly ended: number };

type Context = Pick<MonitoringContext, 'clock'>;

/**
 * Brings the watches of these enterprises in line with their live loans, in the caller's transaction: opens, changes and
 * ends them, nothing overwritten. Once more changes nothing; two at once take turns.
 */
export async function refreshWatches(
  tx: Tx,
  context: Context,
  { enterpriseIds }: { enterpriseIds: readonly EnterpriseId[] | 'all' },
): Promise<RefreshCounts> {
  await takeTurn(tx);
  let counts: RefreshCounts = { opened: 0, changed: 0, ended: 0 };
  const pages = enterpriseIds === 'all' ? pagesOfAll(tx) : pagesOf(enterpriseIds);
  for await (const page of pages) counts = add(counts, await refreshPage(tx, context, page));
  return counts;
}

/** The whole list, each page in a transaction of its own: nobody waits long for a turn. */
export async function refreshAllWatches(
  context: Pick<MonitoringContext, 'clock' | 'database'>,
): Promise<RefreshCounts> {
  let counts: RefreshCounts = { opened: 0, changed: 0, ended: 0 };
  let after: EnterpriseId | null = null;
  for (;;) {
    const [last, page]: readonly [EnterpriseId | undefined, RefreshCounts] = await inTransaction(
      context.database,
      async (tx) => {
        await takeTurn(tx);
        const ids = await readPage(tx, after);
        return [ids.at(-1), await refreshPage(tx, context, ids)];
      },
    );
    counts = add(counts, page);
    if (last === undefined) return counts;
    after = last;
  }
}

/** One at a time: two that read loans at different instants could leave the older view standing. */
async function takeTurn(tx: Tx): Promise<void> {
  await tx.rows("select pg_advisory_xact_lock(hashtextextended('monitoring watches', 0))");
}

async function* pagesOfAll(tx: Tx): AsyncGenerator<readonly EnterpriseId[]> {
  for (let after: EnterpriseId | null = null; ; ) {
    const ids: readonly EnterpriseId[] = await readPage(tx, after);
    const last = ids.at(-1);
    if (last === undefined) return;
    yield ids;
    after = last;
  }
}

function* pagesOf(ids: readonly EnterpriseId[]): Generator<readonly EnterpriseId[]> {
  for (let at = 0; at < ids.length; at += WATCH_LIMITS.pageEnterprises)
    yield ids.slice(at, at + WATCH_LIMITS.pageEnterprises);
}

/** Whoever borrows or is watched, by number. */
async function readPage(tx: Tx, after: EnterpriseId | null): Promise<EnterpriseId[]> {
  const limit = WATCH_LIMITS.pageEnterprises;
  const borrowers = await readBorrowerIds(tx, { after, limit });
  const watched = await readWatchedIds(tx, { after, limit });
  const ids = [...new Set([...borrowers, ...watched])].map(BigInt);
  ids.sort((a, b) => (a < b ? -1 : 1));
  return ids.slice(0, limit).map(toEnterpriseId);
}

async function refreshPage(tx: Tx, { clock }: Context, ids: readonly EnterpriseId[]): Promise<RefreshCounts> {
  if (ids.length === 0) return { opened: 0, changed: 0, ended: 0 };
  const at = clock.now();
  const listed = await readListed(tx, ids);
  const wanted = await readWanted(tx, ids);
  const gone = listed.filter((watch) => !wanted.has(pairOf(watch))).map(({ enterpriseId }) => enterpriseId);
  const ends = gone.length === 0 ? [] : await readLoanEnds(tx, gone);
  const changes = decideWatches(listed, wanted, { ends, today: beijingDate(at) });
  await write(tx, changes, at);
  return { opened: changes.opened.length, changed: changes.changed.length, ended: changes.ended.length };
}

async function readWanted(tx: Tx, ids: readonly EnterpriseId[]): Promise<ReadonlyMap<string, WatchContent>> {
  const loans = await readLiveLoans(tx, ids);
  const parties = await readDisclosureParty(tx, [...new Set(loans.map(({ disclosureId }) => disclosureId))]);
  const branchOf = ({ disclosureId, institutionId }: LiveLoan): string =>
    parties.get(disclosureId)?.branch ?? institutionId;
  return watchesOf(loans, branchOf);
}

type Row = {
  enterprise_id: string;
  watch_id: string;
  institution_id: string;
  branch_id: string;
  platform_id: string | null;
  since: string;
  loans: number;
  balance_fen: string;
};

async function readListed(tx: Tx, ids: readonly EnterpriseId[]): Promise<ListedWatch[]> {
  const rows = await tx.rows<Row>(
    `select w.enterprise_id, w.watch_id, w.institution_id, w.branch_id, w.platform_id, w.since::text, w.loans,
       w.balance_fen
     from ${familiesOf('$1')} f
     join monitoring.watches w on w.enterprise_id = f.member_id and w.known_to = 'infinity'`,
    [ids],
  );
  return rows.map((row) => ({
    enterpriseId: toEnterpriseId(row.enterprise_id),
    watchId: row.watch_id,
    institutionId: row.institution_id,
    branchId: row.branch_id,
    platformId: row.platform_id,
    since: row.since,
    loans: row.loans,
    balanceFen: BigInt(row.balance_fen),
  }));
}

async function write(tx: Tx, { opened, changed, ended }: WatchChanges, at: Date): Promise<void> {
  if (ended.length > 0) await tx.rows(END, [JSON.stringify(ended.map(endColumns)), at]);
  if (changed.length > 0) await tx.rows(CHANGE, [JSON.stringify(changed.map(columnsOf)), at]);
  if (opened.length === 0) return;
  const begun = opened.map((content) => columnsOf({ ...content, watchId: newId('wch', at) }));
  await tx.rows(OPEN, [JSON.stringify(begun), at]);
}

function endColumns({ enterpriseId, watchId, reason, endedOn }: EndedWatch) {
  return { enterprise_id: enterpriseId, watch_id: watchId, end_reason: reason, ended_on: endedOn };
}

function columnsOf(watch: ListedWatch) {
  return {
    enterprise_id: watch.enterpriseId,
    watch_id: watch.watchId,
    institution_id: watch.institutionId,
    branch_id: watch.branchId,
    platform_id: watch.platformId,
    since: watch.since,
    loans: watch.loans,
    balance_fen: String(watch.balanceFen),
  };
}

function add(sum: RefreshCounts, { opened, changed, ended }: RefreshCounts): RefreshCounts {
  return { opened: sum.opened + opened, changed: sum.changed + changed, ended: sum.ended + ended };
}

/** A version must not end at the instant it began. */
const ENDED_AT = `greatest($2::timestamptz, w.known_from + interval '1 millisecond')`;

const GIVEN = `jsonb_to_recordset($1::jsonb) as x(enterprise_id bigint, watch_id text, institution_id text,
    branch_id text, platform_id text, since date, loans integer, balance_fen bigint)`;

const COLUMNS = 'enterprise_id, watch_id, institution_id, branch_id, platform_id, since, loans, balance_fen';

const END = `
  update monitoring.watches w set known_to = ${ENDED_AT}, end_reason = x.end_reason, ended_on = x.ended_on
  from jsonb_to_recordset($1::jsonb) as x(enterprise_id bigint, watch_id text, end_reason text, ended_on date)
  where w.enterprise_id = x.enterprise_id and w.watch_id = x.watch_id and w.known_to = 'infinity'`;

/** Reading from `ended` puts the end first. */
const CHANGE = `
  with ended as (
    update monitoring.watches w set known_to = ${ENDED_AT}
    from jsonb_to_recordset($1::jsonb) as x(enterprise_id bigint, watch_id text)
    where w.enterprise_id = x.enterprise_id and w.watch_id = x.watch_id and w.known_to = 'infinity'
    returning w.enterprise_id, w.watch_id, w.known_to
  )
  insert into monitoring.watches (${COLUMNS}, known_from)
  select ${COLUMNS.replaceAll(/\w+/g, (name) => `x.${name}`)}, ended.known_to
  from ${GIVEN} join ended using (enterprise_id, watch_id)
  order by enterprise_id`;

const OPEN = `
  insert into monitoring.watches (${COLUMNS}, known_from)
  select ${COLUMNS}, $2::timestamptz from ${GIVEN}
  order by enterprise_id`;
