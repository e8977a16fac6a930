import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tx } from '#kernel';
import { countDisclosures } from '#security';
import type { ListsContext } from '../lists-context.ts';

/** What would feel a change of a contract. Consents and indicators join as they come to exist. */
export type ContractUses = {
  readonly tables: readonly string[];
  readonly qualityRules: readonly string[];
  readonly shadows: readonly string[];
  /** Answers and reports that carried its data so far. */
  readonly disclosures: number;
};

export async function findUses(tx: Tx, context: ListsContext, contractId: string): Promise<ContractUses> {
  const tables = await tx.rows<{ table_name: string }>(
    'select table_name from lists.dataset_tables where contract_id = $1 order by major',
    [contractId],
  );
  const others = [...context.catalogue.contracts.values()].filter(({ id }) => id !== contractId);
  return {
    tables: tables.map(({ table_name }) => table_name),
    qualityRules: rulesNaming(join(context.packageFolder, 'models', 'quality', 'cross'), contractId),
    shadows: others.filter(({ precedence }) => precedence?.includes(contractId)).map(({ id }) => id),
    disclosures: await countDisclosures(tx, contractId),
  };
}

function rulesNaming(folder: string, contractId: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && readFileSync(join(folder, name), 'utf8').includes(contractId))
    .map((name) => name.replace(/\.yaml$/, ''));
}
