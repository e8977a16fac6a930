import { readStandingConsents, type StandingConsent } from '#consent';
import { type Clock, type EnterpriseId, systemClock, toEnterpriseId, type Tx } from '#kernel';
import { familiesOf } from '#lists';
import { type LiveLoan, lockLiveLoans } from '#outcomes';
import { pairOf } from './decide-watches.ts';

/** An enterprise that is watched for an institution, at the instant of the look. */
export type Watch = {
  /** Of merged enterprises the one that goes on. */
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly branchId: string;
  /** Through which the institution is served; null: directly. */
  readonly platformId: string | null;
  readonly watchId: string;
  /** Beijing day. */
  readonly since: string;
  readonly loans: number;
  readonly balanceFen: bigint;
  /** A live consent for post-loan management of this enterprise for this institution; null: public data alone. */
  readonly consentId: string | null;
};

/**
 * The watches of these enterprises behind which a loan is live by the reports that stand at this instant, in order of
 * enterprise and institution. Loans and consents are share-locked to the end of the transaction: a settlement or
 * revocation being written is waited for and seen, a later one waits. Whoever tells an institution something calls this
 * in the transaction that does.
 */
export async function readLiveWatches(
  tx: Tx,
  enterpriseIds: readonly EnterpriseId[],
  clock: Clock = systemClock,
): Promise<Watch[]> {
  if (enterpriseIds.length === 0) return [];
  const loans = Map.groupBy(await lockLiveLoans(tx, enterpriseIds), pairOf);
  if (loans.size === 0) return [];
  const consents = await readStandingConsents(tx, {
    enterpriseIds,
    purpose: 'post_loan_management',
    at: clock.now(),
    isLocked: true,
  });
  const ofPair = Map.groupBy(consents, pairOf);
  return onePerPair(await tx.rows<Row>(LIVE, [enterpriseIds])).flatMap((row) => {
    const watch = toWatch(row);
    const behind = loans.get(pairOf(watch));
    return behind === undefined ? [] : [atThisInstant(watch, behind, ofPair.get(pairOf(watch)) ?? [])];
  });
}

/** Those of these enterprises that are on the watch list; for choosing whom to look at, never for telling anybody. */
export async function readWatchedAmong(
  tx: Tx,
  enterpriseIds: readonly EnterpriseId[],
): Promise<EnterpriseId[]> {
  const rows = await tx.rows<{ enterprise_id: string }>(
    `select distinct f.enterprise_id from ${familiesOf('$1')} f
     join monitoring.watches w on w.enterprise_id = f.member_id and w.known_to = 'infinity'
     order by f.enterprise_id`,
    [enterpriseIds],
  );
  return rows.map(({ enterprise_id }) => toEnterpriseId(enterprise_id));
}

/** Whom these enterprises are watched for; for choosing, as `readWatchedAmong`. */
export async function readWatchedPairs(
  tx: Tx,
  enterpriseIds: readonly EnterpriseId[],
): Promise<Pick<Watch, 'enterpriseId' | 'institutionId'>[]> {
  const rows = await tx.rows<{ enterprise_id: string; institution_id: string }>(
    `select distinct f.enterprise_id, w.institution_id from ${familiesOf('$1')} f
     join monitoring.watches w on w.enterprise_id = f.member_id and w.known_to = 'infinity'`,
    [enterpriseIds],
  );
  return rows.map((row) => ({
    enterpriseId: toEnterpriseId(row.enterprise_id),
    institutionId: row.institution_id,
  }));
}

/** Enterprises on the watch list in order of their number; for sweeps. */
export async function readWatchedIds(
  tx: Tx,
  { after, limit }: { after: EnterpriseId | null; limit: number },
): Promise<EnterpriseId[]> {
  const rows = await tx.rows<{ enterprise_id: string }>(
    `select distinct enterprise_id from monitoring.watches
     where known_to = 'infinity' and enterprise_id > $1::bigint order by enterprise_id limit $2`,
    [after ?? 0, limit],
  );
  return rows.map(({ enterprise_id }) => toEnterpriseId(enterprise_id));
}

/** The consent that serves a watch: for that office, and through the platform if there is one. */
export function consentFor(
  { branchId, platformId }: Pick<Watch, 'branchId' | 'platformId'>,
  consents: readonly StandingConsent[],
): StandingConsent | undefined {
  return consents.find(
    (consent) =>
      (consent.branchId === null || consent.branchId === branchId) &&
      (platformId === null || consent.platforms.includes(platformId)),
  );
}

type Listed = Omit<Watch, 'loans' | 'balanceFen' | 'consentId'>;

function atThisInstant(
  watch: Listed,
  loans: readonly LiveLoan[],
  consents: readonly StandingConsent[],
): Watch {
  return {
    ...watch,
    loans: loans.length,
    balanceFen: loans.reduce((sum, { balanceFen }) => sum + balanceFen, 0n),
    consentId: consentFor(watch, consents)?.consentId ?? null,
  };
}

type Row = {
  enterprise_id: string;
  watch_id: string;
  institution_id: string;
  branch_id: string;
  platform_id: string | null;
  since: string;
};

/** Between a merge and the next refresh both members may have one: the first row is the one that goes on. */
function onePerPair(rows: readonly Row[]): Row[] {
  return [
    ...new Map(rows.toReversed().map((row) => [`${row.enterprise_id} ${row.institution_id}`, row])).values(),
  ].reverse();
}

function toWatch(row: Row): Listed {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    institutionId: row.institution_id,
    branchId: row.branch_id,
    platformId: row.platform_id,
    watchId: row.watch_id,
    since: row.since,
  };
}

const LIVE = `
  select f.enterprise_id, w.watch_id, w.institution_id, w.branch_id, w.platform_id, w.since::text
  from ${familiesOf('$1')} f
  join monitoring.watches w on w.enterprise_id = f.member_id and w.known_to = 'infinity'
  order by f.enterprise_id, w.institution_id, w.enterprise_id <> f.enterprise_id, w.watch_id`;
