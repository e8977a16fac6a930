import { beijingDate, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';

/** What came of one enterprise at one institution in a time, as the standing reports say. */
export type OutcomeFlags = {
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  /** The institution used what it was given, or took an application. */
  readonly isReached: boolean;
  readonly isGranted: boolean;
  readonly isLent: boolean;
  readonly isBad: boolean;
  /** Fen; text of an integer. */
  readonly lentFen: string;
};

/**
 * Outcomes between two instants, of every enterprise that has any, as known at the Permit's instant: applications by their
 * day, loans by the day they were paid out, and bad or 90 days overdue at any later month end. For figures over groups:
 * nothing of one enterprise leaves by them.
 */
export async function readOutcomeFlags(
  tx: Tx,
  permit: PopulationPermit,
  { from, to, institutionId }: { from: Date; to: Date; institutionId?: string },
): Promise<OutcomeFlags[]> {
  permit.assertUsable(tx);
  const rows = await tx.rows<Omit<OutcomeFlags, 'enterpriseId'> & { enterprise_id: string }>(FLAGS, [
    beijingDate(from),
    beijingDate(to),
    permit.asOf.knownAt,
    institutionId ?? null,
    from,
    to,
  ]);
  return rows.map(({ enterprise_id, ...flags }) => ({
    ...flags,
    enterpriseId: toEnterpriseId(enterprise_id),
  }));
}

const STANDING = `is_standing and known_from <= $3 and known_to > $3 and ($4::text is null or institution_id = $4)`;

const FLAGS = `
  with applied as (
    select enterprise_id, institution_id, decision = 'approved' as is_granted from outcomes.applications
    where ${STANDING} and applied_on between $1 and $2
  ), lent as (
    select enterprise_id, institution_id, loan_no, amount_fen from outcomes.loans
    where ${STANDING} and disbursed_on between $1 and $2
  ), bad as (
    select distinct l.enterprise_id, l.institution_id from lent l
    join outcomes.balances b using (enterprise_id, institution_id, loan_no)
    where b.is_standing and b.known_from <= $3 and b.known_to > $3 and (b.is_bad or b.overdue = 'd90_plus')
      and b.month <= $2::date
  ), facts as (
    select enterprise_id, institution_id, true as reached, is_granted as granted, false as lent, 0::numeric as fen from applied
    union all
    select enterprise_id, institution_id, true, true, true, amount_fen from lent
    union all
    select enterprise_id, institution_id, was_used, false, false, 0 from outcomes.uses
    where ${STANDING} and known_from between $5 and $6
  )
  select f.enterprise_id, f.institution_id as "institutionId", bool_or(f.reached) as "isReached",
    bool_or(f.granted) as "isGranted", bool_or(f.lent) as "isLent",
    exists (select from bad b where b.enterprise_id = f.enterprise_id and b.institution_id = f.institution_id) as "isBad",
    sum(f.fen)::text as "lentFen"
  from facts f
  group by f.enterprise_id, f.institution_id
  order by f.enterprise_id, f.institution_id`;
