import { Type } from 'typebox';
import { HOSTED_LIMITS } from '#evaluation';
import { FINANCING_PURPOSES } from '#security';
import { Instant, nullable } from '../schemas.ts';
import { ANSWER_HEAD, ASK, ASK_EXAMPLE } from './ask-schemas.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const State = Type.Enum(['draft', 'validated', 'shadow', 'active', 'retired']);

/** A version, by the hash of institution, manifest and content. */
export const ModelHash = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** The institution's own name of a model through its versions. */
export const ModelName = Type.String({ pattern: '^[a-z][a-z0-9_-]{1,59}$' });

const MANIFEST_EXAMPLE = {
  name: 'first-loan',
  title: { zh: '首贷评分卡', en: 'scorecard for first loans' },
  format: 'pmml',
  purposes: ['loan_origination'],
  inputs: [
    { name: 'penalties', from: 'indicator', indicator: 'penalty_count_24m' },
    { name: 'turnover', from: 'call', kind: 'number' },
  ],
  output: { min: 0, max: 100, step: 1 },
  reasons: { max: 1, words: [{ code: 'R1', zh: '有行政处罚', en: 'there are penalties' }] },
};

export const Uploaded = Type.Object(
  {
    manifest: Type.Object(
      {},
      {
        additionalProperties: true,
        description:
          '模型说明，逐项检查 · checked member by member and refused with every fault and its place; see docs/hosted-models.md',
      },
    ),
    content: Type.String({
      pattern: '^[A-Za-z0-9+/]+={0,2}$',
      maxLength: Math.ceil(HOSTED_LIMITS.onnxBytesMax / 3) * 4,
      description: '模型文件（PMML 或 ONNX），base64 · the model file in base64',
    }),
  },
  { ...strict, examples: [{ manifest: MANIFEST_EXAMPLE, content: 'PFBNTUwgdmVyc2lvbj0iNC40Ij4uLi4=' }] },
);

export const UploadedAs = Type.Object({ model: ModelHash, version: Type.Integer() });
export const Stands = Type.Object({ model: ModelHash, state: State });
export const Approved = Type.Object({
  model: ModelHash,
  state: Type.Enum(['shadow', 'active']),
  approvals: Type.Array(Type.Enum(['institution', 'node'])),
});

const VERSION = {
  institution: Type.String(),
  model: ModelHash,
  name: ModelName,
  version: Type.Integer(),
  format: Type.Enum(['pmml', 'onnx']),
  state: State,
  uploadedBy: Type.String(),
  uploadedAt: Instant,
};
export const Listed = Type.Object(VERSION);

export const Card = Type.Object({
  ...VERSION,
  title: Words,
  purposes: Type.Array(Type.Enum([...FINANCING_PURPOSES])),
  inputs: Type.Array(
    Type.Union([
      Type.Object({ name: Type.String(), from: Type.Literal('indicator'), indicator: Type.String() }),
      Type.Object({
        name: Type.String(),
        from: Type.Literal('call'),
        kind: Type.Enum(['number', 'text']),
      }),
    ]),
  ),
  output: Type.Object({ min: Type.Number(), max: Type.Number(), step: Type.Number() }),
  bitsPerRun: Type.Number({ description: 'Of the disclosure budget, for each dataset that is not public' }),
  shadow: Type.Object({
    enterprises: Type.Integer({ description: 'In whole blocks' }),
    scored: Type.Integer(),
    failed: Type.Integer(),
    meanDistance: nullable(Type.Number({ description: 'From the score of the active version' })),
    sameScore: Type.Integer(),
  }),
});

export const RunAsked = Type.Object(
  {
    ...ASK,
    inputs: Type.Record(
      Type.String({ minLength: 1, maxLength: 100 }),
      Type.Union([Type.Number(), Type.String(), Type.Null()]),
      {
        maxProperties: HOSTED_LIMITS.inputsMax,
        description:
          '模型说明中由调用方提供的输入，不留存 · exactly the inputs that the manifest takes from the call; not kept',
      },
    ),
  },
  { ...strict, examples: [{ ...ASK_EXAMPLE, inputs: { turnover: 1_250_000 } }] },
);

const { isPartial: _neverPartial, ...HEAD } = ANSWER_HEAD;
export const RunAnswer = Type.Object({
  ...HEAD,
  model: Type.Object({ name: ModelName, version: Type.Integer(), hash: ModelHash }),
  outcome: Type.Enum(['scored', 'no_score', 'shadow']),
  score: nullable(Type.Number()),
  reasons: Type.Array(Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() })),
  budget: Type.Object({
    quarter: Type.String(),
    bits: Type.Number(),
    datasets: Type.Array(
      Type.Object({ contract: Type.String(), bookedBits: Type.Number(), limitBits: Type.Number() }),
    ),
  }),
  receipt: Type.Object({}, { additionalProperties: true }),
});
