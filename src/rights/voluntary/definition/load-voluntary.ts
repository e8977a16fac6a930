import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalHash } from '#kernel';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { voluntaryRefusal } from '../voluntary-refusals.ts';

const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const words = { zh: Type.String({ minLength: 2 }), en: Type.String({ minLength: 2 }) };
const Version = Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' });
const Days = Type.Integer({ minimum: 1, maximum: 3_660 });

const TermsFile = Type.Object(
  {
    version: Version,
    validDays: Type.Record(Type.String(), Days),
    remindDays: Days,
    entrances: Type.Array(
      Type.Object(
        {
          id: Id,
          caller: Type.Enum(['enterprise', 'provider', 'platform']),
          ...words,
          /** Departments that are this entrance, by name; of `provider` only. */
          parties: Type.Optional(Type.Array(Type.String({ minLength: 2 }), { minItems: 1 })),
        },
        strict,
      ),
      { minItems: 1 },
    ),
    sourceChecks: Type.Array(
      Type.Object(
        {
          item: Id,
          source: Id,
          /** Field of the item: field of the source's record. */
          equal: Type.Record(Type.String(), Type.String(), { minProperties: 1 }),
          /** Date of the item: year of the source's record. */
          years: Type.Optional(Type.Record(Type.String(), Type.String())),
          /** Only items with these values are of this source's kind. */
          only: Type.Optional(Type.Record(Type.String(), Type.String())),
        },
        strict,
      ),
    ),
  },
  strict,
);

const PledgeFile = Type.Object(
  {
    id: Id,
    version: Version,
    validDays: Days,
    title: Type.Object(words, strict),
    scopes: Type.Array(Type.Object({ id: Id, ...words }, strict), { minItems: 1 }),
  },
  strict,
);

export type VoluntaryTerms = Static<typeof TermsFile>;
export type SourceCheck = VoluntaryTerms['sourceChecks'][number];
export type PledgeTemplate = Static<typeof PledgeFile> & { readonly hash: string };
export type VoluntaryDefinition = { readonly terms: VoluntaryTerms; readonly pledge: PledgeTemplate };

/**
 * Reads `rights/voluntary/terms.yaml` and `pledge.yaml` of the folders of models; a city's file replaces the package's.
 * Throws `voluntary.definition_not_valid`.
 */
export function loadVoluntary(folders: readonly string[]): VoluntaryDefinition {
  const pledge = readShaped(folders, 'pledge.yaml', PledgeFile);
  return Object.freeze({
    terms: readShaped(folders, 'terms.yaml', TermsFile),
    pledge: { ...pledge, hash: canonicalHash(pledge) },
  });
}

function readShaped<Schema extends TSchema>(
  folders: readonly string[],
  name: string,
  schema: Schema,
): Static<Schema> {
  const paths = folders.map((folder) => join(folder, 'rights', 'voluntary', name)).filter(existsSync);
  const found: unknown = parse(readFileSync(paths.at(-1) ?? '', 'utf8'));
  if (Value.Check(schema, found)) return found;
  const faults = [...Value.Errors(schema, found)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  throw voluntaryRefusal('voluntary.definition_not_valid', {
    file: name,
    reasons: faults.slice(0, 10).join('; '),
  });
}
