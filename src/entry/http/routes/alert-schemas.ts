import { Type } from 'typebox';
import { ACTIONS, ALERT_LIMITS, ALERT_STATES, RECALL_REASONS, STEPS } from '#monitoring';
import { Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';
import { ParticipantId } from './ask-schemas.ts';

const strict = { additionalProperties: false } as const;
const ID = '[0-9a-hjkmnp-tv-z]{26}$';
const AlertId = Type.String({ pattern: `^alr_${ID}` });
const RecallId = Type.String({ pattern: `^rcl_${ID}` });
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const Coded = Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() });
const Level = Type.Enum(['red', 'orange', 'yellow', 'blue']);
const State = Type.Enum([...ALERT_STATES]);
const Fen = Type.String({ pattern: '^(0|[1-9][0-9]{0,17})$', description: '分 · fen' });

export const OfAlert = Type.Object({ id: AlertId });
export const OfRecall = Type.Object({ id: RecallId });
export const OfEnterprise = Type.Object({ code: EnterpriseCode });
export const OfOwnAlert = Type.Object({ code: EnterpriseCode, id: AlertId });

const OF = {
  institution: Type.Optional(ParticipantId),
  operator: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
};
export const Of = Type.Object(OF, strict);

export const InboxQuery = Type.Object(
  {
    ...OF,
    state: Type.Optional(State),
    level: Type.Optional(Level),
    dueBy: Type.Optional(Day),
    before: Type.Optional(AlertId),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ALERT_LIMITS.pageMax })),
  },
  strict,
);

/** What both sides see of an alert. */
const ALERT = {
  alertId: Type.String(),
  caseId: Type.String(),
  state: Coded,
  level: Coded,
  rule: nullable(
    Type.Object({
      id: Type.String(),
      version: Type.String(),
      name: Words,
      action: Words,
      basis: Type.Array(Type.String()),
    }),
  ),
  occurredOn: Day,
  knownAt: Instant,
  isLate: Type.Boolean({ description: 'It became known later than the contract allows' }),
  isDisputed: Type.Boolean({ description: 'It rests on a record under objection' }),
  scope: Type.Enum(['public', 'authorised']),
  records: Type.Array(
    Type.Object({ contract: Type.String(), record: Type.String({ description: 'Delivery and row' }) }),
  ),
  dueOn: nullable(Day),
  escalation: Type.Integer({
    description: '0 handler, 1 head of risk of the institution, 2 the node’s list',
  }),
  judgement: nullable(Coded),
  action: nullable(Coded),
  disclosureId: Type.String({ description: 'What the institution was told, as the enterprise finds it' }),
};

/** Towards the institution. */
const RECEIVED = {
  ...ALERT,
  enterprise: Type.Object({ code: nullable(Type.String()), name: Type.String() }),
  platformId: nullable(Type.String()),
  snoozedUntil: nullable(Day),
  protectedFen: nullable(Fen),
};

const HISTORY = {
  steps: Type.Array(
    Type.Object({
      at: Instant,
      cause: Type.String(),
      state: Coded,
      level: Coded,
      dueOn: nullable(Day),
      escalation: Type.Integer(),
      receiptId: Type.String(),
    }),
  ),
  answers: Type.Array(Type.Object({ answerId: Type.String(), answer: Type.String(), at: Instant })),
  recalls: Type.Array(
    Type.Object({
      recallId: Type.String(),
      reason: Coded,
      dueOn: Day,
      at: Instant,
      acknowledgedAt: nullable(Instant),
    }),
  ),
};

export const Inbox = Type.Object({
  alerts: Type.Array(Type.Object(RECEIVED)),
  before: nullable(Type.String({ description: 'Where to go on; null: this was the last page' })),
});
export const ReceivedAlert = Type.Object({ ...RECEIVED, ...HISTORY });

export const Step = Type.Union(
  [
    Type.Object({ step: Type.Enum(STEPS.filter((step) => step !== 'snooze' && step !== 'resolve')) }, strict),
    Type.Object({ step: Type.Literal('snooze'), until: Day }, strict),
    Type.Object(
      {
        step: Type.Literal('resolve'),
        action: Type.Enum([...ACTIONS]),
        protectedFen: Type.Optional(Fen),
      },
      strict,
    ),
  ],
  { examples: [{ step: 'acknowledge' }] },
);
export const Handled = Type.Object({
  alertId: Type.String(),
  caseId: Type.String(),
  state: Coded,
  dueOn: nullable(Day),
  isCaseClosed: Type.Boolean(),
  receiptId: Type.String(),
});

export const Acknowledged = Type.Object({
  recallId: Type.String(),
  alertId: Type.String(),
  reason: Type.Enum([...RECALL_REASONS]),
  acknowledgedAt: Instant,
});

export const OwnAlerts = Type.Object({
  alerts: Type.Array(
    Type.Object({
      ...ALERT,
      institution: Type.Object({ id: Type.String(), name: Words }),
      ...HISTORY,
    }),
  ),
});
export const Answer = Type.Object(
  { answer: Type.String({ minLength: 1, maxLength: 2 * ALERT_LIMITS.answerCharactersMax }) },
  { ...strict, examples: [{ answer: '已缴清罚款并整改完毕。' }] },
);
export const Answered = Type.Object({ answerId: Type.String(), receiptId: Type.String() });
