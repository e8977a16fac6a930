import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { complaintRefusal } from './complaint-refusals.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 2 }), en: Type.String({ minLength: 2 }) }, strict);
const Count = Type.Integer({ minimum: 1, maximum: 1_000 });

/** About whom a complaint may be. */
export const AGAINST = ['node', 'provider', 'institution', 'platform'] as const;
export type AgainstKind = (typeof AGAINST)[number];

const Kind = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z_]{2,39}$' }),
    words: Words,
    against: Type.Array(Type.Enum([...AGAINST]), { minItems: 1, uniqueItems: true }),
    access: Type.Enum(['required', 'optional', 'none']),
  },
  strict,
);
/** 投诉事项. */
export type ComplaintKind = Static<typeof Kind>;

const Rules = Type.Object(
  {
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    source: Words,
    kinds: Type.Array(Kind, { minItems: 1, maxItems: 40 }),
    escalation: Type.Object({ withinDays: Count }, strict),
    askBack: Type.Object({ timesMax: Count, withinDays: Count }, strict),
    bounds: Type.Object(
      {
        openMax: Count,
        filedPerDayMax: Count,
        textCharactersMax: Type.Integer({ minimum: 100, maximum: 4_000 }),
        attachmentsMax: Type.Integer({ minimum: 0, maximum: 50 }),
        attachmentBytesMax: Type.Integer({ minimum: 1 }),
      },
      strict,
    ),
  },
  strict,
);
export type ComplaintRules = Static<typeof Rules>;

const FILE = 'complaints.yaml';

/**
 * Reads `rights/complaints.yaml` of the last folder that has it: the package's `models`, then a city's. Throws
 * `complaints.definition_not_valid`.
 */
export function loadComplaintRules(folders: readonly string[]): ComplaintRules {
  const file = folders.map((folder) => join(folder, 'rights', FILE)).findLast((path) => existsSync(path));
  assert(file !== undefined, `the package has rights/${FILE}`);
  return shapeComplaintRules(parse(readFileSync(file, 'utf8')));
}

/** Throws `complaints.definition_not_valid`. */
function shapeComplaintRules(found: unknown): ComplaintRules {
  const faults = [...Value.Errors(Rules, found)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  if (!Value.Check(Rules, found)) throw notValid(faults);
  const ids = new Set(found.kinds.map(({ id }) => id));
  if (ids.size < found.kinds.length) throw notValid(['a kind stands twice']);
  return Object.freeze(found);
}

function notValid(faults: readonly string[]): Error {
  const reasons = faults.slice(0, 5).join('; ');
  return complaintRefusal('complaints.definition_not_valid', { file: FILE, reasons });
}
