import { Type } from 'typebox';
import { DONE, RECALL_LIMITS } from '#rights';
import { Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const RecallId = Type.String({ pattern: '^rcl_[0-9a-z]{26}$' });
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const DoneName = Type.Enum([...DONE], {
  description: 'Deleted, corrected, the decision is not affected, or something else, which a note explains',
});

export const OfRecall = Type.Object({ id: RecallId }, strict);
export const OfEnterprise = Type.Object({ code: EnterpriseCode }, strict);
export const RecallsQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(['open', 'acknowledged'])),
    before: Type.Optional(RecallId),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: RECALL_LIMITS.pageMax })),
  },
  strict,
);
export const RatesQuery = Type.Object(
  {
    since: Type.Optional(
      Type.String({ format: 'date', description: 'Beijing date; a year back unless given' }),
    ),
  },
  strict,
);

const Line = {
  recallId: RecallId,
  disclosureId: Type.String(),
  disclosureKind: Type.Enum(['answer', 'verification', 'report', 'export', 'score', 'whitelist_entry']),
  disclosedAt: Instant,
  recalledAt: Instant,
  demand: Type.Enum(['correct', 'end_use', 'ask_again'], {
    description: 'Correct or delete it, end its use, or ask again for what was made from it',
  }),
  dueOn: nullable(Day),
  dueIsCertain: Type.Boolean({ description: 'False: a year on the way has no announced calendar' }),
  acknowledgedAt: nullable(Instant),
  done: nullable(DoneName),
  note: nullable(Type.String()),
};
const RecallLine = Type.Object(Line);

export const Recalls = Type.Object({
  recalls: Type.Array(RecallLine),
  before: nullable(Type.String({ description: '`before` of the next page' })),
});

export const ReceivedRecall = Type.Object({
  ...Line,
  notice: Type.String({
    description: 'Compact JWS, typ `xinqiao-recall+jwt`, by a key of /.well-known/jwks.json',
  }),
  receiptId: Type.String({ description: 'The leaf over the notices to this recipient' }),
  inclusion: Type.Object(
    { index: Type.Integer(), size: Type.Integer(), hashes: Type.Array(Type.String({ description: 'Hex' })) },
    { description: 'From SHA-256(0x00 ‖ notice) to `merkleRoot` of the leaf’s body (RFC 6962)' },
  ),
  leaf: nullable(Type.Object({ body: Type.String(), salt: Type.String() })),
});

export const Acknowledgement = Type.Object(
  {
    recalls: Type.Array(RecallId, { minItems: 1, maxItems: RECALL_LIMITS.acknowledgedAtOnceMax }),
    done: DoneName,
    note: Type.Optional(Type.String({ maxLength: RECALL_LIMITS.noteCharactersMax })),
  },
  { ...strict, examples: [{ recalls: ['rcl_01hzy3v9k2m4n6p8q0r1s2t3v4'], done: 'corrected' }] },
);
export const Acknowledged = Type.Object({ recalls: Type.Array(RecallLine) });

export const OwnRecalls = Type.Object({
  recalls: Type.Array(
    Type.Object({
      ...Line,
      contract: Type.String(),
      record: Type.String(),
      part: Type.Enum(['content', 'derived'], {
        description:
          'The record was in it, or something was made from it; then the recipient is told neither',
      }),
      cause: Type.Object({
        kind: Type.Enum(['objection', 'withdrawal', 'delivery', 'repair', 'retention']),
        id: Type.String(),
        words: Words,
      }),
      recipient: Type.Object({ id: Type.String(), name: Words }),
      platform: nullable(Type.String()),
      receiptId: Type.String(),
      acknowledgedReceiptId: nullable(Type.String()),
    }),
  ),
});

const Rates = Type.Array(
  Type.Object({
    institutionId: Type.String(),
    recalls: nullable(Type.Integer()),
    acknowledged: nullable(Type.Integer()),
    onTime: nullable(Type.Integer()),
    overdue: nullable(Type.Integer()),
    rate: nullable(Type.Number()),
    hiddenBecause: nullable(Type.Enum(['small', 'dominant', 'complementary'])),
  }),
);
export const RecallRates = Type.Object({ since: Day, disclosures: Rates, alerts: Rates });
export const OverdueRecalls = Type.Object({
  recalls: Type.Array(
    Type.Object({ ...Line, recipientId: Type.String(), platformId: nullable(Type.String()) }),
  ),
});
