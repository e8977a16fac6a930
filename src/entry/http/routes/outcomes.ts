import { type Static, Type } from 'typebox';
import { canonicalHash, inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import {
  listOutcomesOf,
  listReported,
  type OutcomesContext,
  readBatch,
  reportOutcomes,
  sheetTemplate,
  toReported,
} from '#outcomes';
import {
  type Caller,
  decide,
  type IdempotentCall,
  onceInTransaction,
  requireAllowed,
  requireIdempotencyKey,
} from '#security';
import type { Node } from '../../node.ts';
import { refreshAfterBatch } from '../../watches.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { answers, EnterpriseCode, ErrorBody, toWire } from '../schemas.ts';
import {
  Batch,
  BatchOfId,
  BatchView,
  Fact,
  FactQuery,
  Facts,
  InstitutionQuery,
  Report,
} from './outcome-schemas.ts';
import { outcomeConflictRoutes } from './outcome-conflicts.ts';
import { openOutcomes, proveReporter, toBatchWire } from './outcome-reporting.ts';
import { outcomeSheetRoute } from './outcome-sheet.ts';

const tags = ['outcomes'];

/** 使用反馈（第 11 条）: what institutions report of what the node gave them, and who may see it. */
export function outcomeRoutes(app: App, node: Node): void {
  const context = openOutcomes(node);
  reportRoute(app, node, context);
  app.register(async (scope: App) => outcomeSheetRoute(scope, node, context));
  readRoutes(app, node);
  ownRoute(app, node);
  outcomeConflictRoutes(app, node, context);
}

function reportRoute(app: App, node: Node, context: OutcomesContext): void {
  app.post(
    '/api/v1/outcomes',
    {
      schema: {
        tags,
        summary: '报送使用反馈 · report outcomes',
        description:
          'Each item is taken whole or refused with every fault it has; the others are not lost. The same Idempotency-Key with the same body has the same answer for 24 hours.',
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String()) }),
        body: Report,
        response: answers(Batch),
      },
      preValidation: async (request) => {
        requireAllowed(node.policies, callerOf(request), 'report_outcome');
      },
    },
    async (request, reply) => {
      const [caller, { items, ...use }] = [callerOf(request), request.body];
      const call: IdempotentCall = {
        participant: caller.participantId ?? caller.id,
        operation: 'reportOutcomes',
        key: requireIdempotencyKey(request.headers['idempotency-key']),
        requestDigest: canonicalHash(request.body),
        clock: node.clock,
      };
      const { answer, isRepeated } = await onceInTransaction(node.database, call, async (tx) => {
        const admission = await proveReporter(tx, node, caller, use);
        const result = await reportOutcomes(tx, context, { admission, caller, items: toReported(items) });
        await refreshAfterBatch(tx, { institutionId: admission.institutionId, result });
        return JSON.stringify(toBatchWire(result));
      });
      if (isRepeated) reply.header('idempotency-replayed', 'true');
      return JSON.parse(answer) as Static<typeof Batch>;
    },
  );
}

/** CSV text; the description says what the bytes are. */
const CsvText = Type.String();

function readRoutes(app: App, node: Node): void {
  app.get(
    '/api/v1/outcomes',
    {
      schema: {
        tags,
        summary: '本机构已报送的反馈 · what the institution has reported and still says',
        querystring: FactQuery,
        response: answers(Facts),
      },
    },
    async (request) => {
      const { institution, kind = 'loan', afterBatch, afterItem = 0 } = request.query;
      const limit = HTTP_LIMITS.linesMax;
      const facts = await inTransaction(node.database, async (tx) => {
        const own = await readOwn(tx, node, { caller: callerOf(request), institution });
        const after = afterBatch === undefined ? undefined : { batchId: afterBatch, itemNo: afterItem };
        return await listReported(tx, { ...own, kind, limit, after });
      });
      const last = facts.length < limit ? undefined : facts.at(-1);
      const next = last === undefined ? null : { afterBatch: last.batchId, afterItem: last.itemNo };
      return { facts: toWire(facts), next };
    },
  );
  app.get(
    '/api/v1/outcomes/batches/:id',
    {
      schema: {
        tags,
        summary: '一份反馈及其退回的条目 · one batch with what was refused of it',
        params: BatchOfId,
        querystring: InstitutionQuery,
        response: answers(BatchView),
      },
    },
    async (request) => {
      const { institution } = request.query;
      const batch = await inTransaction(node.database, async (tx) => {
        const own = await readOwn(tx, node, { caller: callerOf(request), institution });
        return await readBatch(tx, { ...own, batchId: request.params.id });
      });
      return toWire(batch);
    },
  );
  app.get(
    '/api/v1/outcomes/template.csv',
    {
      schema: {
        tags,
        summary: '月度反馈表模板，UTF-8 带 BOM · template of the monthly sheet',
        response: {
          200: { content: { 'text/csv': { schema: CsvText } } },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (_request, reply) => {
      reply.header('content-disposition', 'attachment; filename="outcomes-template.csv"');
      return await reply.type('text/csv; charset=utf-8').send(sheetTemplate());
    },
  );
}

/** The institution sees all that was reported for it; a platform what it reported itself. */
async function readOwn(
  tx: Tx,
  node: Node,
  { caller, institution }: { caller: Caller; institution: string | undefined },
): Promise<{ institutionId: string; channel: string | undefined }> {
  requireAllowed(node.policies, caller, 'report_outcome');
  const { institutionId, platformId } = await proveReporter(tx, node, caller, {
    institution,
    operator: caller.id,
  });
  return { institutionId, channel: platformId ?? undefined };
}

function ownRoute(app: App, node: Node): void {
  app.get(
    '/api/v1/enterprises/:code/outcomes',
    {
      schema: {
        tags,
        summary: '机构报送的关于本企业的反馈 · what institutions reported about the caller’s own enterprise',
        params: Type.Object({ code: EnterpriseCode }),
        response: answers(Type.Object({ facts: Type.Array(Fact) })),
      },
    },
    async (request) => {
      const facts = await inTransaction(node.database, async (tx) => {
        const { enterpriseId } = await findEnterprise(tx, request.params.code);
        const permit = decide(tx, node.policies, {
          caller: callerOf(request),
          purpose: 'self',
          subject: enterpriseId,
          contracts: [],
          asOf: { knownAt: node.clock.now() },
        });
        return await listOutcomesOf(tx, permit);
      });
      return { facts: toWire(facts) };
    },
  );
}
