import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { Catalogue } from '#lists';
import { recallRefusal } from './recall-refusals.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, strict);
const Cause = Type.Object(
  {
    content: Type.Enum(['correct', 'end_use']),
    derived: Type.Enum(['ask_again', 'none']),
    alerts: Type.Enum(['corrected', 'repaired', 'withdrawn', 'none']),
  },
  strict,
);
const RecallFile = Type.Object(
  {
    id: Type.Literal('recall'),
    version: Type.String(),
    name: Words,
    source: Words,
    months: Type.Integer({ minimum: 1, maximum: 120 }),
    causes: Type.Object(
      { objection: Cause, withdrawal: Cause, delivery: Cause, repair: Cause, retention: Cause },
      strict,
    ),
    deliveries: Type.Record(
      Type.String({ pattern: '^[nb][0-9]{2}_[a-z0-9_]{2,50}$' }),
      Type.Array(Type.String(), { uniqueItems: true }),
    ),
  },
  strict,
);

/** How far back is recalled, what each cause asks of recipients, which delivered changes are corrections. */
export type RecallTerms = Static<typeof RecallFile>;
/** 异议, 数据提供单位撤回, 数据提供单位更正, 信用修复, 保存期满. */
export type CauseKind = keyof RecallTerms['causes'];
/** What a recipient is asked: to correct or delete, to end the use, or to ask again for what was made. */
export type Demand = 'correct' | 'end_use' | 'ask_again';

/**
 * Reads `rights/recall.yaml` of the last folder of models that has one, so that a city's own replaces the package's. Throws
 * `recalls.definition_not_valid`.
 */
export function loadRecallTerms(folders: readonly string[]): RecallTerms {
  const file = folders.map((folder) => join(folder, 'rights', 'recall.yaml')).findLast(existsSync);
  if (file === undefined) throw notValid('rights/recall.yaml', ['missing']);
  const found: unknown = parse(readFileSync(file, 'utf8'));
  if (Value.Check(RecallFile, found)) return Object.freeze(found);
  const faults = [...Value.Errors(RecallFile, found)].map(
    (one) => `${one.instancePath || '/'} ${one.message}`,
  );
  throw notValid(file, faults);
}

/** A rule about what the catalogue does not have would silently recall nothing. Throws `recalls.definition_not_valid`. */
export function requireFitting({ deliveries }: RecallTerms, { contracts }: Catalogue): void {
  const faults = Object.entries(deliveries).flatMap(([id, names]) => {
    const contract = contracts.get(id);
    if (contract === undefined) return [`${id}: no such contract`];
    const known = new Set(contract.fields.map(({ name }) => name));
    return names.filter((name) => !known.has(name)).map((name) => `${id}.${name}: no such field`);
  });
  if (faults.length > 0) throw notValid('rights/recall.yaml', faults);
}

function notValid(file: string, reasons: readonly string[]): Error {
  return recallRefusal('recalls.definition_not_valid', { file, reasons: reasons.slice(0, 5).join('; ') });
}
