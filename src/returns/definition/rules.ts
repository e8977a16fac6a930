import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { FINANCING_PURPOSES, loadStatisticsFloors, type StatisticsFloor } from '#security';
import { returnsRefusal } from '../returns-refusals.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, strict);
const Head = {
  version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
  source: Type.String({ minLength: 2 }),
};
const Days = Type.Integer({ minimum: 1, maximum: 1_000 });

/** What a row of the month can be asked for; each is a column of its statement. */
const VALUES = ['one', 'amount_fen', 'annual_rate_bp', 'balance_fen', 'decision_days'] as const;
const CONDITIONS = ['is_first_loan', 'is_credit_loan', 'is_approved'] as const;
const AGGREGATES = [
  'enterprises',
  'count',
  'sum',
  'share',
  'weighted_mean',
  'share_of_register',
  'median',
] as const;

const Compute = Type.Object(
  {
    rows: Type.Enum(['lent', 'balances', 'decided']),
    aggregate: Type.Enum([...AGGREGATES]),
    value: Type.Optional(Type.Enum([...VALUES])),
    weight: Type.Optional(Type.Enum([...VALUES])),
    where: Type.Optional(Type.Enum([...CONDITIONS])),
  },
  strict,
);
const Statistic = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9_]{2,39}$' }),
    name: Words,
    unit: Type.Enum(['enterprise', 'loan', 'fen', 'share', 'basis_point', 'day']),
    formula: Words,
    source: Type.String({ minLength: 2 }),
    compute: Compute,
  },
  strict,
);
const Statistics = Type.Object(
  {
    id: Type.Literal('monthly-statistics'),
    ...Head,
    statistics: Type.Array(Statistic, { minItems: 1, maxItems: 50 }),
  },
  strict,
);
const Unused = Type.Object(
  {
    id: Type.Literal('unused-queries'),
    ...Head,
    afterDays: Days,
    lookBackDays: Days,
    kinds: Type.Array(Type.Enum(['answer', 'report', 'verification']), { minItems: 1 }),
    restOnLiveLoan: Type.Array(Type.Enum([...FINANCING_PURPOSES])),
  },
  strict,
);
const Hop = Type.Object({ handInWorkingDays: Days, acknowledgeWorkingDays: Days }, strict);
const Chain = Type.Object(
  {
    id: Type.Literal('return-chain'),
    ...Head,
    hops: Type.Object(
      {
        institution_to_platform: Hop,
        institution_to_node: Hop,
        platform_to_node: Hop,
        node_to_department: Hop,
      },
      strict,
    ),
    reviseWorkingDay: Days,
  },
  strict,
);
const Complaints = Type.Object(
  { id: Type.Literal('quality-complaints'), ...Head, reasons: Type.Array(Type.String(), { minItems: 1 }) },
  strict,
);
const Contribution = Type.Object(
  {
    id: Type.Literal('dataset-contribution'),
    ...Head,
    goodMin: Days,
    badMin: Days,
    sampleMax: Type.Integer({ minimum: 10, maximum: 100_000 }),
    horizonMonths: Type.Integer({ minimum: 1, maximum: 60 }),
    lookBackMonths: Type.Integer({ minimum: 1, maximum: 240 }),
    exactDatasetsMax: Type.Integer({ minimum: 1, maximum: 14 }),
    permutations: Type.Integer({ minimum: 2, maximum: 10_000 }),
    seed: Type.Integer(),
  },
  strict,
);

export type Statistic = Readonly<Static<typeof Statistic>>;
export type UnusedRules = Readonly<Static<typeof Unused>>;
export type ChainRules = Readonly<Static<typeof Chain>>;
export type ContributionRules = Readonly<Static<typeof Contribution>>;
export type Route = keyof ChainRules['hops'];

/** Everything about returns that a city may decide. */
export type ReturnsRules = {
  /** With the floor of `statistics-floors.yaml` under which a figure is not shown. */
  readonly statistics: Readonly<Static<typeof Statistics>> & { readonly suppression: StatisticsFloor };
  readonly unused: UnusedRules;
  readonly chain: ChainRules;
  readonly complaints: Readonly<Static<typeof Complaints>>;
  readonly contribution: ContributionRules;
};

/**
 * Reads the files of `returns/` in the package's models, or of the last of the city's folders that has its own. Throws
 * `returns.definition_not_valid`, `statistics.floors_not_valid`.
 */
export function loadReturnsRules(folders: readonly string[]): ReturnsRules {
  const statistics = readRules(folders, 'statistics.yaml', Statistics);
  statistics.statistics.forEach(requireComputable);
  return Object.freeze({
    statistics: { ...statistics, suppression: loadStatisticsFloors(folders).of('monthly_returns') },
    unused: readRules(folders, 'unused.yaml', Unused),
    chain: readRules(folders, 'chain.yaml', Chain),
    complaints: readRules(folders, 'complaints.yaml', Complaints),
    contribution: readRules(folders, 'contribution.yaml', Contribution),
  });
}

function readRules<Schema extends TSchema>(
  folders: readonly string[],
  name: string,
  schema: Schema,
): Static<Schema> {
  const file = folders.map((folder) => join(folder, 'returns', name)).findLast((path) => existsSync(path));
  if (file === undefined) throw notValid(name, 'is missing');
  const value: unknown = parse(readFileSync(file, 'utf8'));
  const [first] = [...Value.Errors(schema, value)];
  if (first !== undefined) throw notValid(name, `${first.instancePath || '/'} ${first.message}`);
  return value as Static<Schema>;
}

/** Which columns each kind of rows has. */
const COLUMNS: Readonly<Record<Statistic['compute']['rows'], readonly string[]>> = {
  lent: ['one', 'amount_fen', 'annual_rate_bp', 'is_first_loan', 'is_credit_loan'],
  balances: ['one', 'balance_fen'],
  decided: ['one', 'decision_days', 'is_approved'],
};

/** A formula that its rows cannot answer is refused before anything is computed by it. */
function requireComputable({ id, compute }: Statistic): void {
  const { rows, aggregate, value, weight, where } = compute;
  const named = [value, weight, where].filter((name) => name !== undefined);
  const foreign = named.find((name) => !COLUMNS[rows].includes(name));
  if (foreign !== undefined) throw notValid('statistics.yaml', `${id}: rows ${rows} have no ${foreign}`);
  const needsValue = ['sum', 'share', 'weighted_mean', 'median'].includes(aggregate);
  if (needsValue !== (value !== undefined))
    throw notValid('statistics.yaml', `${id}: ${aggregate} takes ${needsValue ? 'a' : 'no'} value`);
  if ((aggregate === 'weighted_mean') !== (weight !== undefined))
    throw notValid('statistics.yaml', `${id}: a weight goes with weighted_mean alone`);
  if (aggregate === 'share' && where === undefined)
    throw notValid('statistics.yaml', `${id}: a share says of what (where)`);
}

function notValid(file: string, reasons: string): Error {
  return returnsRefusal('returns.definition_not_valid', { file, reasons });
}
