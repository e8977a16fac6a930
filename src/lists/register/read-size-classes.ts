import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import { isInPopulation } from '../read/relation.ts';

/** The size class of each of these enterprises as the register has it now; the register keeps no earlier ones. */
export async function readSizeClasses(
  tx: Tx,
  permit: PopulationPermit,
  ids: readonly EnterpriseId[],
): Promise<ReadonlyMap<EnterpriseId, string>> {
  permit.assertUsable(tx);
  const rows = await tx.rows<{ enterprise_id: string; size_class: string }>(
    'select enterprise_id, size_class from lists.enterprises where enterprise_id = any($1::bigint[])',
    [ids.filter((id) => isInPopulation(permit, id))],
  );
  return new Map(rows.map((row) => [toEnterpriseId(row.enterprise_id), row.size_class]));
}
