import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalHash } from '#kernel';
import type { Catalogue, FieldKind } from '#lists';
import { FINANCING_PURPOSES } from '#security';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { personsRefusal } from './persons-refusals.ts';

const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Words = Type.Object({ zh: Type.String({ minLength: 2 }), en: Type.String({ minLength: 2 }) }, strict);
const Fields = Type.Array(Id, { minItems: 1, uniqueItems: true });

const Mention = Type.Object(
  {
    contract: Id,
    role: Id,
    words: Words,
    name: Id,
    number: Id,
    /** Those of the row that are about the person. */
    fields: Fields,
    /** Published by law: providing them needs no separate consent. */
    lawfulWithout: Type.Boolean(),
  },
  strict,
);
/** 载有自然人的字段: where a contract names a person. */
export type MentionDefinition = Static<typeof Mention>;

const ConsentForm = Type.Object(
  {
    id: Id,
    purposes: Type.Array(Type.Enum([...FINANCING_PURPOSES]), { minItems: 1, uniqueItems: true }),
    roles: Fields,
    validDays: Type.Integer({ minimum: 1, maximum: 1_096 }),
    lines: Type.Array(Words, { minItems: 6, maxItems: 6 }),
  },
  strict,
);
/** 单独同意书. */
export type ConsentForm = Static<typeof ConsentForm> & { readonly hash: string };

const Definition = Type.Object(
  {
    id: Type.Literal('persons'),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    source: Words,
    mentions: Type.Array(Mention, { minItems: 1, maxItems: 200 }),
    unmatched: Type.Array(
      Type.Object({ contract: Id, fields: Fields, lawfulWithout: Type.Boolean() }, strict),
      { maxItems: 200 },
    ),
    consents: Type.Array(ConsentForm, { minItems: 1, maxItems: 50 }),
    notice: Type.Array(Words, { minItems: 1, maxItems: 12 }),
    bounds: Type.Object(
      {
        wordsCharactersMax: Type.Integer({ minimum: 100, maximum: 4_000 }),
        decisionCharactersMin: Type.Integer({ minimum: 1, maximum: 200 }),
        openRequestsMax: Type.Integer({ minimum: 1, maximum: 1_000 }),
        accessMonths: Type.Integer({ minimum: 1, maximum: 120 }),
      },
      strict,
    ),
  },
  strict,
);
export type PersonsDefinition = Omit<Static<typeof Definition>, 'consents'> & {
  readonly consents: readonly ConsentForm[];
};

const FILE = 'persons.yaml';

/**
 * Reads `rights/persons.yaml` of the last folder that has it: the package's `models`, then a city's. Throws
 * `persons.definition_not_valid`.
 */
export function loadPersons(folders: readonly string[]): PersonsDefinition {
  const file = folders.map((folder) => join(folder, 'rights', FILE)).findLast((path) => existsSync(path));
  assert(file !== undefined, `the package has rights/${FILE}`);
  const found: unknown = parse(readFileSync(file, 'utf8'));
  if (!Value.Check(Definition, found)) {
    const faults = [...Value.Errors(Definition, found)].map((one) => `${one.instancePath} ${one.message}`);
    throw personsRefusal('persons.definition_not_valid', { reasons: faults.slice(0, 10).join('; ') });
  }
  const consents = found.consents.map((form) => Object.freeze({ ...form, hash: canonicalHash(form) }));
  return Object.freeze({ ...found, consents });
}

/** Kinds of fields that only a natural person has. */
const PERSONAL_KINDS: ReadonlySet<FieldKind> = new Set(['person', 'id_number', 'phone', 'email']);

/**
 * That every personal field of the contracts in force is spoken of, and nothing else: a contract that brings one does not slip
 * past notice and consent. Throws `persons.definition_not_valid`.
 */
export function requirePersonsFit(
  { mentions, unmatched, consents }: PersonsDefinition,
  { contracts }: Pick<Catalogue, 'contracts'>,
): void {
  const groups = [...mentions, ...unmatched];
  const spoken = new Set(groups.flatMap(namesOf));
  const all = [...contracts.values()].flatMap(({ id, fields }) =>
    fields.map((field) => ({ name: `${id}.${field.name}`, kind: field.kind, disclosure: field.disclosure })),
  );
  const open = new Set(all.filter(({ disclosure }) => disclosure === 'public').map(({ name }) => name));
  const guarded = groups.filter(({ lawfulWithout }) => !lawfulWithout).flatMap(namesOf);
  const known = new Set(all.map(({ name }) => name));
  const roles = new Set(mentions.map(({ role }) => role));
  const reasons = [
    ...all
      .filter(({ name, kind }) => PERSONAL_KINDS.has(kind) && !spoken.has(name))
      .map(({ name }) => `${name} is not spoken of`),
    ...[...spoken].filter((name) => !known.has(name)).map((name) => `${name} is no field`),
    ...guarded.filter((name) => open.has(name)).map((name) => `${name} is public`),
    ...mentions
      .filter(({ fields, name, number }) => !fields.includes(name) || !fields.includes(number))
      .map(({ contract }) => `${contract}: name and number are among the fields`),
    ...consents
      .flatMap((form) => form.roles.filter((role) => !roles.has(role)))
      .map((role) => `no contract has the role ${role}`),
  ];
  if (reasons.length > 0)
    throw personsRefusal('persons.definition_not_valid', { reasons: reasons.slice(0, 10).join('; ') });
}

function namesOf({ contract, fields }: { contract: string; fields: readonly string[] }): string[] {
  return fields.map((field) => `${contract}.${field}`);
}
