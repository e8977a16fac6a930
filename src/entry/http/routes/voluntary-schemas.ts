import { Type } from 'typebox';
import { ContractId, Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const id = (prefix: string, example: string) =>
  Type.String({ pattern: `^${prefix}_[0-9a-z]{26}$`, examples: [example] });

export const ItemId = Type.String({
  pattern: '^itm_[0-9a-z]{26}$',
  examples: ['itm_01hzy3v9k2m4n6p8q0r1s2t3v4'],
});
export const FilingId = id('fil', 'fil_01hzy3v9k2m4n6p8q0r1s2t3v4');
export const PledgeId = id('pld', 'pld_01hzy3v9k2m4n6p8q0r1s2t3v4');
export const OpeningId = id('opn', 'opn_01hzy3v9k2m4n6p8q0r1s2t3v4');
export const ConflictId = id('cfl', 'cfl_01hzy3v9k2m4n6p8q0r1s2t3v4');
export const AttachmentId = id('att', 'att_01hzy3v9k2m4n6p8q0r1s2t3v4');
const Level = Type.Enum(['L0', 'L1', 'L2', 'L3'], {
  description:
    'L0 自报 said by itself, L1 附件 attachment, L2 第三方 third party, L3 权威源核验 checked at the source',
});
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
/** Values by field, as a person writes them; the form of the item says which. */
const Values = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' }),
  Type.String({ maxLength: 4_000 }),
  {
    maxProperties: 60,
  },
);

const FormField = Type.Object({
  name: Type.String(),
  words: Words,
  note: nullable(Type.String()),
  kind: Type.String(),
  required: Type.Boolean(),
  seenBy: Type.Enum(['public', 'authorised', 'invisible', 'secret']),
  unit: nullable(Type.String()),
  source: Type.String(),
});
export const FormsAnswer = Type.Object({
  entrances: Type.Array(Type.Object({ id: Type.String(), ...Words.properties })),
  forms: Type.Array(
    Type.Object({
      contract: ContractId,
      version: Type.String(),
      hash: Type.String(),
      words: Words,
      whyNeeded: Type.String(),
      whatItUnlocks: Type.String(),
      limitations: Type.String(),
      duty: Type.Object({ name: Type.String(), basis: Type.String() }),
      whoMaySee: Type.Array(Type.String()),
      validDays: Type.Integer({ description: 'Days that one filing counts' }),
      keptFor: Type.Object({ value: Type.Integer(), unit: Type.String(), from: Type.String() }),
      evidence: Type.Array(Level),
      key: Type.Array(Type.String()),
      fields: Type.Array(FormField),
      schema: Type.Unknown({ description: 'JSON Schema, draft 2020-12, of `values`' }),
    }),
  ),
});

export const RegistrationBody = Type.Object(
  {
    code: EnterpriseCode,
    name: Type.String({ minLength: 2, maxLength: 200 }),
    representative: Type.String({ minLength: 1, maxLength: 100 }),
  },
  {
    ...strict,
    examples: [{ code: '91110108MA01ABCD3N', name: '北京甲科技有限公司', representative: '某某' }],
  },
);
export const RegistrationAnswer = Type.Object({
  state: Type.Enum(['none', 'mismatch', 'at_window', 'registered']),
  mismatched: Type.Array(Type.Enum(['code', 'name', 'representative'])),
  way: nullable(Words),
});

