import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalHash } from '#kernel';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { processingRefusal } from '../processing-refusals.ts';

const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const said = { zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) };
const Words = Type.Object(said, strict);
const Named = Type.Object({ id: Id, ...said }, strict);
const Ids = Type.Array(Id, { uniqueItems: true });
const Version = Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' });
const ContractId = Type.String({ pattern: '^[nbv][0-9]{2}_[a-z0-9_]{2,50}$' });

const Category = Type.Object(
  {
    id: Id,
    ...said,
    kinds: Type.Array(Type.String()),
    /** Further fields, by contract. */
    fields: Type.Optional(Type.Record(ContractId, Ids)),
    sensitive: Type.Boolean(),
  },
  strict,
);

const Activity = Type.Object(
  {
    id: Id,
    ...said,
    purpose: Words,
    legalBasis: Type.Array(
      Type.Object(
        {
          ground: Type.Enum([
            'consent',
            'contract',
            'statutory_duty',
            'emergency',
            'news',
            'public_information',
            'law',
          ]),
          ...said,
        },
        strict,
      ),
      { minItems: 1 },
    ),
    /** Every contract of these lists, and those named beside them. */
    lists: Type.Array(Type.Enum(['national', 'beijing', 'voluntary']), { uniqueItems: true }),
    contracts: Type.Optional(Type.Array(ContractId, { uniqueItems: true })),
    /** Classes of the fields that it reads. */
    disclosures: Type.Array(Type.Enum(['public', 'authorised', 'invisible', 'secret']), {
      uniqueItems: true,
    }),
    persons: Ids,
    recipients: Type.Array(Words),
    keep: Words,
    /** What stops when the data is absent. */
    stops: Words,
    measures: Ids,
    /** What it holds of persons beside the contracts. */
    nodeData: Type.Array(Words),
  },
  strict,
);

const ProcessingFile = Type.Object(
  {
    id: Type.Literal('processing'),
    version: Version,
    source: Words,
    crossBorder: Type.Object({ transfers: Type.Boolean(), ...said }, strict),
    keptYears: Type.Integer({ minimum: 3, maximum: 100 }),
    categories: Type.Array(Category, { minItems: 1 }),
    persons: Type.Array(Named, { minItems: 1 }),
    measures: Type.Array(Named, { minItems: 1 }),
    regulators: Type.Array(Named, { minItems: 1 }),
    activities: Type.Array(Activity, { minItems: 1 }),
  },
  strict,
);

const Question = Type.Union([
  Type.Object({ id: Id, kind: Type.Literal('yes_no'), wanted: Type.Enum(['yes', 'no']), ...said }, strict),
  Type.Object({ id: Id, kind: Type.Literal('level'), ...said }, strict),
  Type.Object({ id: Id, kind: Type.Literal('text'), ...said }, strict),
]);
const TemplateFile = Type.Object(
  {
    id: Type.Literal('impact_assessment'),
    version: Version,
    source: Words,
    validDays: Type.Integer({ minimum: 1, maximum: 1_098 }),
    questions: Type.Array(Question, { minItems: 1, maxItems: 60 }),
  },
  strict,
);

export type ProcessingDefinition = Static<typeof ProcessingFile>;
export type ActivityDefinition = Static<typeof Activity>;
export type Question = Static<typeof Question>;
export type AssessmentTemplate = Static<typeof TemplateFile> & { readonly hash: string };

/**
 * Reads `rights/processing.yaml` and `rights/impact-assessment.yaml` of the folders of models; a city's file replaces the
 * package's. Throws `processing.definition_not_valid`.
 */
export function loadProcessing(folders: readonly string[]): {
  readonly processing: ProcessingDefinition;
  readonly assessment: AssessmentTemplate;
} {
  const processing = readShaped(folders, 'processing.yaml', ProcessingFile);
  refuseFaults('processing.yaml', [
    ...doubledIds(processing.activities),
    ...doubledIds(processing.categories),
    ...processing.activities.flatMap((activity) => unknownNames(activity, processing)),
  ]);
  const template = readShaped(folders, 'impact-assessment.yaml', TemplateFile);
  refuseFaults('impact-assessment.yaml', doubledIds(template.questions));
  return Object.freeze({ processing, assessment: { ...template, hash: canonicalHash(template) } });
}

function unknownNames(activity: ActivityDefinition, { persons, measures }: ProcessingDefinition): string[] {
  const known = new Set([...persons, ...measures].map(({ id }) => id));
  const named = [...activity.persons, ...activity.measures];
  return named.filter((id) => !known.has(id)).map((id) => `${activity.id}: no ${id}`);
}

function doubledIds(items: readonly { readonly id: string }[]): string[] {
  const ids = items.map(({ id }) => id);
  return ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id} twice`);
}

function readShaped<Schema extends TSchema>(
  folders: readonly string[],
  name: string,
  schema: Schema,
): Static<Schema> {
  const path = folders.map((folder) => join(folder, 'rights', name)).findLast(existsSync);
  if (path === undefined) throw notValid(name, ['missing']);
  const found: unknown = parse(readFileSync(path, 'utf8'));
  if (Value.Check(schema, found)) return found;
  throw notValid(
    name,
    [...Value.Errors(schema, found)].map(({ instancePath, message }) => `${instancePath || '/'} ${message}`),
  );
}

function refuseFaults(file: string, faults: readonly string[]): void {
  if (faults.length > 0) throw notValid(file, faults);
}

export function notValid(file: string, reasons: readonly string[]): Error {
  return processingRefusal('processing.definition_not_valid', {
    file,
    reasons: reasons.slice(0, 10).join('; '),
  });
}
