import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { verificationRefusal } from './verification-refusals.ts';

const strict = { additionalProperties: false } as const;
const Percent = Type.Number({ exclusiveMinimum: 0, maximum: 20 });
const Count = Type.Integer({ minimum: 1, maximum: 10_000_000 });

/** `to`: the upper edge, not included; the last band has none. */
const Band = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9_]{2,40}$' }),
    zh: Type.String({ minLength: 2, maxLength: 40 }),
    en: Type.String({ minLength: 2, maxLength: 60 }),
    to: Type.Optional(Type.Number()),
  },
  strict,
);
const Bands = Type.Array(Band, { minItems: 2, maxItems: 40 });

const VerificationRules = Type.Object(
  {
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    /** Who decided it: a document's number, or `proposal`. */
    source: Type.String({ minLength: 2, maxLength: 200 }),
    /** By field kind; a kind that is absent matches exactly. */
    tolerancePercent: Type.Object(
      {
        money: Type.Optional(Percent),
        decimal: Type.Optional(Percent),
        integer: Type.Optional(Percent),
      },
      strict,
    ),
    /** A positive band spans at least this factor. */
    bandRatioMin: Type.Number({ minimum: 1.5 }),
    /** By field kind; a kind that is absent has no bands. Money in yuan. */
    bands: Type.Object(
      { money: Type.Optional(Bands), decimal: Type.Optional(Bands), integer: Type.Optional(Bands) },
      strict,
    ),
    /** New claims of one institution: of one field of one enterprise, of one enterprise, altogether. */
    claimsPerDayMax: Type.Object({ field: Count, enterprise: Count, institution: Count }, strict),
  },
  strict,
);
export type VerificationRules = Static<typeof VerificationRules>;
export type Band = Static<typeof Band>;

const FILE = 'verification.yaml';

/**
 * Reads `verification.yaml` of the last folder that has it: the package's `models/budgets`, then a city's. Throws
 * `verification.definition_not_valid`, so that a node never starts on bands that would give a value away.
 */
export function loadVerificationRules(folders: readonly string[]): VerificationRules {
  const file = folders.map((folder) => join(folder, FILE)).findLast((path) => existsSync(path));
  assert(file !== undefined, `the package has ${FILE}`);
  const value: unknown = parse(readFileSync(file, 'utf8'));
  requireValid(
    [...Value.Errors(VerificationRules, value)].map(
      ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
    ),
  );
  const rules = value as VerificationRules; // the errors are none
  requireValid(
    Object.entries(rules.bands).flatMap(([kind, bands]) =>
      findFaults(bands, rules.bandRatioMin).map((fault) => `/bands/${kind} ${fault}`),
    ),
  );
  return Object.freeze(rules);
}

function findFaults(bands: readonly Band[], ratioMin: number): string[] {
  const names = bands.map(({ name }) => name);
  const twice = names.filter((name, at) => names.indexOf(name) < at).map((name) => `${name} twice`);
  const open = bands.flatMap(({ to }, at) => ((to === undefined) === (at === bands.length - 1) ? [] : [at]));
  const narrow = bands.flatMap(({ name, to }, at) => {
    const from = bands[at - 1]?.to;
    if (from === undefined || to === undefined) return [];
    return to > from && (from <= 0 || to / from >= ratioMin) ? [] : [`${name} is too narrow`];
  });
  return [...twice, ...open.map((at) => `band ${at + 1}: only the last one is open`), ...narrow];
}

function requireValid(reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  throw verificationRefusal('verification.definition_not_valid', {
    file: FILE,
    reasons: reasons.slice(0, 10).join('; '),
  });
}

/** Percent of the true value; 0: exactly equal. */
export function toleranceOf({ tolerancePercent }: VerificationRules, kind: string): number {
  return kind === 'money' || kind === 'decimal' || kind === 'integer' ? (tolerancePercent[kind] ?? 0) : 0;
}

/** Undefined: this kind has no bands. */
export function bandsOf({ bands }: VerificationRules, kind: string): readonly Band[] | undefined {
  return kind === 'money' || kind === 'decimal' || kind === 'integer' ? bands[kind] : undefined;
}
