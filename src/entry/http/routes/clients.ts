import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import {
  type Acting,
  type Client,
  disableClient,
  listClients,
  registerClient,
  rotateClientKey,
} from '#platform';
import type { FastifyRequest } from 'fastify';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, Instant, nullable, toWire } from '../schemas.ts';

const tags = ['clients'];
const ClientId = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{1,63}$' });
const ParticipantId = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{1,63}$' });
const Jwk = Type.Object(
  {},
  { additionalProperties: true, description: 'Public JWK, or a set of them as {keys}' },
);
const ClientView = Type.Object({
  clientId: Type.String(),
  participantId: Type.String(),
  label: Type.String(),
  redirectUris: Type.Array(Type.String()),
  keys: Type.Array(Type.Object({ kid: Type.String(), madeAt: Instant, retiredAt: nullable(Instant) })),
  madeAt: Instant,
  disabledAt: nullable(Instant),
});
const Done = Type.Object({ clientId: Type.String() });

/** 接口客户端: programs of institutions and platforms, kept by the node or by the participant's own administrator. */
export function clientRoutes(app: App, node: Node): void {
  const actingOf: ActingOf = (request) => {
    const { policies, clock, keys } = node;
    return { caller: callerOf(request), policies, clock, keys };
  };
  listRoute(app, node, actingOf);
  registerRoute(app, node, actingOf);
  changeRoutes(app, node, actingOf);
}

type ActingOf = (request: FastifyRequest) => Acting;

function listRoute(app: App, node: Node, actingOf: ActingOf): void {
  app.get(
    '/api/v1/clients',
    {
      schema: {
        tags,
        summary: '接口客户端 · clients, one’s own or all',
        querystring: Type.Object({ participant: Type.Optional(ParticipantId) }),
        response: answers(Type.Object({ clients: Type.Array(ClientView) })),
      },
    },
    async (request) => {
      const { participant } = request.query;
      const list = await inTransaction(node.database, (tx) =>
        listClients(tx, actingOf(request), participant),
      );
      return { clients: list.map(viewOf) };
    },
  );
}

function registerRoute(app: App, node: Node, actingOf: ActingOf): void {
  app.post(
    '/api/v1/clients',
    {
      schema: {
        tags,
        summary: '登记客户端 · register a client by its public key',
        body: Type.Object(
          {
            clientId: ClientId,
            participantId: ParticipantId,
            label: Type.String({ minLength: 1, maxLength: 80 }),
            keys: Jwk,
            redirectUris: Type.Optional(Type.Array(Type.String({ maxLength: 400 }), { maxItems: 10 })),
          },
          { additionalProperties: false },
        ),
        response: answers(Done),
      },
    },
    async (request) => {
      const client = { redirectUris: [], ...request.body };
      await inTransaction(node.database, (tx) => registerClient(tx, actingOf(request), client));
      return { clientId: client.clientId };
    },
  );
}

function changeRoutes(app: App, node: Node, actingOf: ActingOf): void {
  app.post(
    '/api/v1/clients/:id/keys',
    {
      schema: {
        tags,
        summary: '更换公钥 · add a key, retire one, or both',
        params: Type.Object({ id: ClientId }),
        body: Type.Object(
          { key: Type.Optional(Jwk), retire: Type.Optional(Type.String({ maxLength: 64 })) },
          { additionalProperties: false, minProperties: 1 },
        ),
        response: answers(Done),
      },
    },
    async (request) => {
      const rotation = { clientId: request.params.id, ...request.body };
      await inTransaction(node.database, (tx) => rotateClientKey(tx, actingOf(request), rotation));
      return { clientId: request.params.id };
    },
  );
  app.post(
    '/api/v1/clients/:id/disable',
    {
      schema: {
        tags,
        summary: '停用客户端 · disable a client for good',
        params: Type.Object({ id: ClientId }),
        response: answers(Done),
      },
    },
    async (request) => {
      const { id } = request.params;
      await inTransaction(node.database, (tx) => disableClient(tx, actingOf(request), id));
      return { clientId: id };
    },
  );
}

function viewOf(client: Client) {
  const { redirectUris, keys, ...rest } = client;
  return toWire({ ...rest, redirectUris: [...redirectUris], keys: [...keys] });
}
