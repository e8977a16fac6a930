import { Type } from 'typebox';
import { Day, Instant, nullable } from '../schemas.ts';

const Count = nullable(Type.Integer());

const summary = {
  delivery: Type.String(),
  contract: Type.String(),
  provider: Type.String(),
  kind: Type.String(),
  file: Type.String(),
  state: Type.String(),
  receivedAt: Instant,
  finishedAt: nullable(Instant),
  rows: Count,
  new: Count,
  changed: Count,
  unchanged: Count,
  held: Count,
  quarantined: Count,
  duplicateInFile: Count,
};

export const DeliverySummary = Type.Object(summary);

/** Codes and sentences of a delivery that the node could not take. */
const DeliveryRefusal = Type.Object({
  code: Type.String(),
  clause: Type.String(),
  message: Type.Object({ zh: Type.String(), en: Type.String() }),
  remedy: Type.Object({ zh: Type.String(), en: Type.String() }),
});

/** The leaf's receipt, salt included: it is for whoever delivered. */
export const LeafReceipt = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  at: Type.String(),
  leafHash: Type.String(),
  salt: Type.String(),
  promiseMs: Type.Integer(),
  suite: Type.String(),
  kid: Type.String(),
  signature: Type.String(),
});

export const DeliveryReceipt = Type.Object(
  {
    ...summary,
    digest: Type.String(),
    bytes: Type.Number(),
    merkleRoot: nullable(Type.String()),
    knownFrom: nullable(Instant),
    returnDueOn: nullable(Day),
    refusal: nullable(DeliveryRefusal),
    ignoredColumns: Type.Array(Type.String()),
    defects: Type.Array(
      Type.Object({ row: Type.Integer(), field: Type.String(), code: Type.String(), message: Type.String() }),
    ),
    defectsTotal: Type.Integer(),
    receipt: nullable(LeafReceipt),
  },
  { description: 'rows = new + changed + unchanged + held + quarantined + duplicateInFile, always' },
);
