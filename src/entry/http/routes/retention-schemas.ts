import { Type } from 'typebox';
import { RETENTION_LIMITS } from '#rights';
import { ContractId, Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const HoldId = Type.String({ pattern: '^hld_[0-9a-z]{26}$' });
const RemovalId = Type.String({ pattern: '^rmv_[0-9a-z]{26}$' });
const RecordId = Type.String({ maxLength: 60, pattern: '^[0-9a-z_-]+:[0-9]{1,9}$' });
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const Reason = Type.String({ minLength: 1, maxLength: RETENTION_LIMITS.reasonCharactersMax });
const Basis = Type.Enum(['ended', 'fallback', 'withdrawn'], {
  description: 'The day of the ending, the day that stands in for it, or that of the withdrawal',
});

export const ExpiredQuery = Type.Object(
  {
    contract: Type.Optional(ContractId),
    after: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z_-]{4,80}$' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: RETENTION_LIMITS.pageMax })),
  },
  strict,
);
export const Expired = Type.Object({
  rules: Type.Object({
    version: Type.String(),
    hash: Type.String(),
    years: Type.Integer(),
    start: Type.Enum(['ending', 'determined']),
    source: Words,
  }),
  counts: Type.Optional(
    Type.Array(Type.Object({ contract: Type.String(), expired: Type.Integer(), note: Words }), {
      description: 'Of every adverse dataset, where none is asked for',
    }),
  ),
  records: Type.Array(
    Type.Object({
      recordId: Type.String(),
      versions: Type.Array(Type.String()),
      startedOn: Day,
      keptUntil: Day,
      basis: Basis,
      waits: nullable(Type.Enum(['hold', 'objection'], { description: 'Why it is not removed yet' })),
    }),
  ),
  next: nullable(Type.String({ description: '`after` of the next page' })),
});

export const RemovalsQuery = Type.Object(
  { record: Type.Optional(RecordId), before: Type.Optional(RemovalId) },
  strict,
);
const Batch = Type.Object({
  removalId: Type.String(),
  contract: Type.String(),
  rulesHash: Type.String(),
  records: Type.Integer(),
  versions: Type.Integer(),
  recalls: Type.Integer(),
  merkleRoot: Type.String(),
  receiptId: Type.String(),
  removedAt: Instant,
});
const Removal = Type.Object({
  removalId: Type.String(),
  contract: Type.String(),
  versions: Type.Array(Type.String()),
  basis: Basis,
  keptUntil: Day,
  removedAt: Instant,
  merkleRoot: Type.String(),
  receiptId: Type.String({ description: 'The leaf over the batch' }),
  inclusion: Type.Object(
    { index: Type.Integer(), size: Type.Integer(), hashes: Type.Array(Type.String({ description: 'Hex' })) },
    {
      description:
        'From SHA-256(0x00 ‖ RFC 8785 form of {basis, contract, keptUntil, removedAt, versions}) to `merkleRoot` (RFC 6962)',
    },
  ),
  leaf: nullable(Type.Object({ body: Type.String(), salt: Type.String() })),
});
export const Removals = Type.Object({
  batches: Type.Array(Batch),
  removal: nullable(Removal),
  before: nullable(Type.String({ description: '`before` of the next page' })),
});

export const HoldsQuery = Type.Object({ before: Type.Optional(HoldId) }, strict);
export const OfHold = Type.Object({ id: HoldId }, strict);
export const HoldBody = Type.Object(
  {
    enterprise: Type.Optional(EnterpriseCode),
    contract: Type.Optional(ContractId),
    record: Type.Optional(RecordId),
    reason: Reason,
    until: Type.Optional(Day),
  },
  {
    ...strict,
    examples: [{ contract: 'n08_penalty', reason: '（2026）京01执1号协助保全通知', until: '2027-06-30' }],
  },
);
export const LiftBody = Type.Object(
  { reason: Reason },
  { ...strict, examples: [{ reason: '保全已解除：（2026）京01执1号之一' }] },
);
export const Hold = Type.Object({
  holdId: Type.String(),
  state: Type.Enum(['proposed', 'in_force', 'lift_proposed', 'lifted', 'lapsed', 'past']),
  words: Words,
  scope: Type.Object(
    { isOfEnterprise: Type.Boolean(), contract: nullable(Type.String()), record: nullable(Type.String()) },
    { description: 'Which enterprise is not said' },
  ),
  reason: Type.String(),
  until: nullable(Day),
  proposedBy: Type.String(),
  proposedAt: Instant,
  lapsesAt: Instant,
  approvedBy: nullable(Type.String()),
  approvedAt: nullable(Instant),
  liftReason: nullable(Type.String()),
  liftProposedBy: nullable(Type.String()),
  liftProposedAt: nullable(Instant),
  liftedBy: nullable(Type.String()),
  liftedAt: nullable(Instant),
  receiptId: Type.String(),
});
export const Holds = Type.Object({
  holds: Type.Array(Hold),
  before: nullable(Type.String({ description: '`before` of the next page' })),
});
