import { Type } from 'typebox';
import { OBSTACLES, REPAIR_STATES, SEVERITIES, TERM_KINDS, UNCLEAR } from '#rights';
import { ContractId, Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const RepairId = Type.String({ pattern: '^rpr_[0-9a-z]{26}$' });
const RecordId = Type.String({
  pattern: '^[0-9a-z_-]{1,40}:[0-9]{1,9}$',
  description: '交付编号:行号 · delivery and row',
});
const Text = Type.String({ minLength: 1, maxLength: 4000 });
const Document = Type.String({
  minLength: 1,
  maxLength: 128,
  description: '决定书文号 · number of the decision',
});
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Number = Type.String({
  pattern: '^[0-9A-Za-z_-]{4,64}$',
  description: '门户自己的编号 · the portal’s own number',
});
const State = Type.Enum([...REPAIR_STATES], {
  description:
    'submitted 待受理, accepted 认定单位审核中, refused 不予受理, granted 准予修复, denied 不予修复, withdrawn 已撤回',
});
const Severity = Type.Enum([...SEVERITIES], { description: 'minor 轻微, general 一般, serious 严重' });
const Known = Type.Enum(['read', 'memory', 'proposal']);
const Proof = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    sha256: Sha256,
    bytes: Type.Integer({ minimum: 1 }),
  },
  strict,
);

export const OfEnterpriseRepairs = Type.Object({ code: EnterpriseCode });
export const OfOwnRepair = Type.Object({ code: EnterpriseCode, repair: RepairId });
export const OfRepair = Type.Object({ repair: RepairId });
export const OfPortalNumber = Type.Object({ number: Number });
export const OfShield = Type.Object({ shield: Type.String({ pattern: '^rps_[0-9a-z]{26}$' }) });

const content = {
  contract: ContractId,
  performedOn: Type.String({ format: 'date', description: '义务履行完毕日期 · when obligations were met' }),
  words: Type.String({ minLength: 1, maxLength: 4000, description: '如何履行和纠正 · how they were met' }),
  proofs: Type.Array(Proof, { maxItems: 50, description: '证明材料的摘要 · proofs, by digest' }),
  pledge: Type.Unsafe<string>({
    ...Sha256,
    description: '所签承诺书的摘要 · digest of the pledge that was signed',
  }),
};
const example = {
  contract: 'n08_penalty',
  performedOn: '2026-05-20',
  words: '罚款已缴清，年报已补报。',
  proofs: [
    {
      name: '缴款凭证.pdf',
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      bytes: 120_400,
    },
  ],
  pledge: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
};
export const RepairApplied = Type.Object(
  { ...content, record: RecordId },
  { ...strict, examples: [{ ...example, record: 'dlv_01hzy3v9k2m4n6p8q0r1s2t3v4:12' }] },
);
export const PortalApplied = Type.Object(
  { ...content, code: EnterpriseCode, document: Document },
  {
    ...strict,
    examples: [{ ...example, code: '91110108MA01AAAA0X', document: '京海市监处罚〔2026〕105号' }],
  },
);
export const Acceptance = Type.Object(
  { accept: Type.Boolean(), words: Type.Optional(Text) },
  { ...strict, examples: [{ accept: true }] },
);
export const RepairDecision = Type.Object(
  { granted: Type.Boolean(), words: Text },
  { ...strict, examples: [{ granted: true, words: '义务已履行完毕，准予修复。' }] },
);
export const Annulment = Type.Object(
  { code: EnterpriseCode, contract: ContractId, document: Document, words: Text },
  {
    ...strict,
    examples: [
      {
        code: '91110108MA01AAAA0X',
        contract: 'n08_penalty',
        document: '京海市监处罚〔2026〕105号',
        words: '行政复议决定撤销该处罚。',
      },
    ],
  },
);
export const ShieldAsked = Type.Object(
  { code: EnterpriseCode, ruling: Type.String({ minLength: 2, maxLength: 200 }), ruledOn: Day, until: Day },
  {
    ...strict,
    examples: [
      { code: '91110108MA01AAAA0X', ruling: '（2026）京01破1号', ruledOn: '2026-05-20', until: '2027-05-20' },
    ],
  },
);
export const NoticesQuery = Type.Object(
  { record: Type.Optional(RecordId), after: Type.Optional(RecordId) },
  strict,
);
export const OwnQuery = Type.Object({ after: Type.Optional(RepairId) }, strict);
export const HandledRepairsQuery = Type.Object(
  { state: Type.Optional(State), after: Type.Optional(RepairId) },
  strict,
);