export const PledgeAnswer = Type.Object({
  pledgeId: PledgeId,
  state: Type.Enum(['in_force', 'expired', 'breached', 'withdrawn']),
  templateHash: Type.String(),
  scope: Type.Array(Type.String()),
  signedAt: Instant,
  validTo: Day,
  breach: nullable(
    Type.Object({
      authority: Type.String(),
      decisionNo: Type.String(),
      decidedOn: Day,
      objection: nullable(Type.String()),
    }),
  ),
});
export const PledgesAnswer = Type.Object({
  template: Type.Object({
    id: Type.String(),
    version: Type.String(),
    hash: Type.String(),
    validDays: Type.Integer(),
    title: Words,
    scopes: Type.Array(Type.Object({ id: Type.String(), ...Words.properties })),
  }),
  pledges: Type.Array(PledgeAnswer),
});
export const SignBody = Type.Object(
  { templateHash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the words that were shown' }) },
  { ...strict, examples: [{ templateHash: '0'.repeat(64) }] },
);
export const ObjectionBody = Type.Object(
  { objection: Type.String({ minLength: 4, maxLength: 2_000 }) },
  { ...strict, examples: [{ objection: '认定事实有误，已提起行政复议。' }] },
);

export const FilingBody = Type.Object(
  {
    contract: ContractId,
    values: Values,
    enterprise: Type.Optional(EnterpriseCode),
  },
  {
    ...strict,
    description: '`enterprise` where a platform or department files for it',
    examples: [
      {
        contract: 'v09_qualifications',
        values: { certificate_no: 'JZ-2026-001', certificate_name: '建筑业企业资质证书' },
      },
    ],
  },
);
export const FiledAnswer = Type.Object({
  itemId: ItemId,
  filingId: FilingId,
  outcome: Type.Enum(['kept', 'renewed', 'beside']),
  conflictId: nullable(ConflictId),
  receiptId: Type.String(),
});
export const CheckAnswer = Type.Object({
  defects: Type.Array(
    Type.Object({
      field: Type.String(),
      code: Type.String(),
      isBlocking: Type.Boolean(),
      ...Words.properties,
    }),
  ),
});
export const ConfirmBody = Type.Object(
  { enterprise: EnterpriseCode, contract: ContractId, values: Values },
  {
    ...strict,
    examples: [
      {
        enterprise: '91110108MA01ABCD3N',
        contract: 'v03_contracts',
        values: { contract_side: '销售', own_contract_no: 'XS-2026-1', contract_amount: '10000' },
      },
    ],
  },
);
export const ConfirmedAnswer = Type.Object({
  result: Type.Enum(['match', 'cannot_confirm']),
  level: nullable(Level),
});
export const CheckedAnswer = Type.Object({
  result: Type.Enum(['match', 'no_match', 'no_answer'], {
    description: 'match 一致, no_match 不一致, no_answer 来源未答复',
  }),
  level: Level,
});

export const ItemsAnswer = Type.Object({
  scanner: Type.Enum(['set', 'none'], {
    description: 'none: no scanner is set on this node; files were not scanned',
  }),
  items: Type.Array(
    Type.Object({
      itemId: ItemId,
      contractId: ContractId,
      state: Type.Enum(['current', 'stale', 'withdrawn']),
      isStale: Type.Boolean({ description: 'Shown greyed, withheld from everyone else, in no score' }),
      isEnding: Type.Boolean(),
      validTo: Day,
      level: Level,
      entrances: Type.Array(Type.String()),
      filingId: FilingId,
      filedAt: Instant,
      recordId: nullable(Type.String()),
      values: Type.Record(Type.String(), Type.String()),
      evidence: Type.Array(
        Type.Object({
          evidenceId: Type.String(),
          kind: Type.Enum(['attachment', 'third_party', 'source']),
          reference: Type.String(),
          at: Instant,
        }),
      ),
    }),
  ),
  attachments: Type.Array(
    Type.Object({
      attachmentId: AttachmentId,
      name: Type.String(),
      contentType: Type.String(),
      bytes: Type.Integer(),
      digest: Type.String({ description: 'SHA-256 of the file as it was handed in' }),
      scanned: Type.Enum(['clean', 'no_scanner']),
      madeAt: Instant,
    }),
  ),
  notices: Type.Array(
    Type.Object({
      itemId: ItemId,
      contractId: ContractId,
      validTo: Day,
      notice: Type.Enum(['reminder', 'stale']),
      toldAt: Instant,
    }),
  ),
});

const Side = Type.Object({
  filingId: FilingId,
  entrance: Type.String(),
  partyId: nullable(Type.String()),
  filedAt: Instant,
  values: Type.Record(Type.String(), Type.String()),
});
export const ConflictsAnswer = Type.Object({
  conflicts: Type.Array(
    Type.Object({
      conflictId: ConflictId,
      itemId: ItemId,
      contractId: ContractId,
      foundAt: Instant,
      standing: Side,
      other: Side,
    }),
  ),
});
export const SettleBody = Type.Object(
  { chosen: FilingId },
  { ...strict, examples: [{ chosen: 'fil_01hzy3v9k2m4n6p8q0r1s2t3v4' }] },
);

export const OpeningBody = Type.Object(
  {
    kind: Type.Enum(['file', 'confirm']),
    party: Type.String({ minLength: 2, maxLength: 60, description: '参与单位编号或部门名称' }),
    validTo: Day,
  },
  { ...strict, examples: [{ kind: 'file', party: 'platform', validTo: '2027-06-30' }] },
);
export const OpeningsAnswer = Type.Object({
  openings: Type.Array(
    Type.Object({
      openingId: OpeningId,
      kind: Type.Enum(['file', 'confirm']),
      party: Type.String(),
      validTo: Day,
      openedAt: Instant,
      endedAt: nullable(Instant),
    }),
  ),
});

export const AttachedAnswer = Type.Object({
  attachmentId: AttachmentId,
  name: Type.String(),
  level: Level,
  isScanned: Type.Boolean({ description: 'False: no scanner is set on this node' }),
});
export const ReceiptAnswer = Type.Object({ receiptId: Type.String() });
