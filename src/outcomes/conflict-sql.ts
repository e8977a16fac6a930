import { newId, type Tx } from '#kernel';
import type { BatchFacts, FactOf } from './fact-sql.ts';

/** Opens a conflict for each fact on which none is open. */
export async function openConflicts(tx: Tx, batch: BatchFacts, facts: readonly FactOf[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map((about) => ({ ...columnsOf(about), conflict_id: newId('otc', batch.at) }));
  await tx.rows(
    `insert into outcomes.conflicts
       (enterprise_id, conflict_id, institution_id, kind, fact_key, opened_at, opened_by_batch)
     select enterprise_id, conflict_id, $2, kind, fact_key, $3::timestamptz, $4
     from jsonb_to_recordset($1::jsonb)
       as x(enterprise_id bigint, conflict_id text, kind text, fact_key jsonb)
     on conflict (enterprise_id, institution_id, kind, fact_key) where state = 'open' do nothing`,
    [JSON.stringify(rows), batch.institutionId, batch.at, batch.batchId],
  );
}

/** Ends the conflicts over facts of which all channels say the same now. */
export async function dissolveConflicts(tx: Tx, batch: BatchFacts, facts: readonly FactOf[]): Promise<void> {
  if (facts.length === 0) return;
  await tx.rows(
    `update outcomes.conflicts c set state = 'dissolved', ended_at = $3::timestamptz
     from jsonb_to_recordset($1::jsonb) as x(enterprise_id bigint, kind text, fact_key jsonb)
     where c.enterprise_id = x.enterprise_id and c.institution_id = $2 and c.kind = x.kind
       and c.fact_key = x.fact_key and c.state = 'open'`,
    [JSON.stringify(facts.map(columnsOf)), batch.institutionId, batch.at],
  );
}

function columnsOf({ enterpriseId, fact }: FactOf): object {
  return { enterprise_id: enterpriseId, kind: fact.kind, fact_key: fact.key };
}
