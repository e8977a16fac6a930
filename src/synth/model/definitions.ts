import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';

const strict = { additionalProperties: false } as const;
const Words = Type.Array(Type.String({ minLength: 1 }), { minItems: 1 });
const Share = Type.Number({ minimum: 0, maximum: 1 });

const Names = Type.Object(
  {
    first: Words,
    second: Words,
    modifiers: Words,
    formerModifiers: Words,
    blocks: Words,
    surnames: Words,
    given: Words,
    roads: Words,
  },
  strict,
);

const Segment = Type.Object(
  {
    code: Type.Union([
      Type.Literal('micro'),
      Type.Literal('small'),
      Type.Literal('medium'),
      Type.Literal('large'),
    ]),
    share: Share,
    staffMedian: Type.Number(),
    staffSigma: Type.Number(),
    /** Yuan. */
    capitalMedian: Type.Number(),
    healthMean: Type.Number(),
  },
  strict,
);

const District = Type.Object(
  {
    code: Type.String({ pattern: '^[0-9]{6}$' }),
    name: Type.String(),
    short: Type.String(),
    share: Share,
    park: Type.String(),
    street: Type.String(),
  },
  strict,
);

const Sector = Type.Object(
  {
    section: Type.String({ pattern: '^[A-T]$' }),
    share: Share,
    /** Yuan a year. */
    revenuePerHead: Type.Number(),
    cycle: Type.Number(),
    technical: Share,
    industries: Type.Array(
      Type.Object(
        { code: Type.String(), name: Type.String(), word: Type.String(), shop: Type.String() },
        strict,
      ),
      { minItems: 1 },
    ),
  },
  strict,
);

const CityShape = Type.Object(
  {
    segments: Type.Array(Segment, { minItems: 1 }),
    soleTraderShareOfMicro: Share,
    volunteerShare: Share,
    districts: Type.Array(District, { minItems: 1 }),
    sectors: Type.Array(Sector, { minItems: 1 }),
    health: Type.Object(
      {
        persistence: Share,
        own: Type.Number(),
        city: Type.Number(),
        sector: Type.Number(),
        level: Type.Number(),
        /** Months of history before the cut-off date. */
        history: Type.Integer({ minimum: 24, maximum: 240 }),
      },
      strict,
    ),
    default: Type.Object(
      {
        base: Share,
        pull: Type.Number(),
        noise: Type.Number(),
        idiosyncratic: Share,
        /** How far health falls with a default. */
        fall: Type.Number(),
      },
      strict,
    ),
    lifeRates: Type.Object(
      {
        legalRepresentative: Type.Number(),
        domicile: Type.Number(),
        capital: Type.Number(),
        name: Type.Number(),
        scope: Type.Number(),
        shareholders: Type.Number(),
        personnel: Type.Number(),
        exit: Type.Number(),
      },
      strict,
    ),
  },
  strict,
);

const Phrases = Type.Object(
  {
    rules: Type.Array(Type.Object({ match: Type.String(), from: Type.String() }, strict)),
    lists: Type.Record(Type.String(), Words),
  },
  strict,
);

const Coverage = Type.Object(
  {
    share: Share,
    mean: Type.Optional(Type.Number({ minimum: 1, maximum: 50 })),
    pull: Type.Optional(Type.Number()),
    size: Type.Optional(Type.Number()),
    sections: Type.Optional(Words),
    years: Type.Number(),
    volunteers: Type.Optional(Type.Boolean()),
    codes: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.Number()))),
    true: Type.Optional(Share),
    numbers: Type.Optional(
      Type.Record(Type.String(), Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
    ),
  },
  strict,
);

const Loans = Type.Object(
  {
    /** Chance in a month that a living enterprise takes a loan. */
    monthlyShare: Share,
    /** Months after the decision in which a loan may turn bad. */
    horizonMonths: Type.Integer({ minimum: 3, maximum: 60 }),
    intercept: Type.Number(),
    age: Type.Number(),
    noise: Type.Number({ minimum: 0 }),
    signs: Type.Array(
      Type.Object(
        {
          dataset: Type.String({ pattern: '^[nbv][0-9]{2}$' }),
          windowDays: Type.Integer({ minimum: 1 }),
          cap: Type.Integer({ minimum: 1 }),
          weight: Type.Number(),
        },
        strict,
      ),
      { minItems: 1 },
    ),
    amount: Type.Object({ median: Type.Number({ minimum: 1 }), sigma: Type.Number() }, strict),
    terms: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1 }),
  },
  strict,
);

const words = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });

const Dialect = Type.Object(
  {
    layout: words(['csv', 'tsv', 'jsonl', 'xlsx']),
    encoding: words(['utf-8', 'utf-8-bom', 'gb18030']),
    quotes: Type.Optional(Type.Literal('always')),
    gzip: Type.Optional(Type.Boolean()),
    date: words(['iso', 'slash', 'dot', 'compact', 'han', 'time']),
    month: words(['dash', 'compact', 'han']),
    money: words(['yuan', 'word', 'wan', 'thousands']),
    code: words(['code', 'name']),
    flag: words(['word', 'digit', 'letter']),
    header: words(['name', 'alias', 'field']),
    subject: Type.Array(Type.String(), { minItems: 2, maxItems: 2 }),
  },
  strict,
);

const Departments = Type.Object(
  {
    dialects: Type.Record(Type.String(), Dialect),
    contracts: Type.Record(Type.String(), Words),
    lists: Type.Object({ national: Type.String(), beijing: Type.String(), voluntary: Type.String() }, strict),
    increments: Words,
    sources: Words,
  },
  strict,
);

export type Names = Readonly<Static<typeof Names>>;
export type Segment = Readonly<Static<typeof Segment>>;
export type District = Readonly<Static<typeof District>>;
export type Sector = Readonly<Static<typeof Sector>>;
export type CityShape = Readonly<Static<typeof CityShape>>;
export type Phrases = Readonly<Static<typeof Phrases>>;
export type Coverage = Readonly<Static<typeof Coverage>>;
export type Dialect = Readonly<Static<typeof Dialect>>;
export type LoanShape = Readonly<Static<typeof Loans>>;
export type Departments = Readonly<Static<typeof Departments>>;

/** Everything under `models/synth`: words and numbers a city is made from. */
export type Definitions = {
  readonly names: Names;
  readonly city: CityShape;
  readonly phrases: Phrases;
  readonly coverage: Readonly<Record<string, Coverage>>;
  readonly departments: Departments;
  readonly loans: LoanShape;
};

/** Reads the package's definitions; throws TypeError with every reason when a file does not hold. */
export function loadDefinitions(): Definitions {
  const coverage = read('coverage', Type.Object({ datasets: Type.Record(Type.String(), Coverage) }, strict));
  return {
    names: read('names', Names),
    city: read('city', CityShape),
    phrases: read('phrases', Phrases),
    coverage: coverage.datasets,
    departments: read('departments', Departments),
    loans: read('loans', Loans),
  };
}

function read<Schema extends TSchema>(name: string, schema: Schema): Static<Schema> {
  const file = fileURLToPath(new URL(`../../../models/synth/${name}.yaml`, import.meta.url));
  const value: unknown = parse(readFileSync(file, 'utf8'));
  if (Value.Check(schema, value)) return value;
  const reasons = [...Value.Errors(schema, value)].map((error) => `${error.instancePath} ${error.message}`);
  throw new TypeError(`models/synth/${name}.yaml: ${reasons.slice(0, 10).join('; ')}`);
}
