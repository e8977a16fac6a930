import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { mergesNow } from '#lists';
import type { PopulationPermit } from '#security';

/** What became of one loan, month end by month end. All days are Beijing days; null: it did not, as far as was reported. */
export type LoanLife = {
  /** To whom it counts now: of merged enterprises the one that goes on. */
  readonly enterpriseId: EnterpriseId;
  readonly disbursedOn: string;
  /** Settled, or written off with nothing left. */
  readonly endedOn: string | null;
  /** The first month end at which it was overdue at all. */
  readonly overdueOn: string | null;
  /** The first month end at which it was bad or more than 90 days overdue. */
  readonly badOn: string | null;
  /** The last month end that was reported. */
  readonly toldUntil: string | null;
};

/**
 * Loans of the Permit's population paid out until a day, as their standing reports say at the Permit's instant, in order of
 * enterprise and day. For figures over groups: nothing of one enterprise leaves by them.
 */
export async function readLoanLives(
  tx: Tx,
  permit: PopulationPermit,
  { until }: { until: string },
): Promise<LoanLife[]> {
  permit.assertUsable(tx);
  const { population, asOf } = permit;
  const ids = population.kind === 'list' ? population.ids : null;
  const rows = await tx.rows<Omit<LoanLife, 'enterpriseId'> & { enterprise_id: string }>(LIVES, [
    until,
    asOf.knownAt,
    ids,
  ]);
  return rows.map(({ enterprise_id, ...life }) => ({ ...life, enterpriseId: toEnterpriseId(enterprise_id) }));
}

const known = (alias: string): string =>
  `${alias}.is_standing and ${alias}.known_from <= $2 and ${alias}.known_to > $2`;

const MONTH_END = `(b.month + interval '1 month' - interval '1 day')::date`;

const LIVES = `
  select coalesce(m.enterprise_id, l.enterprise_id) as enterprise_id, l.disbursed_on::text as "disbursedOn",
    told.ended_on::text as "endedOn", told.overdue_on::text as "overdueOn", told.bad_on::text as "badOn",
    told.until::text as "toldUntil"
  from outcomes.loans l
  left join ${mergesNow()} m on m.alias_id = l.enterprise_id
  left join lateral (
    select max(${MONTH_END}) as until,
      min(coalesce(b.settled_on, ${MONTH_END})) filter (where b.settled_on is not null or b.is_bad and b.balance_fen = 0)
        as ended_on,
      min(${MONTH_END}) filter (where b.overdue <> 'none' or b.is_bad) as overdue_on,
      min(${MONTH_END}) filter (where b.overdue = 'd90_plus' or b.is_bad) as bad_on
    from outcomes.balances b
    where b.enterprise_id = l.enterprise_id and b.institution_id = l.institution_id and b.loan_no = l.loan_no
      and ${known('b')}) told on true
  where ${known('l')} and l.disbursed_on <= $1::date
    and ($3::bigint[] is null or coalesce(m.enterprise_id, l.enterprise_id) = any($3))
  order by 1, 2, l.institution_id, l.loan_no`;
