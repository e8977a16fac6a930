import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CodeTable, codeTableFromYaml } from './code-table.ts';
import { ContractError, contractFromOdcs } from './from-odcs.ts';
import type { Contract } from './shape.ts';

/** All contracts and code tables in force, by id. */
export type Catalogue = {
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly codeTables: ReadonlyMap<string, CodeTable>;
};

/**
 * Loads the package's `lists/` and, over it, the city's own: a file of the city with the same id replaces the package's.
 * Throws ContractError on the first file that does not hold; a node never starts on a doubtful definition.
 */
export function loadCatalogue(folders: readonly string[]): Catalogue {
  const contracts = new Map<string, Contract>();
  const codeTables = new Map<string, CodeTable>();
  for (const folder of folders) {
    for (const file of filesUnder(folder)) {
      if (file.endsWith('.odcs.yaml')) {
        const contract = contractFromOdcs(readFileSync(file, 'utf8'), file);
        contracts.set(contract.id, contract);
      } else if (/[\\/]codes[\\/][^\\/]+\.yaml$/.test(file)) {
        const table = codeTableFromYaml(readFileSync(file, 'utf8'), file);
        codeTables.set(table.id, table);
      }
    }
  }
  for (const contract of contracts.values()) requireKnownReferences(contract, contracts, codeTables);
  const inOrder = [...contracts].sort(([a], [b]) => rank(a).localeCompare(rank(b)));
  return { contracts: new Map(inOrder), codeTables };
}

/** National before city before voluntary, then by number. */
function rank(id: string): string {
  return `${'nbv'.indexOf(id.charAt(0))}${id}`;
}

function requireKnownReferences(
  contract: Contract,
  contracts: ReadonlyMap<string, Contract>,
  codeTables: ReadonlyMap<string, CodeTable>,
): void {
  const reasons = [];
  for (const field of contract.fields) {
    if (field.codes !== undefined && !codeTables.has(field.codes)) {
      reasons.push(`${field.name}: no code table ${field.codes}`);
    }
  }
  for (const other of contract.precedence ?? []) {
    if (!contracts.has(other)) reasons.push(`precedence names no contract: ${other}`);
  }
  if (reasons.length > 0) throw new ContractError(contract.id, reasons);
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
