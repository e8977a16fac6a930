import type { RouteOptions } from 'fastify';
import { BATCH_LIMITS } from '#information';
import { LIMITS } from '#kernel';
import { OUTCOMES_LIMITS } from '#outcomes';
import { interfaceState, type Lifecycle, lifecycleHeaders, refuseWithdrawn } from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { HTTP_LIMITS } from '../http-limits.ts';

/** One operation of the public interface, as its route defines it. */
export type Operation = {
  /** `GET /api/v1/…/{id}`, as in the interface document. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly needsCaller: boolean;
  /** Requests in a minute, by whom they are counted; null: not counted. */
  readonly requestsPerMinute: number | null;
  readonly countedBy: 'address' | 'institution_share' | null;
  /** Bytes of a request's body; null: it has none. */
  readonly bodyBytesMax: number | null;
  /** Most items of one request, where it takes several. */
  readonly recordsMax: number | null;
};

declare module 'fastify' {
  interface FastifyInstance {
    /** Every operation that is not hidden, in the order of the routes. */
    listOperations(): Operation[];
  }
}

/** Operations that read their body as a stream keep these bounds by themselves. */
const STREAMED: Readonly<Record<string, { readonly bytesMax: number; readonly recordsMax?: number }>> = {
  'PUT /api/v1/deliveries/{contract}': { bytesMax: LIMITS.deliveryBytesMax },
  'PUT /api/v1/outcomes/sheets/{month}': {
    bytesMax: OUTCOMES_LIMITS.sheetBytesMax,
    recordsMax: OUTCOMES_LIMITS.batchItemsMax,
  },
  'POST /api/v1/query-batches': {
    bytesMax: BATCH_LIMITS.linesMax * BATCH_LIMITS.lineBytesMax,
    recordsMax: BATCH_LIMITS.linesMax,
  },
  'PUT /api/v1/query-files': { bytesMax: BATCH_LIMITS.fileBytesMax, recordsMax: BATCH_LIMITS.fileLinesMax },
};

type Route = RouteOptions & { readonly url: string };

/** Follows every route that is added from now on: it stands in the register, and says so itself when its end is near. */
export function followOperations(
  app: App,
  { clock }: Pick<Node, 'clock'>,
  ends: ReadonlyMap<string, Lifecycle>,
): void {
  const routes: Route[] = [];
  app.addHook('onRoute', (route) => {
    if (isHidden(route)) return;
    routes.push(route);
    for (const id of idsOf(route)) {
      const lifecycle = ends.get(id);
      if (lifecycle !== undefined) announce(route, lifecycle, clock);
    }
  });
  app.decorate('listOperations', () =>
    routes.flatMap((route) => idsOf(route).map((id) => operationOf(id, route))),
  );
}

function announce(route: Route, lifecycle: Lifecycle, clock: Node['clock']): void {
  const headers = lifecycleHeaders(lifecycle);
  const before = route.onRequest ?? [];
  route.onRequest = [
    async (_request, reply) => {
      reply.headers(headers);
      if (interfaceState(lifecycle, clock.now()) === 'withdrawn') refuseWithdrawn(lifecycle);
    },
    ...(Array.isArray(before) ? before : [before]),
  ];
}

function isHidden({ schema }: Route): boolean {
  return schema?.hide === true;
}

/** A route of several methods is several operations; HEAD is GET without its body. */
function idsOf({ method, url }: Route): string[] {
  const methods = (Array.isArray(method) ? method : [method]).filter((one) => one !== 'HEAD');
  return methods.map((one) => `${one} ${url.replace(/:(\w+)/g, '{$1}').replace('*', '{*}')}`);
}

function operationOf(id: string, route: Route): Operation {
  const [method = '', path = ''] = id.split(' ');
  const needsCaller = route.schema?.security !== undefined;
  const own = route.config?.rateLimit;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const streamed = STREAMED[id];
  const bodyBytesMax = streamed?.bytesMax ?? route.bodyLimit ?? LIMITS.requestBodyBytesMax;
  return {
    id,
    method,
    path,
    needsCaller,
    ...countingOf(own, needsCaller),
    bodyBytesMax: hasBody ? bodyBytesMax : null,
    recordsMax: streamed?.recordsMax ?? recordsMaxOf(route.schema?.body),
  };
}

function countingOf(
  own: false | { readonly max: number } | undefined,
  needsCaller: boolean,
): Pick<Operation, 'requestsPerMinute' | 'countedBy'> {
  if (own === false) return { requestsPerMinute: null, countedBy: null };
  if (own !== undefined) return { requestsPerMinute: own.max, countedBy: 'address' };
  return needsCaller
    ? { requestsPerMinute: HTTP_LIMITS.callsPerMinuteMax, countedBy: 'institution_share' }
    : { requestsPerMinute: HTTP_LIMITS.requestsPerMinuteMax, countedBy: 'address' };
}

/** The largest list that a body may carry. */
function recordsMaxOf(body: unknown): number | null {
  if (typeof body !== 'object' || body === null || !('properties' in body)) return null;
  const lists = Object.values(body.properties ?? {}).map((part: unknown) =>
    typeof part === 'object' && part !== null && 'maxItems' in part ? Number(part.maxItems) : 0,
  );
  return Math.max(0, ...lists) || null;
}
