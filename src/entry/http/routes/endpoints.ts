import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import {
  changeEndpoint,
  type PushContext,
  readHealth,
  registerEndpoint,
  replayMessages,
  rotateSecret,
  verifyEndpoint,
} from '#monitoring';
import type { Node } from '../../node.ts';
import { openPush } from '../../push.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  Endpoints,
  NewEndpoint,
  OfEndpoint,
  Registered,
  ReplayAsked,
  Replayed,
  Rotated,
  StateAsked,
  StateSet,
} from './message-schemas.ts';

const tags = ['monitoring'];

/** 推送端点（第 10 条）: where institutions and platforms are pushed to, and how that goes. */
export function endpointRoutes(app: App, node: Node): void {
  const context = openPush(node);
  listRoute(app, context);
  registerRoute(app, context);
  secretRoutes(app, context);
  replayRoute(app, context);
  stateRoute(app, context);
}

function listRoute(app: App, context: PushContext): void {
  app.get(
    '/api/v1/monitoring/endpoints',
    {
      schema: { tags, summary: '推送端点及其状况 · endpoints and how they do', response: answers(Endpoints) },
    },
    async (request) => {
      const caller = callerOf(request);
      const endpoints = await inTransaction(
        context.database,
        (tx) => readHealth(tx, context, { caller }),
        'snapshot',
      );
      return { endpoints: toWire(endpoints) };
    },
  );
}

function registerRoute(app: App, context: PushContext): void {
  app.post(
    '/api/v1/monitoring/endpoints',
    {
      schema: {
        tags,
        summary: '登记推送地址 · register an address to push to',
        body: NewEndpoint,
        response: answers(Registered),
      },
    },
    async (request) =>
      await inTransaction(context.database, (tx) =>
        registerEndpoint(tx, context, { caller: callerOf(request), url: request.body.url }),
      ),
  );
}

function secretRoutes(app: App, context: PushContext): void {
  app.post(
    '/api/v1/monitoring/endpoints/:id/verify',
    {
      schema: {
        tags,
        summary: '归属验证 · the ownership challenge',
        description:
          'The endpoint receives a signed CloudEvent of the type `cn.xinqiao.endpoint.challenge` and answers with status 200 and `{"signature": "v1,<base64>"}`: HMAC-SHA-256 with its secret over `challenge.` and `data.challenge`.',
        params: OfEndpoint,
        response: answers(Type.Object({ verified: Type.Boolean() })),
      },
    },
    async (request) => {
      await verifyEndpoint(context, { caller: callerOf(request), endpointId: request.params.id });
      return { verified: true };
    },
  );
  app.post(
    '/api/v1/monitoring/endpoints/:id/secret',
    {
      schema: {
        tags,
        summary: '更换密钥 · rotate the secret',
        params: OfEndpoint,
        response: answers(Rotated),
      },
    },
    async (request) =>
      await inTransaction(context.database, async (tx) => {
        const of = { caller: callerOf(request), endpointId: request.params.id };
        return toWire(await rotateSecret(tx, context, of));
      }),
  );
}

function replayRoute(app: App, context: PushContext): void {
  app.post(
    '/api/v1/monitoring/endpoints/:id/replay',
    {
      schema: {
        tags,
        summary: '重新推送 · push again',
        params: OfEndpoint,
        body: ReplayAsked,
        response: answers(Replayed),
      },
    },
    async (request) => {
      const { deadOnly: isDeadOnly, ...range } = request.body;
      const of = { caller: callerOf(request), endpointId: request.params.id, isDeadOnly };
      return await inTransaction(context.database, (tx) => replayMessages(tx, context, { ...of, ...range }));
    },
  );
}

function stateRoute(app: App, context: PushContext): void {
  app.put(
    '/api/v1/monitoring/endpoints/:id/state',
    {
      schema: {
        tags,
        summary: '暂停、恢复或移除端点 · pause, resume or remove an endpoint',
        params: OfEndpoint,
        body: StateAsked,
        response: answers(StateSet),
      },
    },
    async (request) => {
      const { state: to } = request.body;
      const change = { caller: callerOf(request), endpointId: request.params.id, to };
      await inTransaction(context.database, (tx) => changeEndpoint(tx, context, change));
      return { state: to };
    },
  );
}
