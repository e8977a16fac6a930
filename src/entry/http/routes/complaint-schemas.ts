import { Type } from 'typebox';
import { AGAINST, COMPLAINT_OUTCOMES, COMPLAINT_SCOPES, COMPLAINT_STATES, TERM_KINDS } from '#rights';
import { Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const ComplaintId = Type.String({ pattern: '^cpl_[0-9a-z]{26}$' });
const DisclosureId = Type.String({
  pattern: '^dsc_[0-9a-z]{26}$',
  description: '“谁查过我”中的查询编号 · an access',
});
const Kind = Type.String({ pattern: '^[a-z][a-z_]{2,39}$' });
const Text = Type.String({ minLength: 1, maxLength: 4000 });
const Outcome = Type.Enum([...COMPLAINT_OUTCOMES], {
  description: 'upheld 成立, partly_upheld 部分成立, rejected 不成立',
});
const Against = Type.Object(
  {
    kind: Type.Enum([...AGAINST], {
      description: 'node 本节点, provider 数据提供单位, institution 接入机构, platform 平台',
    }),
    id: Type.String({
      minLength: 1,
      maxLength: 120,
      description: '参与方编号；提供单位用名称；本节点用 node',
    }),
  },
  strict,
);
const Attachment = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    sha256: Type.String({ minLength: 64, maxLength: 64 }),
    bytes: Type.Integer({ minimum: 1 }),
  },
  strict,
);
const State = Type.Enum([...COMPLAINT_STATES]);

export const OfEnterpriseComplaints = Type.Object({ code: EnterpriseCode });
export const OfOwnComplaint = Type.Object({ code: EnterpriseCode, complaint: ComplaintId });
export const OfComplaint = Type.Object({ complaint: ComplaintId });

export const ComplaintFiled = Type.Object(
  {
    kind: Kind,
    against: Against,
    text: Text,
    attachments: Type.Optional(Type.Array(Attachment, { maxItems: 50 })),
    disclosureId: Type.Optional(DisclosureId),
    person: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 60,
        description: '为其投诉的自然人 · the natural person for whom the enterprise complains',
      }),
    ),
  },
  {
    ...strict,
    examples: [
      {
        kind: 'query_without_consent',
        against: { kind: 'institution', id: 'ptc_demo_bank' },
        text: '我公司未授权该机构查询，请核查。',
      },
    ],
  },
);
export const OwnPageQuery = Type.Object({ after: Type.Optional(ComplaintId) }, strict);
export const OwnComplaintAct = Type.Object(
  {
    act: Type.Enum(['complete', 'withdraw', 'accept', 'escalate'], {
      description: 'complete 补充, withdraw 撤回, accept 认可答复, escalate 向监管部门再次投诉',
    }),
    words: Type.Optional(Text),
  },
  { ...strict, examples: [{ act: 'escalate', words: '答复未说明查询的依据。' }] },
);
export const HandlingComplaintAct = Type.Object(
  {
    act: Type.Enum(['acknowledge', 'take_over', 'ask_back', 'state', 'answer', 'decide'], {
      description:
        'acknowledge 受理, take_over 接办, ask_back 要求补充, state 被投诉方陈述, answer 书面答复, decide 监管决定',
    }),
    words: Type.Optional(Text),
    outcome: Type.Optional(Outcome),
  },
  { ...strict, examples: [{ act: 'acknowledge' }] },
);
export const HandledComplaintsQuery = Type.Object(
  { state: Type.Optional(State), after: Type.Optional(ComplaintId) },
  strict,
);
export const FiguresQuery = Type.Object(
  { quarter: Type.String({ pattern: '^20[0-9]{2}-Q[1-4]$', examples: ['2026-Q1'] }) },
  strict,
);

const HEAD = {
  complaintId: ComplaintId,
  kind: Kind,
  kindWords: Words,
  against: Against,
  disclosureId: nullable(DisclosureId),
  state: State,
  stateWords: Words,
  filedAt: Instant,
  answeredAt: nullable(Instant),
  outcome: nullable(Outcome),
  decidedOutcome: nullable(Outcome),
  receiptId: Type.String(),
};
const CONTENT = {
  text: Type.String(),
  attachments: Type.Array(Attachment),
  person: nullable(Type.String()),
};
const SUBJECT = { code: nullable(Type.String()), name: Type.String() };

export const ComplaintKindsAnswer = Type.Object({
  version: Type.String(),
  source: Words,
  escalateWithinDays: Type.Integer(),
  kinds: Type.Array(
    Type.Object({
      id: Kind,
      words: Words,
      against: Type.Array(Type.Enum([...AGAINST])),
      access: Type.Enum(['required', 'optional', 'none']),
    }),
  ),
});
export const OwnComplaintsAnswer = Type.Object({
  complaints: Type.Array(Type.Object({ ...HEAD, ...CONTENT })),
  next: nullable(ComplaintId),
});
export const HandledComplaintsAnswer = Type.Object({
  complaints: Type.Array(Type.Object({ ...HEAD, ...SUBJECT })),
  next: nullable(ComplaintId),
});
export const ComplaintAnswer = Type.Object({
  ...HEAD,
  ...CONTENT,
  ...SUBJECT,
  terms: Type.Array(
    Type.Object({
      term: Type.Enum([...TERM_KINDS]),
      words: Words,
      startedOn: Day,
      dueOn: nullable(Day),
      state: Type.Enum(['running', 'stopped', 'met', 'late']),
      citation: Words,
    }),
  ),
  steps: Type.Array(
    Type.Object({
      stepNo: Type.Integer(),
      act: Type.String(),
      byKind: Type.String({
        description: 'enterprise, node, provider, institution, platform, regulator, system',
      }),
      at: Instant,
      words: nullable(Type.String()),
      receiptId: Type.String(),
    }),
  ),
});
const Count = nullable(Type.Integer({ minimum: 0 }));
export const ComplaintFiguresAnswer = Type.Object({
  quarter: Type.String(),
  figures: Type.Array(
    Type.Object({
      scope: Type.Enum([...COMPLAINT_SCOPES]),
      key: Type.String(),
      complaints: Count,
      answered: Count,
      upheld: Count,
      overdue: Count,
      medianDays: nullable(Type.Number({ minimum: 0 })),
      hiddenBecause: nullable(Type.Enum(['small', 'dominant', 'complementary'])),
    }),
  ),
});
