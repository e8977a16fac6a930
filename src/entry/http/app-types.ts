import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Caller } from '#security';
import type { Node } from '../node.ts';

/** The application as route files see it: handlers are typed by their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** One group of routes; a group knows the node and adds itself to the application. */
export type RouteGroup = (app: App, node: Node) => void;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `authenticateRequests` before anything of the body is read. */
    caller: Caller | null;
    /** The consents that the access token names, or none; undefined: no token was used. */
    tokenConsents: readonly string[] | undefined;
  }
}
