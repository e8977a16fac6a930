import type { Tx } from '#kernel';
import type { Gate } from './gates.ts';
import type { ModelTables } from './model-tables.ts';

/** Who approved a model, and what its gates found each time they were asked. */
export async function readExamined(
  tx: Tx,
  hash: string,
): Promise<{ readonly approvedBy: readonly string[]; readonly gates: readonly Gate[] }> {
  const tables = tx.tables<ModelTables>();
  const approvals = await tables
    .selectFrom('evaluation.model_approvals')
    .select('approved_by')
    .where('model_hash', '=', hash)
    .orderBy('approved_at')
    .execute();
  const checks = await tables
    .selectFrom('evaluation.model_checks')
    .select('gates')
    .where('model_hash', '=', hash)
    .orderBy('checked_at')
    .execute();
  return {
    approvedBy: approvals.map(({ approved_by }) => approved_by),
    gates: checks.flatMap(({ gates }) => gates),
  };
}
