import { Type } from 'typebox';
import { ITEM_STATES, OBJECTION_STATES, OUTCOMES, TERM_KINDS } from '#rights';
import { ContractId, Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const ObjectionId = Type.String({ pattern: '^obj_[0-9a-z]{26}$' });
const ItemNo = Type.Integer({ minimum: 1, maximum: 200 });
const RecordId = Type.String({
  pattern: '^[0-9a-z_-]{1,40}:[0-9]{1,9}$',
  description: '交付编号:行号 · delivery and row',
});
const Text = Type.String({ minLength: 1, maxLength: 4000 });
const Value = nullable(Type.String({ maxLength: 4000 }));
const FieldName = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Ground = Type.String({ pattern: '^[a-z][a-z_]{2,39}$' });
const Outcome = Type.Enum([...OUTCOMES], {
  description: 'corrected 更正, annulled 撤销, withheld 不予展示, expired 超过公示期',
});
const Fault = Type.Enum(['matching', 'transport'], { description: '节点自身的错误 · the node’s own error' });
const Attachment = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    sha256: Type.String({ minLength: 64, maxLength: 64 }),
    bytes: Type.Integer({ minimum: 1 }),
  },
  strict,
);

export const OfEnterpriseObjections = Type.Object({ code: EnterpriseCode });
export const OfOwnObjection = Type.Object({ code: EnterpriseCode, objection: ObjectionId });
export const OfObjection = Type.Object({ objection: ObjectionId });
export const OfEvidence = Type.Object({
  objection: ObjectionId,
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
export const EvidenceAnswer = Type.Object({
  attachmentId: Type.String(),
  name: Type.String(),
  sha256: Type.String({ description: '提出异议时以此引用 · names the file in the objection' }),
  bytes: Type.Integer(),
  isScanned: Type.Boolean({ description: 'false：节点没有配置查毒 · the node has no scanner' }),
  receiptId: Type.String(),
});

export const Application = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 4000, description: '事实和理由 · facts and reasons' }),
    attachments: Type.Optional(Type.Array(Attachment, { maxItems: 50 })),
    items: Type.Array(
      Type.Object(
        {
          contract: ContractId,
          record: Type.Optional(RecordId),
          ground: Ground,
          fields: Type.Optional(
            Type.Array(
              Type.Object(
                {
                  field: FieldName,
                  claimed: nullable(
                    Type.String({
                      maxLength: 4000,
                      description: '认为正确的值；null：不应有值 · null: there should be none',
                    }),
                  ),
                },
                strict,
              ),
              { maxItems: 60 },
            ),
          ),
        },
        strict,
      ),
      { minItems: 1, maxItems: 200 },
    ),
  },
  {
    ...strict,
    examples: [
      {
        reason: '处罚金额录入有误，决定书为五千元。',
        attachments: [
          {
            name: '处罚决定书.pdf',
            sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
            bytes: 120400,
          },
        ],
        items: [
          {
            contract: 'n08_penalty',
            record: 'dlv_01hzy3v9k2m4n6p8q0r1s2t3v4:12',
            ground: 'wrong',
            fields: [{ field: 'fine', claimed: '5000元' }],
          },
        ],
      },
    ],
  },
);

const Items = Type.Array(ItemNo, { minItems: 1, maxItems: 200, uniqueItems: true });
export const Withdrawal = Type.Object(
  { items: Type.Optional(Items) },
  { ...strict, examples: [{ items: [1] }] },
);
export const ReviewAsked = Type.Object(
  { item: ItemNo, reason: Text },
  { ...strict, examples: [{ item: 1, reason: '处理决定未考虑所附决定书。' }] },
);
export const Statement = Type.Object(
  { item: ItemNo, statement: Type.String({ minLength: 1, maxLength: 500 }) },
  { ...strict, examples: [{ item: 1, statement: '该处罚已提起行政诉讼。' }] },
);
export const Check = Type.Object(
  {
    act: Type.Enum(['accept', 'refuse', 'forward'], { description: '受理、不予受理、转提供单位' }),
    items: Type.Optional(Items),
    words: Type.Optional(Text),
  },
  { ...strict, examples: [{ act: 'accept' }] },
);
export const Decision = Type.Object(
  {
    item: ItemNo,
    upheld: Type.Boolean(),
    outcome: Type.Optional(Outcome),
    fault: Type.Optional(Fault),
    words: Type.String({
      minLength: 1,
      maxLength: 4000,
      description: '书面决定及理由 · the decision in writing',
    }),
    fields: Type.Optional(
      Type.Array(Type.Object({ field: FieldName, newValue: Value }, strict), { maxItems: 60 }),
    ),
  },
  {
    ...strict,
    examples: [
      {
        item: 1,
        upheld: true,
        outcome: 'corrected',
        words: '经核对决定书，金额应为五千元。',
        fields: [{ field: 'fine', newValue: '5000元' }],
      },
    ],
  },
);
export const ExtensionAsked = Type.Object(
  { words: Text },
  { ...strict, examples: [{ words: '需调取原始案卷。' }] },
);
export const ExtensionApproved = Type.Object(
  { provider: Type.String({ minLength: 2, maxLength: 60 }) },
  strict,
);
export const ClockChange = Type.Object(
  {
    act: Type.Enum(['stop', 'resume'], { description: '中止、恢复' }),
    words: Text,
    provider: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 60,
        description: '由节点代办时指明提供单位 · named where the node acts',
      }),
    ),
  },
  { ...strict, examples: [{ act: 'stop', words: '委托检验机构复检，预计十个工作日。' }] },
);
export const HandledQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum([...ITEM_STATES])),
    after: Type.Optional(Type.String({ pattern: '^obj_[0-9a-z]{26}:[0-9]{1,3}$' })),
  },
  strict,
);

