import { Type } from 'typebox';
import { TRENDS } from '../binning/bin-rules.ts';

const strict = { additionalProperties: false } as const;
const Text = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** JSON has no infinity and no NaN, so that every number here is finite. */
const Num = Type.Number();
const Weight = Type.Number({ minimum: 0 });

const BinShape = Type.Object(
  {
    kind: Type.Enum(['ordinary', 'special', 'missing', 'unseen']),
    label: Text,
    rows: Weight,
    goods: Weight,
    bads: Weight,
    share: Num,
    badRate: Type.Union([Num, Type.Null()]),
    woe: Num,
    iv: Num,
  },
  strict,
);

const Figures = Type.Object(
  {
    iv: Num,
    js: Num,
    ks: Num,
    gini: Num,
    hhi: Num,
    hhiNormalised: Num,
    pValues: Type.Array(Num),
    quality: Num,
  },
  strict,
);

const BinningShape = Type.Object(
  {
    schema: Type.Literal('xinqiao.binning/1'),
    variable: Text,
    kind: Type.Enum(['numeric', 'categorical']),
    cuts: Type.Array(Num),
    groups: Type.Array(Type.Array(Text)),
    specials: Type.Array(Type.Object({ name: Text, values: Type.Array(Type.Union([Num, Text])) }, strict)),
    trend: Type.Object({ asked: Type.Enum([...TRENDS]), found: Type.Enum([...TRENDS]) }, strict),
    zeroCellRows: Num,
    bins: Type.Array(BinShape, { minItems: 3 }),
    figures: Figures,
    hash: Hash,
  },
  strict,
);

const ModelShape = Type.Object(
  {
    schema: Type.Literal('xinqiao.model/1'),
    variables: Type.Array(
      Type.Object({ variable: Text, binning: Hash, coefficient: Num, standardError: Num }, strict),
      { minItems: 1 },
    ),
    intercept: Num,
    interceptError: Num,
    logLikelihood: Num,
    lastStep: Num,
    signs: Type.Enum(['constrained', 'free']),
    hash: Hash,
  },
  strict,
);

const PointsShape = Type.Object(
  {
    schema: Type.Literal('xinqiao.points/1'),
    model: Hash,
    scaling: Type.Union([
      Type.Object({ kind: Type.Literal('odds'), points: Num, odds: Num, pdo: Num }, strict),
      Type.Object({ kind: Type.Literal('min-max'), min: Num, max: Num }, strict),
    ]),
    factor: Num,
    offset: Num,
    points: Type.Array(Type.Object({ variable: Text, points: Type.Array(Type.Integer()) }, strict)),
    scoreMin: Type.Integer(),
    scoreMax: Type.Integer(),
    roundingMax: Num,
    hash: Hash,
  },
  strict,
);

/** A card file, member by member. A member that nobody reads is refused: it would be sealed with the rest. */
export const CardShape = Type.Object(
  {
    schema: Type.Literal('xinqiao.scorecard/1'),
    target: Type.Object({ column: Text, bad: Text }, strict),
    rows: Type.Object({ goods: Weight, bads: Weight }, strict),
    binnings: Type.Array(BinningShape, { minItems: 1 }),
    model: ModelShape,
    points: PointsShape,
    scores: Type.Object(
      { edges: Type.Array(Type.Integer()), counts: Type.Array(Weight, { minItems: 1 }) },
      strict,
    ),
    hash: Hash,
  },
  strict,
);