const Check = Type.Object({
  isEligible: Type.Boolean({ description: '现在可否申请 · whether it can be applied for now' }),
  obstacles: Type.Array(Type.Object({ code: Type.Enum([...OBSTACLES]), words: Words })),
  regime: Type.String(),
  severity: Severity,
  isSpecial: Type.Boolean({ description: '特殊领域 · of a special field' }),
  unclear: Type.Array(Type.Object({ code: Type.Enum([...UNCLEAR]), words: Words })),
  decidedOn: nullable(Day),
  earliestOn: nullable(Day),
  endsOn: nullable(Day),
  document: nullable(Type.String()),
  body: nullable(Type.String()),
  citation: Words,
  known: Known,
});
export const RepairNoticesAnswer = Type.Object({
  notices: Type.Array(
    Type.Object({ contract: ContractId, recordId: RecordId, knownFrom: Instant, check: Check }),
  ),
  next: nullable(Type.String({ description: '`after` of the next page' })),
});

const head = {
  repairId: RepairId,
  contractId: ContractId,
  recordId: RecordId,
  provider: Type.String(),
  body: Type.String({ description: '认定单位 · the body that made the entry' }),
  entrance: Type.Enum(['node', 'portal']),
  regime: Type.String(),
  severity: Severity,
  earliestOn: Day,
  state: State,
  stateWords: Words,
  appliedAt: Instant,
  decidedAt: nullable(Instant),
  syncedAt: nullable(Instant),
};
const RepairHeadAnswer = Type.Object(head);
export const RepairsAnswer = Type.Object({
  repairs: Type.Array(RepairHeadAnswer),
  next: nullable(Type.String({ description: '`after` of the next page' })),
});
const Term = Type.Object({
  term: Type.Enum([...TERM_KINDS]),
  words: Words,
  responsible: Type.Object({ kind: Type.Enum(['node', 'provider', 'institution']), id: Type.String() }),
  startedOn: Day,
  dueOn: nullable(Day),
  state: Type.Enum(['running', 'stopped', 'met', 'late']),
  citation: Words,
});
export const RepairAnswer = Type.Object({
  ...head,
  code: nullable(Type.String()),
  name: Type.String(),
  content: Type.Object({ performedOn: Day, words: Type.String(), proofs: Type.Array(Proof) }),
  terms: Type.Array(Term),
  steps: Type.Array(
    Type.Object({
      stepNo: Type.Integer(),
      act: Type.String(),
      byKind: Type.Enum(['enterprise', 'node', 'provider', 'portal']),
      at: Instant,
      words: nullable(Type.String()),
      receiptId: Type.String(),
    }),
  ),
});
export const PortalStateAnswer = Type.Object({
  number: Number,
  repairId: RepairId,
  state: State,
  appliedAt: Instant,
  decidedAt: nullable(Instant),
});
export const AnnulmentAnswer = Type.Object({
  annulmentId: Type.String(),
  records: Type.Integer(),
  dueOn: nullable(Day),
});
export const ShieldAnswer = Type.Object({ shieldId: Type.String(), until: Day, records: Type.Integer() });
export const EndedAnswer = Type.Object({ ended: Type.Boolean() });

const Span = Type.Object({ minimumMonths: Type.Integer(), maximumMonths: Type.Integer() });
export const RepairRulesAnswer = Type.Object({
  version: Type.String(),
  source: Words,
  regimes: Type.Array(
    Type.Object({
      id: Type.String(),
      from: Day,
      until: nullable(Day),
      name: Words,
      citation: Words,
      known: Known,
      note: Words,
      classes: Type.Object({ minor: Span, general: Span, serious: Span }),
      specialMinimumMonths: Type.Integer(),
    }),
  ),
  contracts: Type.Array(ContractId),
  pledge: Words,
  pledgeHash: Sha256,
});
