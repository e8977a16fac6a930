import { REQUEST_KINDS, REQUEST_STATES, TERM_KINDS } from '#rights';
import { Type } from 'typebox';
import { ContractId, Day, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const id = (prefix: string, example: string) =>
  Type.String({ pattern: `^${prefix}_[0-9a-z]{26}$`, examples: [example] });

const PersonId = id('psn', 'psn_01hzy3v9k2m4n6p8q0r1s2t3v4');
const PersonRequestId = id('prq', 'prq_01hzy3v9k2m4n6p8q0r1s2t3v4');
const PersonNoticeId = id('pnt', 'pnt_01hzy3v9k2m4n6p8q0r1s2t3v4');
const ConsentId = id('psc', 'psc_01hzy3v9k2m4n6p8q0r1s2t3v4');
const DisclosureId = id('dsc', 'dsc_01hzy3v9k2m4n6p8q0r1s2t3v4');
const RecordId = Type.String({ minLength: 3, maxLength: 80, pattern: '^dlv_[0-9a-z]{26}:[0-9]{1,10}$' });
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const Text = Type.String({ minLength: 1, maxLength: 4_000 });

/** Name and number as they stand on the document; kept sealed. */
export const IdentityBody = Type.Object(
  {
    name: Type.String({ minLength: 2, maxLength: 100 }),
    number: Type.String({ pattern: '^[1-9][0-9]{16}[0-9Xx]$', examples: ['11010519491231002X'] }),
  },
  strict,
);
export const WindowBody = Type.Object(
  {
    login: Type.String({ minLength: 2, maxLength: 64 }),
    ...IdentityBody.properties,
    documentDigest: Type.String({ pattern: '^[0-9a-f]{64}$', examples: ['0'.repeat(64)] }),
  },
  strict,
);
export const EnteredAnswer = Type.Object({ personId: PersonId });
export const StandingAnswer = Type.Object({
  state: Type.Enum(['unknown', 'entered', 'bound']),
  personId: nullable(PersonId),
});
export const EnteredList = Type.Object({
  persons: Type.Array(
    Type.Object({
      personId: PersonId,
      accountId: Type.String(),
      proof: Type.Enum(['window', 'outside']),
      enteredBy: Type.String(),
    }),
  ),
});
export const OnePerson = Type.Object({ person: PersonId });
export const Done = Type.Object({ done: Type.Literal(true) });

export const OwnDataAnswer = Type.Object({
  at: Instant,
  receiptId: Type.String(),
  digest: Type.String({ description: 'SHA-256 over the records (RFC 8785); also in the log' }),
  isCut: Type.Boolean(),
  records: Type.Array(
    Type.Object({
      enterprise: Type.Object({ code: nullable(Type.String()), name: Type.String() }),
      contract: Type.Object({ id: ContractId, version: Type.String(), name: Type.String() }),
      record: Type.String(),
      as: Words,
      source: Type.String(),
      duty: Type.Object({ name: Type.String(), basis: Type.String() }),
      kept: Type.Object({ value: Type.Integer(), unit: Type.String(), from: Type.String() }),
      knownFrom: Instant,
      fields: Type.Array(
        Type.Object({
          field: Type.String(),
          name: Type.String(),
          disclosure: Type.String(),
          value: nullable(Type.String()),
          masked: Type.Boolean(),
        }),
      ),
    }),
  ),
});
export const AccessesAnswer = Type.Object({
  accesses: Type.Array(
    Type.Object({
      disclosureId: Type.String(),
      at: Instant,
      kind: Type.String(),
      contract: ContractId,
      purpose: Type.Object({ code: Type.String(), ...Words.properties }),
      institution: nullable(Type.Object({ id: Type.String(), name: Words })),
      receiptId: Type.String(),
    }),
  ),
});

const Notice = Type.Object({
  noticeId: PersonNoticeId,
  contract: ContractId,
  firstFoundAt: Instant,
  deliveredWay: nullable(Type.Enum(['portal', 'window', 'post'])),
  deliveredAt: nullable(Instant),
});
export const OwnNoticesAnswer = Type.Object({ words: Type.Array(Words), notices: Type.Array(Notice) });
export const OwedNoticesAnswer = Type.Object({ notices: Type.Array(Notice) });
export const SeenBody = Type.Object(
  { notices: Type.Array(PersonNoticeId, { minItems: 1, maxItems: 100, uniqueItems: true }) },
  strict,
);
export const SeenAnswer = Type.Object({ delivered: Type.Integer() });
export const DeliveredBody = Type.Object({ way: Type.Enum(['window', 'post']) }, strict);
export const OneNotice = Type.Object({ notice: PersonNoticeId });
export const AfterNotice = Type.Object({ after: Type.Optional(PersonNoticeId) });

export const ConsentFormsAnswer = Type.Object({
  forms: Type.Array(
    Type.Object({
      id: Type.String(),
      hash: Type.String(),
      purposes: Type.Array(Type.String()),
      roles: Type.Array(Type.String()),
      validDays: Type.Integer(),
      lines: Type.Array(Words, {
        description: 'What for, to whom, which data, how long, withdrawal, what stops without it',
      }),
    }),
  ),
});
export const ConsentBody = Type.Object(
  {
    form: Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' }),
    formHash: Type.String({ pattern: '^[0-9a-f]{64}$', examples: ['0'.repeat(64)] }),
    purpose: Type.String({ pattern: '^[a-z_]{3,40}$' }),
    recipient: Type.String({ minLength: 2, maxLength: 64 }),
  },
  strict,
);
export const ConsentAnswer = Type.Object({
  consentId: ConsentId,
  form: Type.String(),
  purpose: Type.String(),
  recipient: Type.String(),
  roles: Type.Array(Type.String()),
  givenAt: Instant,
  validTo: Day,
  withdrawnAt: nullable(Instant),
  state: Type.Enum(['in_force', 'expired', 'withdrawn']),
});
export const ConsentsAnswer = Type.Object({ consents: Type.Array(ConsentAnswer) });

const Address = Type.Object({ contract: ContractId, record: RecordId }, strict);
export const RequestBody = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('correction'),
      about: Address,
      words: Text,
      fields: Type.Array(
        Type.Object(
          {
            field: Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' }),
            claimed: nullable(Type.String({ maxLength: 4_000 })),
          },
          strict,
        ),
        { minItems: 1, maxItems: 20 },
      ),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('deletion'), about: nullable(Address), words: Text }, strict),
  Type.Object({ kind: Type.Literal('consent_withdrawal'), consent: ConsentId }, strict),
  Type.Object({ kind: Type.Literal('explanation'), disclosure: DisclosureId, words: Text }, strict),
]);
export const AskedAnswer = Type.Object({ requestId: PersonRequestId });
export const OneRequest = Type.Object({ request: PersonRequestId });
export const AfterRequest = Type.Object({ after: Type.Optional(PersonRequestId) });

