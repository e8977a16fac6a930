import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { canonicalJson } from '#kernel';
import type { Catalogue, Contract, ExpiryRule } from '#lists';
import { retentionRefusal } from './retention-refusals.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, strict);
const Field = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Rule = Type.Object(
  {
    ended: Type.Array(Field, { minItems: 1, uniqueItems: true }),
    open: Type.Optional(
      Type.Object({ field: Field, codes: Type.Array(Type.String(), { minItems: 1 }) }, strict),
    ),
    whenEmpty: Type.Array(Field, { uniqueItems: true }),
    determined: Field,
    note: Words,
  },
  strict,
);
const RetentionFile = Type.Object(
  {
    id: Type.Literal('retention'),
    version: Type.String(),
    name: Words,
    source: Words,
    years: Type.Integer({ minimum: 1, maximum: 30 }),
    start: Type.Enum(['ending', 'determined']),
    fileDays: Type.Integer({ minimum: 1, maximum: 3650 }),
    quarantineDays: Type.Integer({ minimum: 1, maximum: 3650 }),
    accessYears: Type.Integer({ minimum: 1, maximum: 50 }),
    contracts: Type.Record(Type.String({ pattern: '^[nb][0-9]{2}_[a-z0-9_]{2,50}$' }), Rule),
  },
  strict,
);

/** 保存期限: which records are adverse, from which day their years run, what goes when. `hash` names the text that decided. */
export type RetentionRules = Static<typeof RetentionFile> & { readonly hash: string };

/**
 * Reads `rights/retention.yaml` of the last folder of models that has one, so that a city's own replaces the package's. Throws
 * `retention.definition_not_valid`.
 */
export function loadRetentionRules(folders: readonly string[]): RetentionRules {
  const file = folders.map((folder) => join(folder, 'rights', 'retention.yaml')).findLast(existsSync);
  if (file === undefined) throw notValid('rights/retention.yaml', ['missing']);
  const found: unknown = parse(readFileSync(file, 'utf8'));
  if (Value.Check(RetentionFile, found))
    return Object.freeze({ ...found, hash: hash('sha256', canonicalJson(found)) });
  const faults = [...Value.Errors(RetentionFile, found)].map(
    (one) => `${one.instancePath || '/'} ${one.message}`,
  );
  throw notValid(file, faults);
}

/** A rule that does not fit its contract would remove what may be kept, or keep what may not. Throws `retention.definition_not_valid`. */
export function requireRulesFit({ contracts: rules, years }: RetentionRules, { contracts }: Catalogue): void {
  const faults = Object.entries(rules).flatMap(([id, rule]) => {
    const contract = contracts.get(id);
    if (contract === undefined) return [`${id}: no such contract`];
    const { value, unit } = contract.retention;
    const kept = value === years && unit === 'y' ? [] : [`${id}: the contract says ${value} ${unit}`];
    return [...kept, ...faultsOf(contract, rule)];
  });
  if (faults.length > 0) throw notValid('rights/retention.yaml', faults);
}

function faultsOf({ id, fields }: Contract, rule: Static<typeof Rule>): string[] {
  const kinds = new Map(fields.map(({ name, kind }) => [name, kind]));
  const days = [...rule.ended, ...rule.whenEmpty, rule.determined];
  const state = rule.open?.field;
  return [
    ...days.filter((name) => kinds.get(name) !== 'date').map((name) => `${id}.${name}: no such day`),
    ...(state === undefined || kinds.get(state) === 'code' ? [] : [`${id}.${state}: no such code`]),
  ];
}

/** The rule of one contract as lists reckons by it. */
export function expiryOf({ contracts, years, start }: RetentionRules, contract: string): ExpiryRule {
  const rule = contracts[contract];
  if (rule === undefined)
    throw retentionRefusal('retention.not_adverse', { contract: contract.slice(0, 60) });
  const { ended, whenEmpty, determined, open } = rule;
  return start === 'determined'
    ? { years, ended: [determined], whenEmpty: [], open }
    : { years, ended, whenEmpty, open };
}

function notValid(file: string, reasons: readonly string[]): Error {
  return retentionRefusal('retention.definition_not_valid', {
    file,
    reasons: reasons.slice(0, 5).join('; '),
  });
}
