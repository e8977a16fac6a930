import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { outcomesRefusal } from './outcomes-refusals.ts';

const strict = { additionalProperties: false } as const;
const Reason = Type.Object(
  {
    code: Type.String({ pattern: '^[a-z][a-z0-9_]{1,39}$' }),
    zh: Type.String({ minLength: 2, maxLength: 60 }),
    en: Type.String({ minLength: 2, maxLength: 120 }),
  },
  strict,
);
const Reasons = Type.Array(Reason, { minItems: 1, maxItems: 100 });

/** The closed lists of reasons; codes are wire contract. */
const ReasonTable = Type.Object(
  {
    id: Type.Literal('outcome-reasons'),
    name: Type.String({ minLength: 2 }),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    /** Who decided the list; `proposal` until a city has. */
    decidedBy: Type.String({ minLength: 2 }),
    unused: Reasons,
    declined: Reasons,
    withdrawn: Reasons,
  },
  strict,
);
export type ReasonTable = Readonly<Static<typeof ReasonTable>>;
export type ReasonList = 'unused' | 'declined' | 'withdrawn';

const FILE = join('models', 'outcomes', 'reasons.yaml');

/**
 * Reads the reasons of the package, or of the last of `definitionFolders` (a city's) that has its own. Throws
 * `outcomes.definition_not_valid`, so that a node never starts on a doubtful list.
 */
export function loadReasons(packageFolder: string, definitionFolders: readonly string[] = []): ReasonTable {
  const own = definitionFolders.map((folder) => join(folder, FILE)).filter((file) => existsSync(file));
  const file = own.at(-1) ?? join(packageFolder, FILE);
  const table: unknown = parse(readFileSync(file, 'utf8'));
  const reasons = [...Value.Errors(ReasonTable, table)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  if (reasons.length === 0) return requireUniqueCodes(table as ReasonTable);
  throw outcomesRefusal('outcomes.definition_not_valid', {
    file: FILE,
    reasons: reasons.slice(0, 10).join('; '),
  });
}

export function hasReason(table: ReasonTable, list: ReasonList, code: string): boolean {
  return table[list].some((reason) => reason.code === code);
}

function requireUniqueCodes(table: ReasonTable): ReasonTable {
  for (const list of ['unused', 'declined', 'withdrawn'] as const) {
    const codes = table[list].map(({ code }) => code);
    const twice = codes.find((code, at) => codes.indexOf(code) < at);
    if (twice !== undefined)
      throw outcomesRefusal('outcomes.definition_not_valid', {
        file: FILE,
        reasons: `/${list} ${twice} twice`,
      });
  }
  return Object.freeze(table);
}