const head = {
  requestId: PersonRequestId,
  kind: Type.Enum([...REQUEST_KINDS]),
  contract: nullable(Type.String()),
  record: nullable(Type.String()),
  disclosureId: nullable(Type.String()),
  state: Type.Enum([...REQUEST_STATES]),
  responsible: Type.Object({
    kind: Type.Enum(['node', 'provider', 'institution']),
    id: Type.String(),
  }),
  objectionId: nullable(Type.String()),
  askedAt: Instant,
  decidedAt: nullable(Instant),
};
export const RequestsAnswer = Type.Object({ requests: Type.Array(Type.Object(head)) });
export const RequestAnswer = Type.Object({
  ...head,
  words: nullable(Type.String()),
  decision: nullable(Type.String()),
  lookedBy: nullable(Type.String({ description: 'The human who looked at an automated decision' })),
  terms: Type.Array(
    Type.Object({
      term: Type.Enum([...TERM_KINDS]),
      responsible: Type.Object({ kind: Type.Enum(['node', 'provider', 'institution']), id: Type.String() }),
      startedOn: Day,
      dueOn: nullable(Day),
      dueIsCertain: Type.Boolean(),
      state: Type.Enum(['running', 'stopped', 'met', 'late']),
      lateDays: Type.Integer(),
      citation: Words,
      profile: Type.String(),
    }),
  ),
  steps: Type.Array(
    Type.Object({
      act: Type.String(),
      byKind: Type.Enum(['person', 'node', 'provider', 'institution']),
      byId: Type.String(),
      at: Instant,
      receiptId: nullable(Type.String()),
    }),
  ),
});
export const DecisionBody = Type.Object(
  {
    granted: Type.Boolean(),
    decision: Text,
    lookedBy: Type.Optional(Type.String({ minLength: 2, maxLength: 100 })),
  },
  strict,
);
export const DecidedAnswer = Type.Object({
  requestId: PersonRequestId,
  state: Type.Enum([...REQUEST_STATES]),
});
