import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { familiesOf, mergesNow } from '#lists';
import { outcomesRefusal } from './outcomes-refusals.ts';
import { DIRECT } from './report-outcomes.ts';

/** A loan that is neither settled nor written off, as its standing reports say. Days are Beijing days. */
export type LiveLoan = {
  /** To whom it counts now: of merged enterprises the one that goes on. */
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly loanNo: string;
  /** Through which the standing report came; null: from the institution itself. */
  readonly platformId: string | null;
  /** On which it was granted. */
  readonly disclosureId: string;
  readonly disbursedOn: string;
  /** At the latest month end reported; the amount lent while none is. */
  readonly balanceFen: bigint;
};

/** How what was lent to an enterprise came to its end at one institution, by the last month that ended a loan. */
export type LoanEnd = {
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly reason: 'settled' | 'written_off';
  readonly endedOn: string;
};

/**
 * The live loans of these enterprises and of whoever is merged into them, in order of enterprise, institution and number.
 * A loan is live from its disbursement, reported balance or not, until a month end says that it is settled, or bad with
 * nothing left: then it stays ended, whatever later months say, unless that month is corrected.
 */
export async function readLiveLoans(tx: Tx, enterpriseIds: readonly EnterpriseId[]): Promise<LiveLoan[]> {
  return (await tx.rows<Row>(READ, [enterpriseIds])).map(toLoan);
}

/**
 * As `readLiveLoans`, under a share lock to the end of the transaction: a report that another transaction is writing about
 * one of these loans is waited for and seen, and one that comes later waits. Not in a snapshot, which could not see it.
 * Throws `outcomes.loans_changing` when reports keep coming in between.
 */
export async function lockLiveLoans(tx: Tx, enterpriseIds: readonly EnterpriseId[]): Promise<LiveLoan[]> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const locked = new Set((await tx.rows<Version>(LOCK, [enterpriseIds])).map(({ version }) => version));
    // A statement of its own: it sees what those wrote for whom the lock had to wait.
    const rows = await tx.rows<Row>(READ, [enterpriseIds]);
    if (rows.every(({ version }) => locked.has(version))) return rows.map(toLoan);
  }
  throw outcomesRefusal('outcomes.loans_changing');
}

/** A loan has to be reported anew between two statements for each further look. */
const LOOKS_MAX = 10;

/** How the loans of these enterprises ended, one line for each institution where any has. */
export async function readLoanEnds(tx: Tx, enterpriseIds: readonly EnterpriseId[]): Promise<LoanEnd[]> {
  const rows = await tx.rows<{
    enterprise_id: string;
    institution_id: string;
    reason: LoanEnd['reason'];
    ended_on: string;
  }>(ENDS, [enterpriseIds]);
  return rows.map(({ enterprise_id, institution_id, reason, ended_on }) => ({
    enterpriseId: toEnterpriseId(enterprise_id),
    institutionId: institution_id,
    reason,
    endedOn: ended_on,
  }));
}

/** Enterprises with live loans by the id under which they were reported, in its order. */
export async function readBorrowerIds(
  tx: Tx,
  { after, limit }: { after: EnterpriseId | null; limit: number },
): Promise<EnterpriseId[]> {
  const rows = await tx.rows<{ enterprise_id: string }>(
    `select distinct l.enterprise_id from outcomes.loans l
     where l.enterprise_id > $1::bigint and ${LIVE} order by l.enterprise_id limit $2`,
    [after ?? 0, limit],
  );
  return rows.map(({ enterprise_id }) => toEnterpriseId(enterprise_id));
}

/** Whose loans a batch spoke of, as far as what it said is in force. */
export async function readBorrowersOfBatch(
  tx: Tx,
  { batchId, institutionId }: { batchId: string; institutionId: string },
): Promise<EnterpriseId[]> {
  const said = (table: string): string =>
    `select enterprise_id from ${table} where institution_id = $1 and batch_id = $2 and known_to = 'infinity'`;
  const rows = await tx.rows<{ enterprise_id: string }>(
    `${said('outcomes.loans')} union ${said('outcomes.balances')} order by 1`,
    [institutionId, batchId],
  );
  return rows.map(({ enterprise_id }) => toEnterpriseId(enterprise_id));
}

/**
 * For figures over all: a parenthesised select with enterprise_id, to whom the loan counts now, institution_id, loan_no,
 * and platform_id, null where the institution reports it itself.
 */
export function liveLoansRelation(): string {
  return `(
    select coalesce(m.enterprise_id, l.enterprise_id) as enterprise_id, l.institution_id, l.loan_no,
      nullif(l.channel, '${DIRECT}') as platform_id
    from outcomes.loans l left join ${mergesNow()} m on m.alias_id = l.enterprise_id
    where ${LIVE})`;
}

type Version = { version: string };
type Row = Version & {
  enterprise_id: string;
  institution_id: string;
  loan_no: string;
  channel: string;
  disclosure_id: string;
  disbursed_on: string;
  balance_fen: string;
};

function toLoan(row: Row): LiveLoan {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    institutionId: row.institution_id,
    loanNo: row.loan_no,
    platformId: row.channel === DIRECT ? null : row.channel,
    disclosureId: row.disclosure_id,
    disbursedOn: row.disbursed_on,
    balanceFen: BigInt(row.balance_fen),
  };
}

const ENDING =
  "b.is_standing and b.known_to = 'infinity' and (b.settled_on is not null or b.is_bad and b.balance_fen = 0)";

const OF_LOAN =
  'b.enterprise_id = l.enterprise_id and b.institution_id = l.institution_id and b.loan_no = l.loan_no';

const LIVE = `l.is_standing and l.known_to = 'infinity'
      and not exists (select from outcomes.balances b where ${OF_LOAN} and ${ENDING})`;

/** Names one version of one loan. */
const VERSION = `l.enterprise_id || ' ' || l.institution_id || ' ' || l.known_from || ' ' || l.loan_no as version`;

const READ = `
  select f.enterprise_id, l.institution_id, l.loan_no, l.channel, l.disclosure_id, l.disbursed_on::text,
    coalesce(last.balance_fen, l.amount_fen) as balance_fen, ${VERSION}
  from ${familiesOf('$1')} f
  join outcomes.loans l on l.enterprise_id = f.member_id
  left join lateral (
    select b.balance_fen from outcomes.balances b
    where ${OF_LOAN} and b.is_standing and b.known_to = 'infinity'
    order by b.month desc limit 1) last on true
  where ${LIVE}
  order by f.enterprise_id, l.institution_id, l.loan_no`;

/** In the order in which reports lock loans, see `lockLoans`: nobody waits in a circle. */
const LOCK = `
  select ${VERSION}
  from ${familiesOf('$1')} f
  join outcomes.loans l on l.enterprise_id = f.member_id
  where ${LIVE}
  order by l.enterprise_id, l.institution_id, l.loan_no
  for share of l`;

const ENDS = `
  select distinct on (f.enterprise_id, b.institution_id) f.enterprise_id, b.institution_id,
    case when b.settled_on is null then 'written_off' else 'settled' end as reason,
    coalesce(b.settled_on, (b.month + interval '1 month' - interval '1 day')::date)::text as ended_on
  from ${familiesOf('$1')} f
  join outcomes.balances b on b.enterprise_id = f.member_id
  where ${ENDING}
  order by f.enterprise_id, b.institution_id, b.month desc, b.settled_on desc nulls last`;
