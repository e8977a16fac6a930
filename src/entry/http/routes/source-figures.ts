import { Type } from 'typebox';
import { inTransaction, type Tx } from '#kernel';
import {
  type Acting,
  approveCapacity,
  type CapacityChange,
  changeCapacity,
  listCapacityChanges,
  readSourceFigures,
  readSourceShares,
  rejectCapacity,
} from '#platform';
import type { FastifyRequest } from 'fastify';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, ContractId, Instant, nullable, toWire } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const tags = ['sources'];
const SourceId = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Count = Type.Integer({ minimum: 0 });
const Part = Type.Number({ minimum: 0, maximum: 1 });

const Figure = Type.Object({
  sourceId: SourceId,
  name: Type.String(),
  provider: Type.String(),
  kind: Type.Enum(['service', 'database', 'file']),
  contractId: ContractId,
  frequency: Type.String({ description: 'As agreed with the department' }),
  capacityPerMinute: Count,
  capacityPerDay: Count,
  usedHour: Count,
  usedToday: Count,
  failedToday: Count,
  slowToday: Count,
  refusedToday: Count,
  refusedShareToday: Part,
  usedMinuteMax: Count,
  headroomToday: Count,
  headroomMinute: Part,
  meanMs: nullable(Count),
  medianWithinMs: nullable(Count),
  p99WithinMs: nullable(Count),
  breaker: Type.Enum(['closed', 'open', 'half_open']),
  concurrency: Type.Object({
    limit: Count,
    inUse: Count,
    headroom: Count,
    waiting: Count,
    institutions: Count,
    equalShare: Count,
  }),
  minute: Type.Object({ used: Count, institutions: Count, equalShare: Count }),
  lastAnsweredAt: nullable(Instant),
});
const Share = Type.Object({
  sourceId: SourceId,
  contractId: ContractId,
  minute: Type.Object({ used: Count, share: Count, left: Count }),
  concurrency: Type.Object({ running: Count, waiting: Count, share: Count }),
});
const Reason = Type.String({ minLength: 2, maxLength: 500 });
const Change = Type.Union([
  Type.Object({ concurrencyMax: Type.Integer({ minimum: 1, maximum: 256 }), reason: Reason }, strict),
  Type.Object(
    {
      contractId: ContractId,
      perMinute: Type.Integer({ minimum: 1, maximum: 600_000 }),
      perDay: Type.Integer({ minimum: 1, maximum: 100_000_000 }),
      reason: Reason,
    },
    strict,
  ),
]);
const Waiting = Type.Object({
  changeId: Type.String(),
  sourceId: SourceId,
  contractId: nullable(ContractId),
  perMinute: nullable(Count),
  perDay: nullable(Count),
  concurrencyMax: nullable(Count),
  reason: Type.String(),
  proposedBy: Type.String(),
  proposedAt: Instant,
});
const OneChange = Type.Object({ id: Type.String({ pattern: '^cap_[0-9a-z]{26}$' }) });
const Done = answers(Type.Object({ done: Type.Literal(true) }));

/** 接口运行公开数据（第 1 条）: frequency and headroom of every source interface, for anyone. */
export function publicSourceRoutes(app: App, node: Node): void {
  app.get(
    '/api/v1/source-figures',
    {
      schema: {
        tags,
        summary: '数据源接口的频次、容量余量 · frequency and capacity headroom of source interfaces',
        response: answers(Type.Object({ at: Instant, figures: Type.Array(Figure) })),
      },
    },
    async () => {
      const { sources, clock } = node;
      const figures =
        sources === undefined
          ? []
          : await inTransaction(node.database, (tx) => readSourceFigures(tx, sources), 'snapshot');
      return { at: clock.now().toISOString(), figures: toWire(figures) };
    },
  );
}

/** An institution's own share, and changes of a source's capacity by the node's system administrators. */
export function sourceRoutes(app: App, node: Node): void {
  shareRoute(app, node);
  changeRoute(app, node);
  decisionRoutes(app, node);
}

function shareRoute(app: App, node: Node): void {
  app.get(
    '/api/v1/source-shares',
    {
      schema: {
        tags,
        summary: '本机构的份额 · the caller’s own share of each source interface',
        response: answers(Type.Object({ shares: Type.Array(Share) })),
      },
    },
    async (request) => {
      const { participantId, id } = callerOf(request);
      const { sources } = node;
      return { shares: sources === undefined ? [] : toWire(readSourceShares(sources, participantId ?? id)) };
    },
  );
}

function changeRoute(app: App, node: Node): void {
  app.post(
    '/api/v1/sources/:id/capacity-changes',
    {
      schema: {
        tags,
        summary: '调整数据源容量 · change what a source may be asked',
        params: Type.Object({ id: SourceId }),
        body: Change,
        response: answers(
          Type.Object({ changeId: Type.String(), state: Type.Enum(['in_force', 'proposed']) }),
        ),
      },
    },
    async (request) => {
      const change: CapacityChange = { ...request.body, sourceId: request.params.id };
      const sources = node.sources ?? NO_SOURCES;
      return await act(node, request, (tx, acting) => changeCapacity(tx, acting, { sources, change }));
    },
  );
}

/** A node without sources knows none by name. */
const NO_SOURCES = { lanes: new Map() };

function decisionRoutes(app: App, node: Node): void {
  app.get(
    '/api/v1/capacity-changes',
    {
      schema: {
        tags,
        summary: '待批的容量调整 · changes of capacity that wait for a second person',
        response: answers(Type.Object({ changes: Type.Array(Waiting) })),
      },
    },
    async (request) => ({ changes: toWire(await act(node, request, listCapacityChanges)) }),
  );
  const decisions = [
    { name: 'approve', summary: '批准容量调整 · approve, by another person', decide: approveCapacity },
    { name: 'reject', summary: '驳回容量调整 · reject', decide: rejectCapacity },
  ] as const;
  for (const { name, summary, decide } of decisions) {
    app.post(
      `/api/v1/capacity-changes/:id/${name}`,
      { schema: { tags, summary, params: OneChange, response: Done } },
      async (request) => {
        await act(node, request, (tx, acting) => decide(tx, acting, request.params.id));
        return { done: true } as const;
      },
    );
  }
}

/** One act in one transaction; whether the caller may is asked inside, where earlier persons are known. */
async function act<Result>(
  node: Node,
  request: FastifyRequest,
  work: (tx: Tx, acting: Acting) => Promise<Result>,
): Promise<Result> {
  const { policies, clock, keys, database } = node;
  return await inTransaction(database, (tx) =>
    work(tx, { caller: callerOf(request), policies, clock, keys }),
  );
}
