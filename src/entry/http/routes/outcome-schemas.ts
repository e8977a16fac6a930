import { Type } from 'typebox';
import { DECISIONS, FACT_KINDS, FATES, GUARANTEES, OUTCOMES_LIMITS, OVERDUE } from '#outcomes';
import { Instant, nullable } from '../schemas.ts';
import { LeafReceipt } from './delivery-schemas.ts';

const strict = { additionalProperties: false } as const;

/** No control characters and no half of a surrogate pair: what the database and a canonical form can hold. */
const Text = Type.String({ pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]{1,64}$' });
const DayText = Type.String({ maxLength: 10, description: 'YYYY-MM-DD, Beijing' });
const Code = Type.String({ pattern: '^[a-z][a-z0-9_]{1,39}$' });

/** Shapes and lengths; what values mean is judged item by item. */
const Item = Type.Object(
  {
    disclosureId: Type.String({ pattern: '^dsc_[0-9a-z]{26}$' }),
    used: Type.Boolean(),
    unusedReason: Type.Optional(Code),
    application: Type.Optional(
      Type.Object({ id: Text, appliedOn: DayText, product: Text, requestedFen: Type.Integer() }, strict),
    ),
    decision: Type.Optional(
      Type.Object(
        {
          result: Type.Enum(DECISIONS),
          reasons: Type.Array(Code, { maxItems: 10 }),
          decidedOn: Type.Optional(DayText),
        },
        strict,
      ),
    ),
    loan: Type.Optional(
      Type.Object(
        {
          id: Text,
          amountFen: Type.Integer(),
          annualRateBp: Type.Integer({ description: 'Basis points: 3.45 % is 345' }),
          termMonths: Type.Integer(),
          guarantee: Type.Enum(GUARANTEES),
          isFirstLoan: Type.Boolean(),
          isCreditLoan: Type.Boolean(),
          disbursedOn: DayText,
        },
        strict,
      ),
    ),
    balance: Type.Optional(
      Type.Object(
        {
          loanId: Text,
          month: Type.String({ maxLength: 7, description: 'YYYY-MM' }),
          balanceFen: Type.Integer(),
          overdue: Type.Enum(OVERDUE),
          isBad: Type.Boolean(),
          settledOn: Type.Optional(DayText),
        },
        strict,
      ),
    ),
    isCorrection: Type.Optional(
      Type.Boolean({ description: 'Puts right what the same reporter said before' }),
    ),
  },
  strict,
);

const ParticipantId = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{1,63}$' });
const Operator = Type.String({
  pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]{1,64}$',
  description: 'The person at the institution, as it names them',
});

/** For whom it is done: a platform names the institution. */
export const Use = {
  institution: Type.Optional(ParticipantId),
  branch: Type.Optional(ParticipantId),
  operator: Operator,
};

export const Report = Type.Object(
  { ...Use, items: Type.Array(Item, { minItems: 1, maxItems: OUTCOMES_LIMITS.callItemsMax }) },
  strict,
);

const Fault = Type.Object({
  row: Type.Integer(),
  field: Type.String(),
  column: Type.Optional(Type.String()),
  code: Type.String(),
  message: Type.Object({ zh: Type.String(), en: Type.String() }),
});
const Fate = Type.Enum(FATES);
const Kind = Type.Enum(FACT_KINDS);

export const Batch = Type.Object({
  batchId: Type.String(),
  reportedAt: Instant,
  counts: Type.Object({
    items: Type.Integer(),
    unchanged: Type.Integer(),
    new: Type.Integer(),
    confirmed: Type.Integer(),
    changed: Type.Integer(),
    corrected: Type.Integer(),
    conflicting: Type.Integer(),
    refused: Type.Integer(),
  }),
  merkleRoot: Type.String(),
  receipt: LeafReceipt,
  results: Type.Array(
    Type.Object({
      row: Type.Integer(),
      fate: Fate,
      facts: Type.Array(Type.Object({ kind: Kind, fate: Fate })),
      faults: Type.Array(Fault),
    }),
  ),
});

export const Value = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(Type.String()),
]);

export const Fact = Type.Object({
  kind: Kind,
  institutionId: Type.String(),
  channel: Type.String({ description: 'direct, or the platform that reported it' }),
  isStanding: Type.Boolean({ description: 'The one that counts, where several channels speak of it' }),
  isCorrection: Type.Boolean(),
  disclosureId: Type.String(),
  batchId: Type.String(),
  itemNo: Type.Integer(),
  knownFrom: Instant,
  values: Type.Record(Type.String(), Value),
});

export const FactQuery = Type.Object({
  institution: Type.Optional(ParticipantId),
  kind: Type.Optional(Kind),
  afterBatch: Type.Optional(Type.String({ pattern: '^otb_[0-9a-z]{26}$' })),
  afterItem: Type.Optional(Type.Integer({ minimum: 0 })),
});

export const BatchOfId = Type.Object({ id: Type.String({ pattern: '^otb_[0-9a-z]{26}$' }) });
export const InstitutionQuery = Type.Object({ institution: Type.Optional(ParticipantId) });

export const BatchView = Type.Object({
  batchId: Type.String(),
  channel: Type.String(),
  reportedAt: Instant,
  items: Type.Integer(),
  merkleRoot: Type.String(),
  receiptId: Type.String(),
  refused: Type.Array(
    Type.Object({
      row: Type.Integer(),
      faults: Type.Array(Fault),
      raw: Type.Unknown({ description: 'The item as it came' }),
    }),
  ),
});

/** Pages continue after their last line. */
export const Facts = Type.Object({
  facts: Type.Array(Fact),
  next: nullable(Type.Object({ afterBatch: Type.String(), afterItem: Type.Integer() })),
});
