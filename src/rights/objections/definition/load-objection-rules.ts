import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { objectionRefusal } from './objection-refusals.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 2 }), en: Type.String({ minLength: 2 }) }, strict);
const Count = Type.Integer({ minimum: 1 });

/** What an upheld objection does to the record. */
export const OUTCOMES = ['corrected', 'annulled', 'withheld', 'expired'] as const;
export type ObjectionOutcome = (typeof OUTCOMES)[number];

const Ground = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z_]{2,39}$' }),
    words: Words,
    about: Type.Enum(['record', 'dataset']),
    fields: Type.Enum(['required', 'optional', 'none']),
    whileOpen: Type.Enum(['profile', 'mark', 'suspend']),
    upheldAs: Type.Array(Type.Enum([...OUTCOMES]), { minItems: 1, uniqueItems: true }),
  },
  strict,
);
/** 异议理由. */
export type Ground = Static<typeof Ground>;

const Rules = Type.Object(
  {
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    source: Words,
    grounds: Type.Array(Ground, { minItems: 1, maxItems: 20 }),
    suspendFields: Type.Object(
      {
        disclosures: Type.Array(Type.Enum(['public', 'authorised', 'invisible', 'secret'])),
        grades: Type.Array(Type.Enum(['general', 'important', 'core'])),
      },
      strict,
    ),
    nodeDecidesLists: Type.Array(Type.Enum(['national', 'beijing', 'voluntary']), { uniqueItems: true }),
    review: Type.Object({ withinDays: Count }, strict),
    bounds: Type.Object(
      {
        itemsPerApplicationMax: Type.Integer({ minimum: 1, maximum: 200 }),
        openItemsMax: Count,
        applicationsPerDayMax: Count,
        attachmentsMax: Type.Integer({ minimum: 0, maximum: 50 }),
        attachmentBytesMax: Count,
        reasonCharactersMax: Type.Integer({ minimum: 100, maximum: 4000 }),
        statementCharactersMax: Type.Integer({ minimum: 10, maximum: 500 }),
      },
      strict,
    ),
  },
  strict,
);
export type ObjectionRules = Static<typeof Rules>;

const FILE = 'objections.yaml';

/**
 * Reads `rights/objections.yaml` of the last folder that has it: the package's `models`, then a city's. Throws
 * `objections.definition_not_valid` with every reason.
 */
export function loadObjectionRules(folders: readonly string[]): ObjectionRules {
  const file = folders.map((folder) => join(folder, 'rights', FILE)).findLast((path) => existsSync(path));
  assert(file !== undefined, `the package has rights/${FILE}`);
  return shapeObjectionRules(parse(readFileSync(file, 'utf8')));
}

/** Throws `objections.definition_not_valid`. */
export function shapeObjectionRules(found: unknown): ObjectionRules {
  const faults = [...Value.Errors(Rules, found)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  if (!Value.Check(Rules, found)) throw notValid(faults);
  const repeated = found.grounds.filter(({ id }, at) => found.grounds.findIndex((one) => one.id === id) < at);
  const mute = found.grounds.filter(({ about, fields, upheldAs }) =>
    about === 'dataset' ? fields !== 'required' || upheldAs.join() !== 'corrected' : false,
  );
  const reasons = [
    ...repeated.map(({ id }) => `ground ${id} twice`),
    ...mute.map(({ id }) => `${id}: what is missing is named by its fields, and corrected when upheld`),
  ];
  if (reasons.length > 0) throw notValid(reasons);
  return Object.freeze(found);
}

function notValid(reasons: readonly string[]): Error {
  return objectionRefusal('objections.definition_not_valid', {
    file: FILE,
    reasons: reasons.slice(0, 10).join('; '),
  });
}
