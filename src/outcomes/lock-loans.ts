import type { EnterpriseId, Tx } from '#kernel';
import type { FactOf } from './fact-sql.ts';

/**
 * Before anything is said of these loans or their balances: whoever relies on a loan being live, see `lockLiveLoans`, has
 * done so, or waits until this is committed. Without it a month end would be added beside a loan that somebody relies on.
 */
export async function lockLoans(tx: Tx, institutionId: string, facts: readonly FactOf[]): Promise<void> {
  const loans = facts.flatMap(loanOf);
  if (loans.length === 0) return;
  await tx.rows(LOCK, [JSON.stringify(loans), institutionId]);
}

function loanOf({ enterpriseId, fact }: FactOf): { enterprise_id: EnterpriseId; loan_no: unknown }[] {
  if (fact.kind !== 'loan' && fact.kind !== 'balance') return [];
  return [{ enterprise_id: enterpriseId, loan_no: fact.key['loan_no'] }];
}

/** In one order for all: nobody waits in a circle. */
const LOCK = `
  select from (select distinct enterprise_id, loan_no
    from jsonb_to_recordset($1::jsonb) as r(enterprise_id bigint, loan_no text)) x
  join outcomes.loans l on l.enterprise_id = x.enterprise_id and l.loan_no = x.loan_no
  where l.institution_id = $2 and l.known_to = 'infinity' and l.is_standing
  order by l.enterprise_id, l.institution_id, l.loan_no
  for no key update of l`;
