import { Type } from 'typebox';
import { ASSESSMENT_STANDINGS, PROCESSING_LIMITS } from '#rights';
import { Day, Instant, nullable } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const said = { zh: Type.String(), en: Type.String() };
const Words = Type.Object(said);
const Named = Type.Object({ id: Type.String(), ...said });
const Digest = Type.String({ description: 'SHA-256 over the canonical JSON (RFC 8785), hex' });
const AssessmentId = Type.String({ pattern: '^pia_[0-9a-z]{26}$' });
const Risk = Type.Enum(['low', 'medium', 'high']);
const Disclosure = Type.Enum(['public', 'authorised', 'invisible', 'secret']);

const dataset = {
  id: Type.String(),
  version: Type.String(),
  name: Type.String(),
  list: Type.Enum(['national', 'beijing', 'voluntary']),
  provider: Type.String(),
  duty: Type.Object({ name: Type.String(), basis: Type.String() }),
  sharingModes: Type.Array(Type.String()),
  retention: Type.Object({ value: Type.Integer(), unit: Type.Enum(['d', 'm', 'y']), from: Type.String() }),
};
const activity = {
  id: Type.String(),
  ...said,
  purpose: Words,
  legalBasis: Type.Array(Type.Object({ ground: Type.String(), ...said })),
  disclosures: Type.Array(Disclosure),
  persons: Type.Array(Type.String()),
  recipients: Type.Array(Words),
  keep: Words,
  stops: Type.Object(said, { description: 'What stops when the data is absent' }),
  measures: Type.Array(Type.String()),
  nodeData: Type.Array(Words),
  datasets: Type.Array(Type.String()),
  personalFields: Type.Integer(),
  sensitiveFields: Type.Integer(),
  categories: Type.Array(Type.String()),
};
const head = {
  registerNo: Type.Integer(),
  digest: Digest,
  knownFrom: Instant,
  receiptId: Type.String(),
};
const register = {
  version: Type.String(),
  source: Words,
  crossBorder: Type.Object({ transfers: Type.Boolean(), ...said }),
  persons: Type.Array(Named),
  measures: Type.Array(Named),
  categories: Type.Array(Type.Object({ id: Type.String(), ...said, sensitive: Type.Boolean() })),
};
const standing = { state: Type.Enum([...ASSESSMENT_STANDINGS]), validUntil: nullable(Day) };
const wholeStanding = {
  ...standing,
  assessmentId: nullable(Type.String()),
  versionNo: nullable(Type.Integer()),
  risk: nullable(Risk),
};

export const PublicRegisterAnswer = Type.Object({
  ...head,
  register: Type.Object({
    ...register,
    datasets: Type.Array(
      Type.Object({ ...dataset, categories: Type.Array(Type.String()), sensitive: Type.Boolean() }),
    ),
    activities: Type.Array(Type.Object({ ...activity, assessment: Type.Object(standing) })),
  }),
});

export const WholeRegisterAnswer = Type.Object({
  ...head,
  register: Type.Object({
    ...register,
    regulators: Type.Array(Named),
    datasets: Type.Array(
      Type.Object({
        ...dataset,
        hash: Type.String(),
        personal: Type.Array(
          Type.Object({
            field: Type.String(),
            name: Type.String(),
            category: Type.String(),
            sensitive: Type.Boolean(),
            disclosure: Disclosure,
          }),
        ),
      }),
    ),
    activities: Type.Array(
      Type.Object({ ...activity, scopeDigest: Digest, assessment: Type.Object(wholeStanding) }),
    ),
  }),
});

export const RegisterQuery = Type.Object(
  { version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })) },
  strict,
);
export const VersionsQuery = Type.Object(
  { before: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })) },
  strict,
);
export const RegisterVersions = Type.Object({
  versions: Type.Array(Type.Object({ ...head, definitionVersion: Type.String() })),
});

const year = Type.Integer({ minimum: 2020, maximum: 2200 });
export const YearQuery = Type.Object({ year }, strict);
export const FigureQuery = Type.Object(
  { year, after: Type.Optional(Type.String({ maxLength: 80 })) },
  strict,
);
export const OfFigure = Type.Object({ figure: Type.String({ pattern: '^[a-z_]{2,40}$' }) }, strict);
export const YearAnswer = Type.Object({
  year: Type.Integer(),
  figures: Type.Array(
    Type.Object({
      id: Type.String(),
      ...said,
      partOf: nullable(Type.String()),
      value: nullable(Type.Integer()),
      isHidden: Type.Boolean({
        description: 'Not published: it rests on too few, or would give such a figure away',
      }),
    }),
  ),
});
export const FigureRows = Type.Object({
  rows: Type.Array(Type.Object({ matter: Type.String(), at: Instant })),
  next: nullable(Type.String({ description: '`after` of the next page' })),
});

const assessment = {
  assessmentId: AssessmentId,
  activityId: Type.String(),
  versionNo: Type.Integer(),
  risk: Risk,
  state: Type.Enum(['waiting', 'approved', 'rejected']),
  validUntil: nullable(Day),
};
const assessmentHead = {
  ...assessment,
  registerNo: Type.Integer(),
  answersDigest: Digest,
  filledBy: Type.String(),
  filledAt: Instant,
  filledReceiptId: Type.String(),
  decidedBy: nullable(Type.String()),
  decidedAt: nullable(Instant),
  decidedReceiptId: nullable(Type.String()),
  keptUntil: Day,
};
export const OfAssessment = Type.Object({ id: AssessmentId }, strict);
export const AssessmentsQuery = Type.Object(
  { activity: Type.Optional(Type.String({ maxLength: 60 })), before: Type.Optional(AssessmentId) },
  strict,
);
export const Assessments = Type.Object({
  missing: Type.Array(
    Type.Object({
      activityId: Type.String(),
      ...said,
      personalFields: Type.Integer(),
      sensitiveFields: Type.Integer(),
      ...wholeStanding,
    }),
    { description: 'Activities without an approved assessment today' },
  ),
  assessments: Type.Array(Type.Object(assessmentHead)),
  before: nullable(Type.String({ description: '`before` of the next page' })),
});
export const AssessmentAnswer = Type.Object({
  ...assessmentHead,
  answers: Type.Array(Type.Object({ id: Type.String(), ...said, answer: Type.String() })),
  reason: nullable(Type.String()),
});
export const TemplateAnswer = Type.Object({
  version: Type.String(),
  hash: Digest,
  validDays: Type.Integer(),
  source: Words,
  questions: Type.Array(
    Type.Object({ id: Type.String(), kind: Type.Enum(['yes_no', 'level', 'text']), ...said }),
  ),
});
const text = Type.String({ maxLength: PROCESSING_LIMITS.wordsCharactersMax });
export const NewAssessment = Type.Object(
  {
    activity: Type.String({ maxLength: 60 }),
    answers: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' }), text, { maxProperties: 60 }),
  },
  {
    ...strict,
    examples: [{ activity: 'query', answers: { purpose_lawful: 'yes', rights_affected: 'low' } }],
  },
);
export const Decision = Type.Object(
  { decision: Type.Enum(['approved', 'rejected']), reason: Type.Optional(text) },
  { ...strict, examples: [{ decision: 'approved' }] },
);
export const AssessmentLine = Type.Object(assessment);
