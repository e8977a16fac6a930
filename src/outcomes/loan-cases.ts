import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';

/**
 * A loan as a case to learn from. `decidedOn` is a Beijing day. `bad`: bad or above 90 days overdue at some month end within
 * the horizon; `good`: settled, or followed to the end of the horizon, and never bad; `open`: not followed so far yet.
 */
export type LoanCase = {
  readonly enterpriseId: EnterpriseId;
  readonly decidedOn: string;
  readonly outcome: 'good' | 'bad' | 'open';
};

/**
 * Loans whose decision fell on days between `from` and `to`, both included, as their standing reports say at the Permit's
 * instant, in order of day and enterprise. A loan whose application nobody reported counts by the day it was paid out. For
 * figures over groups: nothing of one enterprise leaves by them.
 */
export async function readLoanCases(
  tx: Tx,
  permit: PopulationPermit,
  { from, to, horizonMonths }: { from: string; to: string; horizonMonths: number },
): Promise<LoanCase[]> {
  permit.assertUsable(tx);
  const rows = await tx.rows<{ enterprise_id: string; decided_on: string; outcome: LoanCase['outcome'] }>(
    CASES,
    [from, to, horizonMonths, permit.asOf.knownAt],
  );
  return rows.map(({ enterprise_id, decided_on, outcome }) => ({
    enterpriseId: toEnterpriseId(enterprise_id),
    decidedOn: decided_on,
    outcome,
  }));
}

const KNOWN = (alias: string): string =>
  `${alias}.is_standing and ${alias}.known_from <= $4 and ${alias}.known_to > $4`;

const CASES = `
  with decided as (
    select l.enterprise_id, l.institution_id, l.loan_no, coalesce(a.decided_on, l.disbursed_on) as decided_on
    from outcomes.loans l
    left join outcomes.applications a on a.enterprise_id = l.enterprise_id and a.institution_id = l.institution_id
      and a.application_no = l.application_no and ${KNOWN('a')}
    where ${KNOWN('l')} and coalesce(a.decided_on, l.disbursed_on) between $1::date and $2::date
  ), followed as (
    select d.enterprise_id, d.institution_id, d.loan_no, d.decided_on,
      coalesce(bool_or((b.is_bad or b.overdue = 'd90_plus')
        and b.month <= d.decided_on::timestamp + make_interval(months => $3::integer)), false) as is_bad,
      coalesce(bool_or(b.settled_on is not null), false) as is_settled,
      max(b.month) as last_month,
      date_trunc('month', d.decided_on::timestamp + make_interval(months => $3::integer))::date as end_month
    from decided d
    left join outcomes.balances b on b.enterprise_id = d.enterprise_id and b.institution_id = d.institution_id
      and b.loan_no = d.loan_no and ${KNOWN('b')}
    group by 1, 2, 3, 4
  )
  select enterprise_id, decided_on::text as decided_on,
    case when is_bad then 'bad' when is_settled or last_month >= end_month then 'good' else 'open' end as outcome
  from followed
  order by followed.decided_on, enterprise_id, institution_id, loan_no`;
