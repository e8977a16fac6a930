import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { INSTITUTION_TYPES, type InstitutionType } from '../financing.ts';
import { budgetRefusal } from './budget-refusals.ts';

const strict = { additionalProperties: false } as const;
const Bits = Type.Number({ minimum: 0, maximum: 10_000 });

/** By institution type; 0 closes the dataset to that type. */
const Limits = Type.Object(
  { bank: Bits, insurer: Bits, guarantor: Bits, credit_service: Bits } satisfies Record<
    InstitutionType,
    typeof Bits
  >,
  strict,
);

const Budgets = Type.Object(
  {
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    /** Who decided it: a document's number, or `proposal`. */
    source: Type.String({ minLength: 2, maxLength: 200 }),
    bitsPerQuarterMax: Limits,
    /** Datasets with limits of their own. */
    contracts: Type.Array(
      Type.Object(
        {
          contracts: Type.Array(Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }), {
            minItems: 1,
            uniqueItems: true,
          }),
          bitsPerQuarterMax: Limits,
        },
        strict,
      ),
      { maxItems: 100 },
    ),
  },
  strict,
);
export type Budgets = Static<typeof Budgets>;

const FILE = 'quarterly.yaml';

/**
 * Reads `quarterly.yaml` of the last folder that has it: the package's `models/budgets`, then a city's. Throws
 * `budget.definition_not_valid`, so that a node never starts on a doubtful budget.
 */
export function loadBudgets(folders: readonly string[]): Budgets {
  const file = folders.map((folder) => join(folder, FILE)).findLast((path) => existsSync(path));
  assert(file !== undefined, `the package has ${FILE}`);
  const value: unknown = parse(readFileSync(file, 'utf8'));
  requireValid(
    [...Value.Errors(Budgets, value)].map(({ instancePath, message }) => `${instancePath || '/'} ${message}`),
  );
  const budgets = value as Budgets; // the errors are none
  const named = budgets.contracts.flatMap(({ contracts }) => contracts);
  requireValid(named.filter((id, at) => named.indexOf(id) < at).map((id) => `${id} twice`));
  return Object.freeze(budgets);
}

function requireValid(reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  throw budgetRefusal('budget.definition_not_valid', {
    file: FILE,
    reasons: reasons.slice(0, 10).join('; '),
  });
}

/** The most bits an institution of this type may learn about one enterprise from this dataset in a quarter. */
export function bitsLimitOf(budgets: Budgets, institutionType: InstitutionType, contractId: string): number {
  assert(INSTITUTION_TYPES.includes(institutionType), 'types of institutions are closed');
  const own = budgets.contracts.find(({ contracts }) => contracts.includes(contractId));
  return (own ?? budgets).bitsPerQuarterMax[institutionType];
}
