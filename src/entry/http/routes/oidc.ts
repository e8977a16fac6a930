import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';

const ISSUER_PATH = '/oidc';
/** Where RFC 8414 (3.1) puts the metadata of an issuer with a path. */
const METADATA_PATH = '/.well-known/oauth-authorization-server';

/**
 * The OAuth server under `/oidc`: discovery, keys, pushed requests, tokens, revocation. It reads the request and writes
 * the answer itself; what this node says of requests in general, limits among it, holds before it is asked.
 */
export function oidcRoutes(app: App, node: Node): void {
  // It parses bodies by itself, with bounds of its own.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null, undefined));
  const schema = { hide: true };
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: `${ISSUER_PATH}/*`,
    schema,
    handler: (request, reply) => {
      const url = request.raw.url ?? '';
      handOver(node, { request, reply, url: url.slice(ISSUER_PATH.length) });
    },
  });
  app.get(`${METADATA_PATH}${ISSUER_PATH}`, { schema }, (request, reply) =>
    handOver(node, { request, reply, url: METADATA_PATH }),
  );
}

function handOver(
  node: Node,
  { request, reply, url }: { request: FastifyRequest; reply: FastifyReply; url: string },
): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
  reply.hijack(); // and with it what Fastify would have written of its head
  request.raw.url = url;
  node.identity.callback(request.raw, reply.raw);
}
