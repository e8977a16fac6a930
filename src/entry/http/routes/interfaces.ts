import { join } from 'node:path';
import { Type } from 'typebox';
import { interfaceState, type Lifecycle, loadLifecycles } from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { answers, Day, Instant, nullable } from '../schemas.ts';

const tags = ['interfaces'];
const Bound = nullable(Type.Integer({ minimum: 1 }));
const life = {
  version: Type.String({
    description: 'Of an operation that of its path; of a source interface that of its contract',
  }),
  state: Type.Enum(['current', 'deprecated', 'withdrawn']),
  deprecatedOn: nullable(Day),
  withdrawnOn: nullable(Day),
  successor: nullable(Type.String()),
};
const OperationView = Type.Object({
  id: Type.String(),
  ...life,
  needsCaller: Type.Boolean(),
  limits: Type.Object({
    requestsPerMinute: Bound,
    countedBy: nullable(Type.Enum(['address', 'institution_share'])),
    bodyBytesMax: Bound,
    recordsMax: Bound,
  }),
});
const SourceView = Type.Object({
  id: Type.String(),
  ...life,
  name: Type.String(),
  provider: Type.String(),
  kind: Type.Enum(['service', 'database', 'file']),
  frequency: Type.String(),
  limits: Type.Object({
    requestsPerMinute: Bound,
    requestsPerDay: Bound,
    bodyBytesMax: Bound,
    recordsMax: Bound,
  }),
});

/** 接口登记（第 1 条）: every operation of this node and every interface of a connected source, for anyone. */
export function interfaceRoutes(app: App, node: Node): void {
  const { packageFolder, definitionsFolder } = node.config;
  const city = definitionsFolder === undefined ? [] : [join(definitionsFolder, 'interfaces')];
  const ends = loadLifecycles([join(packageFolder, 'models', 'interfaces'), ...city]);
  app.get(
    '/api/v1/interfaces',
    {
      schema: {
        tags,
        summary: '接口登记 · the register of interfaces',
        response: answers(
          Type.Object({
            at: Instant,
            operations: Type.Array(OperationView),
            sources: Type.Array(SourceView),
          }),
        ),
      },
    },
    async () => {
      const at = node.clock.now();
      const lifeOf = (id: string) => lifeAt(ends.get(id), at);
      const operations = app.listOperations().map((operation) => {
        const { id, path, needsCaller, requestsPerMinute, countedBy, bodyBytesMax, recordsMax } = operation;
        const version = /^\/api\/v([0-9]+)\//.exec(path)?.[1] ?? '1';
        const limits = { requestsPerMinute, countedBy, bodyBytesMax, recordsMax };
        return { id, version, ...lifeOf(id), needsCaller, limits };
      });
      return { at: at.toISOString(), operations, sources: sourcesOf(node, lifeOf) };
    },
  );
}

type Life = ReturnType<typeof lifeAt>;

function lifeAt(lifecycle: Lifecycle | undefined, at: Date) {
  const { deprecatedOn = null, withdrawnOn = null, successor = null } = lifecycle ?? {};
  return { state: interfaceState(lifecycle, at), deprecatedOn, withdrawnOn, successor };
}

/** Where a source stands and how the node signs in there is nobody else's business. */
function sourcesOf(node: Node, lifeOf: (id: string) => Life) {
  const { contracts } = node.lists.catalogue;
  return [...(node.sources?.lanes.values() ?? [])].flatMap(({ source, lines }) =>
    [...lines].map(([contractId, { to, capacity }]) => {
      const id = `source ${source.id} ${contractId}`;
      const { name, provider, kind, rowsMax } = source;
      const limits = {
        requestsPerMinute: capacity.allowed.perMinute,
        requestsPerDay: capacity.allowed.perDay,
        bodyBytesMax: 'bodyBytesMax' in source ? source.bodyBytesMax : null,
        recordsMax: rowsMax,
      };
      const version = contracts.get(contractId)?.version ?? '1';
      return { id, version, ...lifeOf(id), name, provider, kind, frequency: to.frequency, limits };
    }),
  );
}
