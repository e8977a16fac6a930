import type { Database } from '#kernel';

/**
 * For measuring alone: a live loan of one institution to every enterprise of a range of numbers, the last not included,
 * as so many reports of a bank would leave it. `day` is the Beijing day of disbursement.
 */
export async function lendForMeasuring(
  { pool }: Database,
  { institutionId, from, until, day }: { institutionId: string; from: number; until: number; day: string },
): Promise<void> {
  await pool.query(
    `insert into outcomes.loans (enterprise_id, institution_id, loan_no, channel, known_from, is_standing, is_correction,
       disclosure_id, batch_id, item_no, content_hash, application_no, amount_fen, annual_rate_bp, term_months, guarantee,
       is_first_loan, is_credit_loan, disbursed_on)
     select n, $1, 'L' || n, 'direct', now(), true, false, 'dsc_' || n, 'obt_measured', n, '-', 'A' || n, 100000000, 400, 12,
       'none', true, true, $4
     from generate_series($2::bigint, $3::bigint - 1) as n`,
    [institutionId, from, until, day],
  );
}
