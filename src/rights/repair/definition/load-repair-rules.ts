import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from '#lists';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { repairRefusal } from './repair-refusals.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 2 }), en: Type.String({ minLength: 2 }) }, strict);
const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });
const Months = Type.Integer({ minimum: 0, maximum: 120 });
const FieldName = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Codes = Type.Array(Type.String());
const Known = Type.Enum(['read', 'memory', 'proposal']);
const Saying = Type.Object({ field: FieldName, in: Type.Optional(Codes) }, strict);

/** 轻微, 一般, 严重; closed, from the mildest. */
export const SEVERITIES = ['minor', 'general', 'serious'] as const;
export type Severity = (typeof SEVERITIES)[number];
const Span = Type.Object({ minimumMonths: Months, maximumMonths: Months }, strict);

const Regime = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9_]{2,39}$' }),
    from: Day,
    until: Type.Union([Day, Type.Null()]),
    name: Words,
    citation: Words,
    known: Known,
    note: Words,
    classes: Type.Object({ minor: Span, general: Span, serious: Span }, strict),
    specialMinimumMonths: Months,
  },
  strict,
);
/** The rules for what was decided between two days. */
export type Regime = Static<typeof Regime>;

const ContractRule = Type.Object(
  {
    decidedOn: FieldName,
    document: Type.Optional(FieldName),
    body: Type.Optional(FieldName),
    publicUntil: Type.Optional(FieldName),
    performedOn: Type.Optional(FieldName),
    performance: Type.Optional(Type.Object({ field: FieldName, unperformed: Codes }, strict)),
    classBy: Type.Array(
      Type.Object({ field: FieldName, minor: Codes, general: Codes, serious: Codes }, strict),
    ),
    specialIn: Type.Union([
      Type.Enum(['always', 'never']),
      Type.Object({ fields: Type.Array(FieldName, { minItems: 1 }) }, strict),
    ]),
    onlyWhen: Type.Optional(Type.Object({ field: FieldName, in: Codes }, strict)),
    period: Type.Optional(
      Type.Object(
        {
          minimumMonths: Months,
          maximumMonths: Type.Union([Months, Type.Null()]),
          class: Type.Enum([...SEVERITIES]),
          citation: Words,
          known: Known,
        },
        strict,
      ),
    ),
    repairedWhen: Type.Optional(Saying),
    annulledWhen: Type.Optional(Saying),
  },
  strict,
);
/** How records of one contract are read. */
export type ContractRule = Static<typeof ContractRule>;
/** A field that says something by one of these codes, or by being filled. */
export type Saying = Static<typeof Saying>;

const Rules = Type.Object(
  {
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    source: Words,
    regimes: Type.Array(Regime, { minItems: 1, maxItems: 10 }),
    specialWords: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
    contracts: Type.Record(Type.String({ pattern: '^[nb][0-9]{2}_[a-z0-9_]{2,50}$' }), ContractRule),
    pledge: Words,
    portal: Type.Object(
      {
        organisation: Type.String({ minLength: 2 }),
        noticeUrl: Type.Union([Type.String(), Type.Null()]),
        retryAfterSeconds: Type.Array(Type.Integer({ minimum: 1, maximum: 86_400 }), {
          minItems: 1,
          maxItems: 50,
        }),
        giveUpAfterHours: Type.Integer({ minimum: 1, maximum: 720 }),
      },
      strict,
    ),
    bounds: Type.Object(
      {
        openMax: Type.Integer({ minimum: 1, maximum: 1000 }),
        applicationsPerDayMax: Type.Integer({ minimum: 1, maximum: 1000 }),
        proofsMax: Type.Integer({ minimum: 1, maximum: 50 }),
        proofBytesMax: Type.Integer({ minimum: 1 }),
        wordsCharactersMax: Type.Integer({ minimum: 100, maximum: 4000 }),
        shieldMonthsMax: Type.Integer({ minimum: 1, maximum: 120 }),
      },
      strict,
    ),
  },
  strict,
);
export type RepairRules = Static<typeof Rules>;

const FILE = 'repair.yaml';

/**
 * Reads `rights/repair.yaml` of the last folder that has it: the package's `models`, then a city's. Throws
 * `repairs.definition_not_valid` with every reason.
 */
export function loadRepairRules(folders: readonly string[]): RepairRules {
  const file = folders.map((folder) => join(folder, 'rights', FILE)).findLast((path) => existsSync(path));
  assert(file !== undefined, `the package has rights/${FILE}`);
  return shapeRepairRules(parse(readFileSync(file, 'utf8')));
}

/** Throws `repairs.definition_not_valid`. */
export function shapeRepairRules(found: unknown): RepairRules {
  const faults = [...Value.Errors(Rules, found)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  if (!Value.Check(Rules, found)) throw notValid(faults);
  const reasons = [...spanFaults(found), ...regimeFaults(found)];
  if (reasons.length > 0) throw notValid(reasons);
  return Object.freeze(found);
}

function spanFaults({ regimes, contracts }: RepairRules): string[] {
  const ofRegimes = regimes.flatMap(({ id, classes }) =>
    SEVERITIES.filter((one) => classes[one].minimumMonths > classes[one].maximumMonths).map(
      (one) => `${id} ${one}: the minimum is longer than the maximum`,
    ),
  );
  const ofContracts = Object.entries(contracts)
    .filter(([, { period }]) => period !== undefined && period.minimumMonths > (period.maximumMonths ?? 120))
    .map(([id]) => `${id}: the minimum is longer than the maximum`);
  return [...ofRegimes, ...ofContracts];
}

/** One after the other without a gap, and the last without an end: each day has one. */
function regimeFaults({ regimes }: RepairRules): string[] {
  return regimes.flatMap(({ id, until }, at) => {
    const next = regimes[at + 1];
    if (next === undefined) return until === null ? [] : [`${id}: the last regime has no end`];
    return until !== null && dayAfter(until) === next.from
      ? []
      : [`${next.id} begins on the day after ${id} ends`];
  });
}

function dayAfter(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + 1);
  return at.toISOString().slice(0, 10);
}

/** A rule about what the catalogue does not have would silently end nothing. Throws `repairs.definition_not_valid`. */
export function requireFitting(
  { contracts: rules }: RepairRules,
  { contracts }: Pick<Catalogue, 'contracts'>,
): void {
  const faults = Object.entries(rules).flatMap(([id, rule]) => {
    const contract = contracts.get(id);
    if (contract === undefined) return [`${id}: no such contract`];
    const known = new Set(contract.fields.map(({ name }) => name));
    return fieldsOf(rule)
      .filter((name) => !known.has(name))
      .map((name) => `${id}.${name}: no such field`);
  });
  if (faults.length > 0) throw notValid(faults);
}

/** Every field that a rule reads. */
export function fieldsOf(rule: ContractRule): string[] {
  const { decidedOn, document, body, publicUntil, performedOn, specialIn } = rule;
  const named = [
    decidedOn,
    document,
    body,
    publicUntil,
    performedOn,
    rule.performance?.field,
    rule.onlyWhen?.field,
    rule.repairedWhen?.field,
    rule.annulledWhen?.field,
    ...rule.classBy.map(({ field }) => field),
    ...(typeof specialIn === 'object' ? specialIn.fields : []),
  ];
  return [...new Set(named.filter((name) => name !== undefined))];
}

function notValid(reasons: readonly string[]): Error {
  return repairRefusal('repairs.definition_not_valid', {
    file: FILE,
    reasons: reasons.slice(0, 10).join('; '),
  });
}