const Corrected = Type.Object({ field: Type.String(), oldValue: Value, newValue: Value });
const item = {
  itemNo: ItemNo,
  contractId: ContractId,
  provider: Type.String(),
  recordId: nullable(RecordId),
  ground: Ground,
  groundWords: Words,
  fields: Type.Array(Type.Object({ field: Type.String(), oldValue: Value, claimedValue: Value })),
  mode: Type.Enum(['mark', 'suspend'], { description: '标注，或中止披露 · marked, or suspended' }),
  mark: nullable(Type.Enum(['disputed', 'withheld', 'annulled'])),
  state: Type.Enum([...ITEM_STATES]),
  stateWords: Words,
  outcome: nullable(Outcome),
  fault: nullable(Fault),
  decidedKind: nullable(Type.Enum(['node', 'provider', 'delivery'])),
  decidedAt: nullable(Instant),
  decision: nullable(Type.String()),
  correctedFields: nullable(Type.Array(Corrected)),
  reviewAskedAt: nullable(Instant),
  reviewReason: nullable(Type.String()),
  reviewedAt: nullable(Instant),
  correctedAt: nullable(Instant),
  statement: nullable(Type.String()),
};
const Item = Type.Object(item);
const head = {
  objectionId: ObjectionId,
  state: Type.Enum([...OBJECTION_STATES]),
  reason: Type.String(),
  attachments: Type.Array(Attachment),
  appliedAt: Instant,
  receiptId: Type.String(),
  items: Type.Array(Item),
};
export const ObjectionHeadAnswer = Type.Object(head);
export const OwnObjectionsAnswer = Type.Object({ objections: Type.Array(ObjectionHeadAnswer) });

const Term = Type.Object({
  term: Type.Enum([...TERM_KINDS]),
  words: Words,
  responsible: Type.Object({ kind: Type.Enum(['node', 'provider', 'institution']), id: Type.String() }),
  startedOn: Day,
  dueOn: nullable(Day),
  state: Type.Enum(['running', 'stopped', 'met', 'late']),
  isExtended: Type.Boolean(),
  citation: Words,
});
const step = {
  stepNo: Type.Integer(),
  itemNo: nullable(ItemNo),
  act: Type.String(),
  byKind: Type.Enum(['enterprise', 'node', 'provider', 'delivery']),
  at: Instant,
  words: nullable(Type.String()),
  fields: nullable(Type.Array(Corrected)),
  receiptId: nullable(Type.String()),
};
export const ObjectionAnswer = Type.Object({
  ...head,
  code: nullable(Type.String()),
  name: Type.String(),
  terms: Type.Array(Term),
  steps: Type.Array(Type.Object(step)),
});
export const NoticesOfObjections = Type.Object({
  notices: Type.Array(Type.Object({ objectionId: ObjectionId, ...step })),
});
export const HandledAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      objectionId: ObjectionId,
      code: nullable(Type.String()),
      name: Type.String(),
      appliedAt: Instant,
      ...item,
    }),
  ),
  next: nullable(Type.String({ description: '`after` of the next page' })),
});
export const ExtensionAnswer = Type.Object({ dueOn: nullable(Day) });
export const ClockAnswer = Type.Object({
  terms: Type.Array(
    Type.Object({
      term: Type.Enum([...TERM_KINDS]),
      words: Words,
      dueOn: nullable(Day),
      state: Type.Enum(['running', 'stopped', 'met', 'late']),
    }),
  ),
});
export const AskedAnswer = Type.Object({ asked: Type.Boolean() });

export const GroundsAnswer = Type.Object({
  version: Type.String(),
  source: Words,
  reviewWithinDays: Type.Integer(),
  grounds: Type.Array(
    Type.Object({
      id: Ground,
      words: Words,
      about: Type.Enum(['record', 'dataset']),
      fields: Type.Enum(['required', 'optional', 'none']),
      whileOpen: Type.Enum(['profile', 'mark', 'suspend']),
      upheldAs: Type.Array(Outcome),
    }),
  ),
});
