import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { sizeClassRefusal } from './size-class-refusals.ts';

const strict = { additionalProperties: false } as const;
const Bounds = Type.Object(
  {
    X: Type.Optional(Type.Integer({ minimum: 1 })),
    Y: Type.Optional(Type.Integer({ minimum: 1 })),
    Z: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  strict,
);
const codes = {
  sections: Type.Optional(Type.Array(Type.String({ pattern: '^[A-T]$' }))),
  divisions: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9]{2}$' }))),
  groups: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9]{3}$' }))),
};
const Line = Type.Object(
  { id: Type.String(), name: Type.String(), ...codes, large: Bounds, medium: Bounds, small: Bounds },
  strict,
);
const Indicator = Type.Object({ name: Type.String(), unit: Type.String(), per: Type.String() }, strict);

const Standard = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    version: Type.String(),
    source: Type.String(),
    effectiveFrom: Type.String({ pattern: '^20\\d\\d-\\d\\d-\\d\\d$' }),
    industryBasis: Type.String(),
    indicators: Type.Object({ X: Indicator, Y: Indicator, Z: Indicator }, strict),
    classes: Type.Array(Type.Object({ code: Type.String(), name: Type.String() }, strict)),
    rule: Type.Object(
      {
        allOf: Type.Array(Type.String()),
        anyBelowSmall: Type.Literal('micro'),
        missingIndicator: Type.Literal('unknown'),
      },
      strict,
    ),
    industries: Type.Array(Line, { minItems: 1 }),
    byReference: Type.Object({ to: Type.String(), ...codes }, strict),
    excluded: Type.Object(codes, strict),
  },
  strict,
);

/** 中小企业划型标准: lines of industries with inclusive lower bounds. X persons, Y and Z in 万元. */
export type SizeStandard = Readonly<Static<typeof Standard>>;
export type SizeLine = SizeStandard['industries'][number];

/** Reads one edition; refuses with `register.size_standard_not_valid`. */
function sizeStandardFromYaml(text: string, file: string): SizeStandard {
  const standard: unknown = parse(text);
  const reasons = [...Value.Errors(Standard, standard)].map(
    ({ instancePath, message }) => `${instancePath} ${message}`,
  );
  if (reasons.length > 0)
    throw sizeClassRefusal('register.size_standard_not_valid', { file, reasons: reasons.join('; ') });
  return standard as SizeStandard;
}

/** The edition in force on a day, of `models/size-classes`. */
export function loadSizeStandard(packageFolder: string, on: string): SizeStandard {
  const folder = join(packageFolder, 'models', 'size-classes');
  const editions = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => sizeStandardFromYaml(readFileSync(join(folder, name), 'utf8'), name))
    .filter(({ effectiveFrom }) => effectiveFrom <= on)
    .sort((a, b) => (a.effectiveFrom < b.effectiveFrom ? 1 : -1));
  const [latest] = editions;
  if (latest === undefined) {
    throw sizeClassRefusal('register.size_standard_not_valid', {
      file: folder,
      reasons: `none in force on ${on}`,
    });
  }
  return latest;
}
