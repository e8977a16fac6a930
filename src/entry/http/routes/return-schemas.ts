import { Type } from 'typebox';
import { TOTAL_NAMES } from '#returns';
import { Day, Instant, nullable } from '../schemas.ts';

const Words = Type.Object({ zh: Type.String(), en: Type.String() });
export const Month = Type.String({ pattern: '^20[0-9]{2}-(0[1-9]|1[0-2])$', examples: ['2026-10'] });
const Fen = Type.String({ pattern: '^[0-9]{1,18}$', description: 'Integer as text' });
const Hidden = nullable(Type.Enum(['small', 'dominant', 'complementary']));

/** What every sealed return says of itself. */
const VERSION = {
  month: Month,
  versionNo: Type.Integer(),
  knownAt: Instant,
  contentHash: Type.String({ description: 'SHA-256 of the canonical form (RFC 8785), hex' }),
  correctsHash: nullable(Type.String({ description: 'The version that this one puts right' })),
  reason: nullable(Type.String()),
  sealedAt: Instant,
  receiptId: Type.String(),
};

export const Totals = Type.Object(
  Object.fromEntries(TOTAL_NAMES.map((name) => [name, Fen])) as Record<
    (typeof TOTAL_NAMES)[number],
    typeof Fen
  >,
);

const Figure = Type.Object({
  statistic: Type.String(),
  scope: Type.Enum(['city', 'district', 'institution_type', 'institution']),
  key: Type.String(),
  subjects: nullable(Type.Integer({ description: 'Enterprises that it rests on' })),
  numerator: nullable(Type.String()),
  denominator: nullable(Type.String()),
  value: nullable(Type.Number()),
  hiddenBecause: Hidden,
});

const Reconciled = Type.Object({
  institution: Type.String(),
  channel: Type.String(),
  said: nullable(Totals),
  counted: Totals,
  differences: Type.Array(
    Type.Object({ figure: Type.String(), said: Type.String(), counted: Type.String() }),
  ),
  countedElsewhere: Type.Integer(),
});

export const MonthAnswer = Type.Object({
  ...VERSION,
  formulas: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Words,
      unit: Type.String(),
      formula: Words,
      source: Type.String(),
    }),
  ),
  figures: Type.Array(Figure),
  reconciliation: Type.Array(Reconciled),
});

export const RowsAnswer = Type.Object({
  knownAt: Instant,
  rows: Type.Array(
    Type.Object({
      institution: Type.String(),
      no: Type.String({ description: 'Number of the loan or application, as the institution gives it' }),
      disclosureId: Type.String(),
      numerator: Type.String(),
      denominator: nullable(Type.String()),
    }),
  ),
});

const Contribution = Type.Object({
  game: Type.Enum(['auc', 'variance']),
  method: Type.Enum(['exact', 'drawn', 'closed_form']),
  runId: Type.String(),
  modelHash: Type.String(),
  asOf: Day,
  enterprises: Type.Integer(),
  good: Type.Integer(),
  bad: Type.Integer(),
  worth: Type.Number(),
});
const Line = Type.Object({
  contract: Type.String(),
  name: Type.String(),
  reads: Type.Record(Type.String(), Type.Integer()),
  institutions: Type.Integer(),
  enterprises: Type.Integer(),
  loans: nullable(Type.Integer()),
  borrowers: nullable(Type.Integer()),
  lentFen: nullable(Type.String()),
  loansHidden: Hidden,
  complaints: Type.Record(Type.String(), Type.Integer()),
  tickets: Type.Integer(),
  contribution: nullable(Type.Object({ value: Type.Number(), standardError: Type.Number() })),
  quality: nullable(Type.Record(Type.String(), Type.Object({ value: Type.Number(), unit: Type.String() }))),
});
const Counts = { alerts: Type.Integer(), enterprises: Type.Integer() };
const AlertLine = Type.Object({
  contract: Type.String(),
  told: nullable(
    Type.Object(
      { ...Counts, institutions: Type.Integer() },
      { description: '当月发出的预警 · alerts raised in the month' },
    ),
  ),
  judged: nullable(
    Type.Object(
      {
        ...Counts,
        hits: Type.Integer(),
        precision: nullable(Type.Number()),
      },
      {
        description:
          '半年内发出、机构已评判的预警及准确率 · judged alerts of the half-year to the month’s end; precision = hits / alerts',
      },
    ),
  ),
  warned: nullable(
    Type.Object(
      { ...Counts, leadDays: nullable(Type.Number({ description: 'Median' })) },
      {
        description:
          '其后贷款转坏的预警及提前天数 · alerts after which a loan went bad, and the days to its first bad month end',
      },
    ),
  ),
  protected: nullable(
    Type.Object(
      { ...Counts, fen: Fen },
      {
        description:
          '当月办结预警中机构所报保全金额 · amounts that institutions said they protected, of alerts resolved in the month',
      },
    ),
  ),
  hidden: Type.Object({ told: Hidden, judged: Hidden, warned: Hidden, protected: Hidden }),
});
export const SheetAnswer = Type.Object({
  ...VERSION,
  sheet: Type.Object({
    format: Type.Literal('xinqiao.department-sheet/1'),
    provider: Type.String(),
    month: Month,
    qualityRun: nullable(Type.Object({ runId: Type.String(), rank: nullable(Type.Integer()) })),
    contribution: nullable(Contribution),
    datasets: Type.Array(Line),
    alerts: nullable(
      Type.Object({ judgedFrom: Day, horizonDays: Type.Integer(), datasets: Type.Array(AlertLine) }),
    ),
  }),
});

const Unused = Type.Object({
  disclosureId: Type.String(),
  institution: Type.String(),
  platform: nullable(Type.String()),
  kind: Type.String(),
  purpose: Type.String(),
  givenAt: Instant,
  unusedReason: nullable(Type.String()),
  since: Instant,
});
export const UnusedAnswer = Type.Object({
  afterDays: Type.Integer(),
  ratios: Type.Array(
    Type.Object({
      institution: Type.String(),
      month: Month,
      queries: nullable(Type.Integer()),
      unused: nullable(Type.Integer()),
      ratio: nullable(Type.Number()),
    }),
  ),
  queries: nullable(Type.Array(Unused)),
});
export const OwnUnusedAnswer = Type.Object({ afterDays: Type.Integer(), queries: Type.Array(Unused) });

export const HopsAnswer = Type.Object({
  hops: Type.Array(
    Type.Object({
      hopId: Type.String(),
      month: Month,
      route: Type.String(),
      about: Type.String(),
      from: Type.String(),
      to: Type.String(),
      versionNo: Type.Integer(),
      dueOn: Day,
      dueIsCertain: Type.Boolean(),
      state: Type.Enum(['due', 'handed_in', 'acknowledged', 'rejected', 'corrected']),
      isOverdue: Type.Boolean(),
      contentHash: nullable(Type.String()),
      handedInAt: nullable(Instant),
      acknowledgeBy: nullable(Day),
      acknowledgedAt: nullable(Instant),
      answerReason: nullable(Type.String()),
      correctsHopId: nullable(Type.String()),
      correctionReason: nullable(Type.String()),
    }),
  ),
});
