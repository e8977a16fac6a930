import { Type } from 'typebox';
import {
  approveModel,
  HOSTED_LIMITS,
  type HostedContext,
  listModels,
  readModelCard,
  retireModel,
  runHostedModel,
  startShadow,
  uploadModel,
  validateModel,
} from '#evaluation';
import { inTransaction } from '#kernel';
import { requireIdempotencyKey } from '#security';
import { openHosted } from '../../hosted.ts';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, ErrorBody, toWire } from '../schemas.ts';
import { requireTokenConsent } from '../token-consent.ts';
import { ParticipantId, withParties } from './ask-schemas.ts';
import {
  Approved,
  Card,
  Listed,
  ModelHash,
  ModelName,
  RunAnswer,
  RunAsked,
  Stands,
  Uploaded,
  UploadedAs,
} from './hosted-schemas.ts';

const tags = ['models'];
const strict = { additionalProperties: false } as const;

/** Base64 takes four characters for three bytes; manifest and punctuation come on top. */
const UPLOAD_BYTES_MAX = Math.ceil((HOSTED_LIMITS.onnxBytesMax * 4) / 3) + 256 * 1024;

/** One version, and for the node's people whose it is; a caller of an institution means its own. */
const OfVersion = {
  params: Type.Object({ id: ModelHash }),
  querystring: Type.Object({ institution: Type.Optional(ParticipantId) }, strict),
};

/** 机构自有模型（第 3、9 条）: institutions bring their models, the node runs them under an enterprise's consent. */
export function hostedModelRoutes(app: App, node: Node): void {
  const context = openHosted(node);
  uploadRoute(app, context);
  readingRoutes(app, context);
  stepRoutes(app, context);
  decidingRoutes(app, context);
  runRoute(app, context);
}

function uploadRoute(app: App, context: HostedContext): void {
  app.post(
    '/api/v1/models',
    {
      bodyLimit: UPLOAD_BYTES_MAX,
      schema: {
        tags,
        summary: '上传本机构模型 · upload a model of the institution',
        body: Uploaded,
        response: answers(UploadedAs),
      },
    },
    async (request) => {
      const { manifest, content } = request.body;
      const upload = { caller: callerOf(request), manifest, content: Buffer.from(content, 'base64') };
      return await inTransaction(context.database, (tx) => uploadModel(tx, context, upload));
    },
  );
}

function readingRoutes(app: App, context: HostedContext): void {
  app.get(
    '/api/v1/models',
    {
      schema: {
        tags,
        summary: '本机构模型的全部版本 · every version of the institution’s models',
        response: answers(Type.Object({ models: Type.Array(Listed) })),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const models = await inTransaction(context.database, (tx) => listModels(tx, context, caller));
      return { models: models.map(toWire) };
    },
  );
  app.get(
    '/api/v1/models/:id/card',
    {
      schema: {
        tags,
        summary: '模型卡：批准所依据的内容 · what whoever approves the model decides on',
        ...OfVersion,
        response: answers(Card),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), model: request.params.id, ...request.query };
      return toWire(await inTransaction(context.database, (tx) => readModelCard(tx, context, asked)));
    },
  );
}

function stepRoutes(app: App, context: HostedContext): void {
  const schema = { tags, params: OfVersion.params, response: answers(Stands) };
  app.post(
    '/api/v1/models/:id/validate',
    { schema: { ...schema, summary: '校验模型 · validate a version' } },
    async (request) => {
      const model = request.params.id;
      await validateModel(context, { caller: callerOf(request), model });
      return { model, state: 'validated' as const };
    },
  );
  app.post(
    '/api/v1/models/:id/shadow',
    { schema: { ...schema, summary: '开始影子运行 · run a version in shadow' } },
    async (request) => {
      const step = { caller: callerOf(request), model: request.params.id };
      await inTransaction(context.database, (tx) => startShadow(tx, context, step));
      return { model: step.model, state: 'shadow' as const };
    },
  );
}

function decidingRoutes(app: App, context: HostedContext): void {
  app.post(
    '/api/v1/models/:id/approve',
    {
      schema: {
        tags,
        summary: '批准启用，机构与节点各一人 · approve a version, one person of either side',
        ...OfVersion,
        response: answers(Approved),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), model: request.params.id, ...request.query };
      const approval = await inTransaction(context.database, (tx) => approveModel(tx, context, asked));
      return { model: asked.model, state: approval.state, approvals: [...approval.approvals] };
    },
  );
  app.post(
    '/api/v1/models/:id/retire',
    {
      schema: {
        tags,
        summary: '停用模型 · end a version for good',
        ...OfVersion,
        response: answers(Stands),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), model: request.params.id, ...request.query };
      await inTransaction(context.database, (tx) => retireModel(tx, context, asked));
      return { model: asked.model, state: 'retired' as const };
    },
  );
}

function runRoute(app: App, context: HostedContext): void {
  app.post(
    '/api/v1/models/:name/runs',
    {
      schema: {
        tags,
        summary: '以本机构模型为一户企业评分 · have the institution’s model score one enterprise',
        description:
          'The active version of the name runs; versions in shadow run beside it and are not answered. The answer has a score, reasons and what they cost of the disclosure budget, never a value that went in. The same Idempotency-Key with the same body has the same answer for 24 hours and counts once.',
        params: Type.Object({ name: ModelName }),
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String()) }),
        body: RunAsked,
        response: { 200: Type.Unsafe<string>(RunAnswer), '4xx': ErrorBody, '5xx': ErrorBody },
      },
    },
    async (request, reply) => {
      requireTokenConsent(request, request.body.consentId);
      const { answer, isRepeated } = await runHostedModel(context, {
        ...withParties(request.body),
        caller: callerOf(request),
        model: request.params.name,
        idempotencyKey: requireIdempotencyKey(request.headers['idempotency-key']),
      });
      reply.type('application/json; charset=utf-8').header('idempotent-replayed', String(isRepeated));
      return answer; // JSON text already: the bytes that its digest is over
    },
  );
}
