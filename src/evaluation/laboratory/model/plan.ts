import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { BIN_RULES, type BinRules, type GivenBins, TRENDS } from '../binning/bin-rules.ts';
import { LABORATORY_LIMITS } from '../laboratory-limits.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';

const strict = { additionalProperties: false } as const;
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Names = Type.Array(Type.String({ minLength: 1 }));
const Count = Type.Integer({ minimum: 0 });

const RULES = {
  trend: Type.Enum([...TRENDS]),
  prebins: Type.Enum(['tree', 'quantile']),
  prebinsMax: Type.Integer({ minimum: 2, maximum: LABORATORY_LIMITS.prebinsMax }),
  binsMin: Type.Integer({ minimum: 1, maximum: LABORATORY_LIMITS.binsMax }),
  binsMax: Type.Integer({ minimum: 1, maximum: LABORATORY_LIMITS.binsMax }),
  binShareMin: Share,
  goodsMin: Count,
  badsMin: Count,
  rateDifferenceMin: Share,
  pValueMax: Share,
  rareShareMax: Share,
  specials: Type.Array(
    Type.Object(
      {
        name: Type.String({ minLength: 1 }),
        values: Type.Array(Type.Union([Type.Number(), Type.String()]), { minItems: 1 }),
      },
      strict,
    ),
  ),
};

const GIVEN = {
  cuts: Type.Array(Type.Number()),
  fixedCuts: Type.Array(Type.Number()),
  groups: Type.Array(Names),
  fixedGroups: Type.Array(Names),
};

/** Every member is optional; what is left out is as in the defaults of this file. */
const PlanFile = Type.Object(
  {
    target: Type.Optional(Type.Object({ column: Type.String(), bad: Type.String() }, strict)),
    variables: Type.Optional(Names),
    exclude: Type.Optional(Names),
    categorical: Type.Optional(Names),
    missingMarks: Type.Optional(Type.Array(Type.String())),
    bins: Type.Optional(Type.Partial(Type.Object(RULES, strict), strict)),
    variableBins: Type.Optional(
      Type.Record(Type.String(), Type.Partial(Type.Object({ ...RULES, ...GIVEN }, strict), strict)),
    ),
    selection: Type.Optional(
      Type.Partial(
        Type.Object(
          {
            ivMin: Type.Number({ minimum: 0 }),
            missingShareMax: Share,
            identicalShareMax: Share,
            correlationMax: Share,
          },
          strict,
        ),
        strict,
      ),
    ),
    signs: Type.Optional(Type.Enum(['constrained', 'free'])),
    scaling: Type.Optional(
      Type.Union([
        Type.Object(
          {
            kind: Type.Literal('odds'),
            points: Type.Integer(),
            odds: Type.Number({ exclusiveMinimum: 0 }),
            pdo: Type.Number({ exclusiveMinimum: 0 }),
          },
          strict,
        ),
        Type.Object({ kind: Type.Literal('min-max'), min: Type.Integer(), max: Type.Integer() }, strict),
      ]),
    ),
    leakage: Type.Optional(
      Type.Partial(
        Type.Object(
          {
            ivMax: Type.Number({ exclusiveMinimum: 0 }),
            asOf: Type.String(),
            dates: Names,
            knownAt: Type.Record(Type.String(), Type.String()),
            after: Names,
            leaveOut: Type.Array(Type.Enum(['known_after', 'implausible_iv'])),
          },
          strict,
        ),
        strict,
      ),
    ),
  },
  strict,
);

type PlanFile = Static<typeof PlanFile>;

/** `odds`: at `points` the odds are `odds` goods to one bad and double every `pdo` points. */
export type Scaling =
  | { readonly kind: 'odds'; readonly points: number; readonly odds: number; readonly pdo: number }
  | { readonly kind: 'min-max'; readonly min: number; readonly max: number };

export type SelectionRules = {
  readonly ivMin: number;
  readonly missingShareMax: number;
  readonly identicalShareMax: number;
  /** Between the WOE of two variables; of such a pair the one with the lower information value goes. */
  readonly correlationMax: number;
};

/** What counts as known too late or as too good; times are columns of one unit, compared row by row. */
export type LeakageRules = {
  /** Above it a variable is named: it alone would tell bad from good as well as hardly any whole card does. */
  readonly ivMax: number;
  /** The column that holds when the decision is made. */
  readonly asOf?: string;
  /** Columns that are times themselves. */
  readonly dates: readonly string[];
  /** Variable → the column that holds when it became known. */
  readonly knownAt: Readonly<Record<string, string>>;
  /** Variables that a person knows to be known only afterwards. */
  readonly after: readonly string[];
  /** Which findings keep a variable out of the card; the others only warn. */
  readonly leaveOut: readonly ('known_after' | 'implausible_iv')[];
};

/** Everything that a card is fitted by. */
export type Plan = {
  readonly target: { readonly column: string; readonly bad: string };
  /** Absent: every column but the target. */
  readonly variables?: readonly string[];
  readonly exclude: readonly string[];
  readonly bins: BinRules;
  readonly variableBins: Readonly<Record<string, Partial<BinRules> & GivenBins>>;
  readonly selection: SelectionRules;
  /** `constrained`: no coefficient may turn a variable's risk round. */
  readonly signs: 'constrained' | 'free';
  readonly scaling: Scaling;
  readonly leakage: LeakageRules;
};

const SELECTION: SelectionRules = {
  ivMin: 0.02,
  missingShareMax: 0.95,
  identicalShareMax: 0.95,
  correlationMax: 0.8,
};
const LEAKAGE: LeakageRules = { ivMax: 2, dates: [], knownAt: {}, after: [], leaveOut: ['known_after'] };
const SCALING: Scaling = { kind: 'odds', points: 600, odds: 20, pdo: 50 };

/** A plan from what a person wrote; refuses unknown members and values out of range, with their place. */
export function shapePlan(written: unknown): Plan & Pick<PlanFile, 'categorical' | 'missingMarks'> {
  const file = check(PlanFile, written);
  if (file.target === undefined) throw wrong('/target', 'target: {column, bad}');
  const bins = { ...BIN_RULES, ...file.bins };
  if (bins.binsMin > bins.binsMax) throw wrong('/bins/binsMin', 'binsMin > binsMax');
  const scaling = file.scaling ?? SCALING;
  if (scaling.kind === 'min-max' && scaling.min >= scaling.max) throw wrong('/scaling', 'min ≥ max');
  return {
    ...file,
    target: file.target,
    exclude: file.exclude ?? [],
    bins,
    variableBins: file.variableBins ?? {},
    selection: { ...SELECTION, ...file.selection },
    signs: file.signs ?? 'constrained',
    scaling,
    leakage: { ...LEAKAGE, ...file.leakage },
  };
}

function check<Schema extends TSchema>(schema: Schema, value: unknown): Static<Schema> {
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  throw wrong(first?.instancePath || '/', first?.message ?? 'not the shape of a plan');
}

function wrong(where: string, reason: string): Error {
  return laboratoryRefusal('laboratory.wrong_plan', { where, reason });
}
