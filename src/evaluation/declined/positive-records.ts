import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { Catalogue, CodeTable, RecordVersion } from '#lists';
import { declinedRefusal } from './declined-refusals.ts';

const strict = { additionalProperties: false } as const;
const Sentence = Type.String({ minLength: 2, maxLength: 200 });

const PositiveDataset = Type.Object(
  {
    id: Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' }),
    reason: Type.Object({ zh: Sentence, en: Sentence }, strict),
    /** A record with one of these is not positive: a field with one of the values, or with any where none are named. */
    exceptWhen: Type.Optional(
      Type.Array(
        Type.Object(
          { field: Type.String(), values: Type.Optional(Type.Array(Type.String(), { minItems: 1 })) },
          strict,
        ),
        { minItems: 1, maxItems: 10 },
      ),
    ),
  },
  strict,
);
export type PositiveDataset = Static<typeof PositiveDataset>;

const Definition = Type.Object(
  {
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    /** The law it stands on, or `proposal`. */
    basis: Sentence,
    contracts: Type.Array(PositiveDataset, { minItems: 1, maxItems: 100 }),
  },
  strict,
);
type Definition = Static<typeof Definition>;

/** Which datasets hold positive records, by contract. */
export type PositiveRecords = {
  readonly version: string;
  readonly basis: string;
  readonly datasets: ReadonlyMap<string, PositiveDataset>;
};

const FILE = 'positive-records.yaml';

/**
 * Reads `positive-records.yaml` of the last folder that has it: the package's `models`, then a city's. Throws
 * `declined.definition_not_valid` with every reason: a node never starts on a doubtful definition.
 */
export function loadPositiveRecords(
  folders: readonly string[],
  catalogue: Pick<Catalogue, 'contracts' | 'codeTables'>,
): PositiveRecords {
  const file = folders.map((folder) => join(folder, FILE)).findLast((path) => existsSync(path));
  assert(file !== undefined, `the package has ${FILE}`);
  const value: unknown = parse(readFileSync(file, 'utf8'));
  requireNone([...Value.Errors(Definition, value)].map(describeError));
  const definition = value as Definition; // the errors are none
  requireNone(definition.contracts.flatMap((dataset) => faultsOf(dataset, catalogue)));
  const ids = definition.contracts.map(({ id }) => id);
  requireNone(ids.filter((id, at) => ids.indexOf(id) < at).map((id) => `${id} twice`));
  const datasets = new Map(definition.contracts.map((dataset) => [dataset.id, Object.freeze(dataset)]));
  return Object.freeze({ version: definition.version, basis: definition.basis, datasets });
}

function describeError({ instancePath, message }: { instancePath: string; message: string }): string {
  return `${instancePath || '/'} ${message}`;
}

/** Only what the node holds can be withheld from others. */
function faultsOf(
  { id, exceptWhen = [] }: PositiveDataset,
  { contracts, codeTables }: Pick<Catalogue, 'contracts' | 'codeTables'>,
): string[] {
  const contract = contracts.get(id);
  if (contract === undefined) return [`there is no contract ${id}`];
  if (!contract.sharingModes.includes('replicated')) return [`${id} is not replicated`];
  return exceptWhen.flatMap(({ field: name, values = [] }) => {
    const field = contract.fields.find((candidate) => candidate.name === name);
    if (field === undefined) return [`${id} has no field ${name}`];
    const known = field.codes === undefined ? values : codesOf(codeTables.get(field.codes));
    return values
      .filter((value) => !known.includes(value))
      .map((value) => `${id}.${name} has no code ${value}`);
  });
}

function codesOf(table: CodeTable | undefined): string[] {
  return table?.values.map(({ code }) => code) ?? [];
}

function requireNone(reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  const shown = reasons.slice(0, 10).join('; ');
  throw declinedRefusal('declined.definition_not_valid', { file: FILE, reasons: shown });
}

/** Whether this record of the dataset says nothing but good of its enterprise. */
export function isPositive(
  { exceptWhen = [] }: PositiveDataset,
  { values }: Pick<RecordVersion, 'values'>,
): boolean {
  return exceptWhen.every(({ field, values: bad }) => {
    const value = values[field] ?? null;
    return value === null || (bad !== undefined && !bad.includes(value));
  });
}
