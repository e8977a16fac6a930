import { Type } from 'typebox';
import { type QueryContext, type QueryRequest, readQueryEvidence, runQuery } from '#information';
import { requireIdempotencyKey } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, ContractId, ErrorBody, Instant, nullable, toWire } from '../schemas.ts';
import { requireTokenConsent } from '../token-consent.ts';
import { ANSWER_HEAD, ASK, ASK_EXAMPLE, ParticipantId, withParties } from './ask-schemas.ts';

const Asked = Type.Object(
  {
    ...ASK,
    contracts: Type.Array(ContractId, { minItems: 1, maxItems: 40, uniqueItems: true }),
  },
  {
    additionalProperties: false,
    examples: [{ ...ASK_EXAMPLE, contracts: ['n08_penalty', 'n12_taxpayer_a'] }],
  },
);

const EvidenceLevel = Type.Enum(['L0', 'L1', 'L2', 'L3'], {
  description:
    '自愿清单记录的证据等级：L0 企业自述，L1 附件，L2 第三方，L3 权威源核验 · of records of the voluntary list: said by itself, attachment, third party, checked at the source',
});
const Dataset = Type.Object({
  contract: Type.String(),
  version: Type.String(),
  name: Type.String(),
  provider: Type.String(),
  outcome: Type.Enum([
    'ok',
    'denied',
    'no_data',
    'not_covered',
    'not_connected',
    'source_down',
    'stale',
    'under_objection',
  ]),
  updatedAt: nullable(Instant),
  cutOff: nullable(Type.String()),
  totalRecords: Type.Integer(),
  records: Type.Array(
    Type.Object({
      id: nullable(Type.String()),
      values: Type.Record(Type.String(), nullable(Type.String())),
      isDisputed: Type.Boolean(),
      knownFrom: nullable(Instant),
      evidenceLevel: Type.Optional(EvidenceLevel),
    }),
  ),
});
const Answer = Type.Object({
  ...ANSWER_HEAD,
  datasets: Type.Array(Dataset),
  receipt: Type.Object({}, { additionalProperties: true }),
});

/** 信息服务（第 8 条）: an institution asks about one enterprise under its consent. */
export function queryRoutes(app: App, node: Node): void {
  const context: QueryContext = { ...node, ...(node.askSources && { askSources: node.askSources }) };
  app.post(
    '/api/v1/queries',
    {
      config: { booksProof: true },
      schema: {
        tags: ['queries'],
        summary: '授权查询 · query one enterprise under its consent',
        description:
          'Each dataset answers by one typed outcome; `denied` does not say whether data exist. The same Idempotency-Key with the same body has the same answer for 24 hours and counts once.',
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String()) }),
        body: Asked,
        response: { 200: Type.Unsafe<string>(Answer), '4xx': ErrorBody, '5xx': ErrorBody },
      },
    },
    async (request, reply) => {
      requireTokenConsent(request, request.body.consentId);
      const key = requireIdempotencyKey(request.headers['idempotency-key']);
      const asked: QueryRequest = {
        ...withParties(request.body),
        caller: callerOf(request),
        idempotencyKey: key,
        ...(request.proofUse && { proofUse: request.proofUse }),
      };
      const { answer, isRepeated } = await runQuery(context, asked);
      reply.type('application/json; charset=utf-8').header('idempotent-replayed', String(isRepeated));
      return answer; // JSON text already: the bytes that its digest is over
    },
  );
  evidenceRoute(app, context);
}

const Evidence = Type.Object({
  disclosureId: Type.String(),
  at: Instant,
  kind: Type.String(),
  purpose: Type.String(),
  institution: nullable(Type.String()),
  branch: nullable(Type.String()),
  platform: nullable(Type.String()),
  operator: Type.String(),
  consentId: nullable(Type.String()),
  application: nullable(Type.String()),
  knownAt: Instant,
  contentDigest: Type.String(),
  policyHash: Type.String(),
  contracts: Type.Array(Type.Object({ id: Type.String(), hash: nullable(Type.String()) })),
  opened: Type.Optional(Type.Object({ body: Type.String(), salt: Type.String() })),
  receipt: Type.Object({}, { additionalProperties: true }),
  inclusion: nullable(
    Type.Object({
      index: Type.Integer(),
      size: Type.Integer(),
      hashes: Type.Array(Type.String({ description: 'base64' })),
      checkpoint: Type.String(),
    }),
  ),
});

function evidenceRoute(app: App, context: QueryContext): void {
  app.get(
    '/api/v1/disclosures/:id/evidence',
    {
      schema: {
        tags: ['queries'],
        summary: '留痕证据：不含内容 · evidence of one disclosure, without its content',
        params: Type.Object({ id: Type.String({ pattern: '^dsc_[0-9a-z]{26}$' }) }),
        querystring: Type.Object({ institution: Type.Optional(ParticipantId) }),
        response: answers(Evidence),
      },
    },
    async (request) => {
      const { institution } = request.query;
      const { proof, opened, ...evidence } = await readQueryEvidence(context, {
        caller: callerOf(request),
        disclosureId: request.params.id,
        ...(institution === undefined ? {} : { institutionId: institution }),
      });
      const { included } = proof;
      const inclusion = included && {
        index: included.proof.index,
        size: included.proof.size,
        hashes: included.proof.hashes.map((hash) => hash.toString('base64')),
        checkpoint: included.checkpoint,
      };
      return {
        ...toWire({ ...evidence, contracts: [...evidence.contracts] }),
        ...(opened === undefined ? {} : { opened: { ...opened } }),
        receipt: { ...proof.receipt },
        inclusion: inclusion ?? null,
      };
    },
  );
}
