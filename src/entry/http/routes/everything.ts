import { type Static, Type } from 'typebox';
import { beijingDate, type EnterpriseId, inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import {
  answerPage,
  type AnsweredPage,
  askExport,
  type Everything,
  fetchExport,
  listExports,
  type OwnPart,
  OwnTurns,
  PART_IDS,
  readEverything,
  readExport,
  SELF_LIMITS,
  type SelfContext,
} from '#rights';
import type { HeldReceipt } from '#security';
import type { Node } from '../../node.ts';
import { openSelf } from '../../self.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { answers, Day, EnterpriseCode, ErrorBody, toWire } from '../schemas.ts';
import { EverythingAnswer, ExportAnswer, ExportsAnswer } from './everything-schemas.ts';

const tags = ['rights'];
const strict = { additionalProperties: false } as const;
const Code = Type.Object({ code: EnterpriseCode });
const ExportId = Type.Object({ code: EnterpriseCode, id: Type.String({ pattern: '^exp_[0-9a-z]{26}$' }) });
const Asked = Type.Object(
  {
    part: Type.Optional(Type.Enum([...PART_IDS])),
    after: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: SELF_LIMITS.pageItemsMax })),
    asOf: Type.Optional(Day),
    proofs: Type.Optional(Type.Boolean()),
  },
  strict,
);

/** 免费自助查询（第 12 条）: everything the node has about the caller's own enterprise, and its export. */
export function everythingRoutes(app: App, node: Node): void {
  const context = openSelf(node);
  const turns = new OwnTurns();
  pageRoute(app, context, turns);
  exportRoutes(app, context);
  fileRoute(app, context, turns);
}

type Answer = Static<typeof EverythingAnswer>;
type Found = { readonly enterpriseId: EnterpriseId; readonly code: string | null; readonly name: string };

function find({ database }: SelfContext, code: string): Promise<Found> {
  return inTransaction(database, (tx) => findEnterprise(tx, code), 'snapshot');
}

function pageRoute(app: App, context: SelfContext, turns: OwnTurns): void {
  app.get(
    '/api/v1/enterprises/:code/everything',
    {
      schema: {
        tags,
        summary:
          '本企业的全部信息，分部分、分页；免费，不限次数 · everything about the caller’s own enterprise',
        params: Code,
        querystring: Asked,
        response: answers(EverythingAnswer),
      },
    },
    async (request, reply) => {
      const { part, after, limit = HTTP_LIMITS.linesMax, asOf, proofs: withProofs = false } = request.query;
      const enterprise = await find(context, request.params.code);
      const { enterpriseId } = enterprise;
      const asked = { caller: callerOf(request), enterpriseId, asOf };
      reply.header('cache-control', 'no-store');
      return await turns.take(enterpriseId, async () => {
        if (part === undefined)
          return showOverview(
            enterprise,
            await inTransaction(context.database, (tx) => readEverything(tx, context, asked), 'snapshot'),
          );
        const page = { part, after, limit, withProofs };
        return showPage(enterprise, await answerPage(context, { ...asked, page }));
      });
    },
  );
}

function headOf({ code, name }: Found, { until, permit }: Pick<Everything, 'until' | 'permit'>) {
  return {
    enterprise: { code, name },
    asOf: until.toISOString(),
    knownAt: permit.asOf.knownAt.toISOString(),
  };
}

function showPart({ id, title, note }: OwnPart) {
  return { id, title, note };
}

function showOverview(found: Found, everything: Everything): Answer {
  const parts = everything.parts.map(({ part, items }) => ({ ...showPart(part), total: items.length }));
  return { ...headOf(found, everything), parts, items: [], receipts: [], next: null, disclosureId: null };
}

function showPage(found: Found, page: AnsweredPage): Answer {
  const { part, total, items, receipts, next, disclosureId } = page;
  return {
    ...headOf(found, page),
    parts: [{ ...showPart(part), total }],
    items: items.map((item) => ({ ...toWire(item), facts: { ...toWire(item.facts) } })),
    receipts: [...receipts.values()].map(showReceipt),
    next,
    disclosureId,
  };
}

function showReceipt({ receipt, included }: HeldReceipt): Answer['receipts'][number] {
  if (included === undefined) return { receipt, included: null };
  const { index, size, hashes } = included.proof;
  const texts = hashes.map((hash) => Buffer.from(hash).toString('base64'));
  return { receipt, included: { index, size, hashes: texts, checkpoint: included.checkpoint } };
}

function exportRoutes(app: App, context: SelfContext): void {
  const within = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> =>
    inTransaction(context.database, work);
  app.post(
    '/api/v1/enterprises/:code/exports',
    {
      schema: {
        tags,
        summary:
          '导出本企业的全部信息：签名的 JSON、PDF 和日志证明 · ask for the signed export of everything',
        params: Code,
        body: Type.Object({ asOf: Type.Optional(Day) }, { ...strict, examples: [{}] }),
        response: { 202: ExportAnswer, '4xx': ErrorBody, '5xx': ErrorBody },
      },
    },
    async (request, reply) => {
      const { enterpriseId } = await find(context, request.params.code);
      const asked = { caller: callerOf(request), enterpriseId, asOf: request.body.asOf };
      reply.code(202);
      return toWire(await within((tx) => askExport(tx, context, asked)));
    },
  );
  app.get(
    '/api/v1/enterprises/:code/exports',
    {
      schema: {
        tags,
        summary: '本企业的导出 · exports of the caller’s own enterprise',
        params: Code,
        response: answers(ExportsAnswer),
      },
    },
    async (request) => {
      const { enterpriseId } = await find(context, request.params.code);
      const asked = { caller: callerOf(request), enterpriseId, limit: HTTP_LIMITS.linesMax };
      return toWire({ exports: await within((tx) => listExports(tx, context, asked)) });
    },
  );
  app.get(
    '/api/v1/enterprises/:code/exports/:id',
    {
      schema: {
        tags,
        summary: '一次导出的状态 · where an export stands',
        params: ExportId,
        response: answers(ExportAnswer),
      },
    },
    async (request) => {
      const { enterpriseId } = await find(context, request.params.code);
      const asked = { caller: callerOf(request), enterpriseId, exportId: request.params.id };
      return toWire(await within((tx) => readExport(tx, context, asked)));
    },
  );
}

function fileRoute(app: App, context: SelfContext, turns: OwnTurns): void {
  app.get(
    '/api/v1/enterprises/:code/exports/:id/file',
    {
      schema: {
        tags,
        summary: '下载导出的文件；每次下载留痕 · fetch the bundle; each time is an access of its own',
        params: ExportId,
        response: {
          200: {
            description: 'A zip: manifest.json signs every other file; check it with xinqiao verify.',
            content: {
              'application/zip': { schema: Type.Unsafe<Buffer>(Type.String({ format: 'binary' })) },
            },
          },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const { enterpriseId } = await find(context, request.params.code);
      const asked = { caller: callerOf(request), enterpriseId, exportId: request.params.id };
      const { bytes, name } = await turns.take(enterpriseId, () => fetchExport(context, asked));
      return await reply
        .headers({
          'content-type': 'application/zip',
          'cache-control': 'no-store',
          'content-disposition': `attachment; filename="${beijingDate(context.clock.now())}-${name}"`,
        })
        .send(bytes);
    },
  );
}
