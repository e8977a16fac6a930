import { Type } from 'typebox';
import { INCIDENT_ACTS, INCIDENT_KINDS, INCIDENT_STATES, PROCESSING_LIMITS } from '#rights';
import { ContractId, Day, EnterpriseCode, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const IncidentId = Type.String({ pattern: '^inc_[0-9a-z]{26}$' });
const Text = Type.String({ maxLength: PROCESSING_LIMITS.wordsCharactersMax });
const Kind = Type.Enum([...INCIDENT_KINDS], { description: 'Leak, tampering or loss (PIPL article 57)' });

export const OfIncident = Type.Object({ id: IncidentId }, strict);
export const OfOwnIncident = Type.Object({ code: EnterpriseCode, id: IncidentId }, strict);
export const IncidentsQuery = Type.Object(
  { open: Type.Optional(Type.Boolean()), before: Type.Optional(IncidentId) },
  strict,
);
export const StepsQuery = Type.Object(
  { from: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'First step shown' })) },
  strict,
);

const head = {
  incidentId: IncidentId,
  kind: Kind,
  state: Type.Enum([...INCIDENT_STATES]),
  noticedAt: Instant,
  openedAt: Instant,
  regulatorsDueOn: nullable(Day),
  personsDueOn: nullable(Day),
  profile: Type.String(),
  enterprises: nullable(Type.Integer()),
  persons: nullable(Type.Integer()),
  soleTraders: nullable(Type.Integer()),
  reportedAt: nullable(Instant),
  toldAt: nullable(Instant),
  told: Type.Integer(),
  acknowledged: Type.Integer(),
  isReportLate: Type.Boolean(),
  isNoticeLate: Type.Boolean(),
};
export const Incidents = Type.Object({
  incidents: Type.Array(Type.Object(head)),
  before: nullable(Type.String({ description: '`before` of the next page' })),
});
export const IncidentAnswer = Type.Object({
  ...head,
  steps: Type.Array(
    Type.Object({
      stepNo: Type.Integer(),
      act: Type.Enum([...INCIDENT_ACTS]),
      at: Instant,
      by: Type.String(),
      words: Type.Record(Type.String(), Type.String()),
      facts: Type.Record(Type.String(), Type.Unknown()),
      receiptId: Type.String(),
    }),
  ),
});

export const NewIncident = Type.Object(
  { kind: Kind, noticedAt: Instant, what: Text },
  {
    ...strict,
    examples: [{ kind: 'leak', noticedAt: '2026-10-20T02:00:00.000Z', what: '某机构账号被盗用' }],
  },
);
export const Opened = Type.Object({
  incidentId: IncidentId,
  regulatorsDueOn: nullable(Day),
  personsDueOn: nullable(Day),
});

const { scopedContractsMax, scopedFieldsMax, scopedInstitutionsMax, namedEnterprisesMax } = PROCESSING_LIMITS;
export const Scope = Type.Object(
  {
    basis: Type.Enum(['disclosures', 'records'], {
      description: 'What left the node went astray, or what the node itself holds',
    }),
    contracts: Type.Array(ContractId, { minItems: 1, maxItems: scopedContractsMax }),
    fields: Type.Optional(
      Type.Array(Type.String({ maxLength: 120, description: '`<contract>.<field>`' }), {
        maxItems: scopedFieldsMax,
      }),
    ),
    from: Instant,
    to: Instant,
    participants: Type.Optional(
      Type.Array(Type.String({ maxLength: 80 }), { minItems: 1, maxItems: scopedInstitutionsMax }),
    ),
    enterprises: Type.Optional(Type.Array(EnterpriseCode, { minItems: 1, maxItems: namedEnterprisesMax })),
  },
  {
    ...strict,
    examples: [
      {
        basis: 'disclosures',
        contracts: ['n01_registration'],
        from: '2026-10-01T00:00:00.000Z',
        to: '2026-10-20T00:00:00.000Z',
        participants: ['bank'],
      },
    ],
  },
);
export const Scoped = Type.Object({
  enterprises: Type.Integer(),
  disclosures: Type.Integer(),
  records: Type.Integer(),
  persons: Type.Integer({ description: 'Named in the records, counted once in each enterprise' }),
  soleTraders: Type.Integer(),
});

export const Notice = Type.Object(
  { information: Text, cause: Text, harm: Text, measures: Text, advice: Text, contact: Text },
  {
    ...strict,
    examples: [
      {
        information: '登记信息',
        cause: '账号被盗用',
        harm: '可能被用于诈骗',
        measures: '账号已停用',
        advice: '留意可疑来电',
        contact: '010-12345',
      },
    ],
  },
);
export const Told = Type.Object({ told: Type.Integer() });

/** The steps of one incident that are words and little else. */
export const Step = Type.Union(
  [
    Type.Object({ act: Type.Literal('measure'), words: Text }, strict),
    Type.Object(
      {
        act: Type.Enum(['regulator_told', 'notice_ordered']),
        regulator: Type.String({ maxLength: 60 }),
        words: Text,
      },
      strict,
    ),
    Type.Object(
      {
        act: Type.Enum([
          'withholding_proposed',
          'withholding_approved',
          'withholding_rejected',
          'closing_proposed',
          'closing_rejected',
          'closed',
        ]),
        words: Text,
      },
      strict,
    ),
  ],
  { examples: [{ act: 'measure', words: '已停用账号' }] },
);
export const Acknowledged = Type.Object({ acknowledgedAt: Instant });
