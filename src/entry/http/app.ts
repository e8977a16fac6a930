import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import { LIMITS } from '#kernel';
import type { Node } from '../node.ts';
import type { App, RouteGroup } from './app-types.ts';
import { authenticateRequests } from './authentication.ts';
import { answerErrors, routeOf } from './errors.ts';
import { HTTP_LIMITS } from './http-limits.ts';
import { httpRefusal } from './http-refusals.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import { describeApi } from './open-api.ts';
import { authorizePages } from './pages/authorize-pages.ts';
import { consentPages } from './pages/consent-pages.ts';
import { clientRoutes } from './routes/clients.ts';
import { consentRoutes, fairUseRoutes } from './routes/consents.ts';
import { deliverRoutes } from './routes/deliver.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { enterpriseRoutes } from './routes/enterprises.ts';
import { healthRoutes } from './routes/health.ts';
import { listRoutes } from './routes/lists.ts';
import { logRoutes } from './routes/log.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { outcomeRoutes } from './routes/outcomes.ts';
import { mandateRoutes } from './routes/mandates.ts';
import { participantRoutes, publicParticipantRoutes } from './routes/participants.ts';
import { portalRoutes } from './routes/portal.ts';
import { proofRoutes } from './routes/proofs.ts';
import { queryRoutes } from './routes/queries.ts';
import { qualityRoutes } from './routes/quality.ts';
import { registerRoutes } from './routes/register.ts';
import { reportRoutes } from './routes/reports.ts';
import { secondFactorRoutes } from './routes/second-factor.ts';
import { sessionRoutes } from './routes/session.ts';
import { verificationRoutes } from './routes/verifications.ts';
import { makeValidatorCompiler } from './validation.ts';

/** For anyone: health, sign-in, proofs that need no trust in the asker, pages. */
const OPEN: readonly RouteGroup[] = [
  healthRoutes,
  sessionRoutes,
  secondFactorRoutes,
  proofRoutes,
  logRoutes,
  publicParticipantRoutes,
  portalRoutes,
  oidcRoutes,
  authorizePages,
  consentPages,
  fairUseRoutes,
];
/** For someone the node knows. */
const SIGNED_IN: readonly RouteGroup[] = [
  clientRoutes,
  consentRoutes,
  listRoutes,
  deliveryRoutes,
  deliverRoutes,
  enterpriseRoutes,
  reportRoutes,
  registerRoutes,
  qualityRoutes,
  outcomeRoutes,
  participantRoutes,
  mandateRoutes,
  queryRoutes,
  verificationRoutes,
];

/** Builds the HTTP application over an open node; `listen` and `close` are the caller's. */
export async function buildApp(node: Node): Promise<App> {
  const app = Fastify({
    bodyLimit: LIMITS.requestBodyBytesMax,
    connectionTimeout: HTTP_LIMITS.connectionIdleMs,
    genReqId: () => randomUUID(),
    http: { headersTimeout: HTTP_LIMITS.headersMs },
    // A proxy on this machine or its private network says whose request it is; the node is not reached otherwise.
    trustProxy: ['loopback', 'linklocal', 'uniquelocal'],
    routerOptions: { maxParamLength: 120 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(makeValidatorCompiler());
  app.decorateRequest('caller', null);
  app.decorateRequest('tokenConsent', undefined);
  const metrics = openMetrics(node);
  followRequests(app, node, metrics);
  answerErrors(app, node);
  await protect(app, node);
  await describeApi(app);
  app.get('/metrics', { schema: { hide: true }, config: { rateLimit: false } }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  addGroups(app, node);
  await app.ready();
  return app;
}

function addGroups(app: App, node: Node): void {
  for (const group of OPEN) app.register(async (scope: App) => group(scope, node));
  app.register(async (scope: App) => {
    authenticateRequests(scope, node);
    for (const group of SIGNED_IN) scope.register(async (inner: App) => group(inner, node));
  });
}

/** One line and one observation per request: pattern, status, time and the caller's id, nothing of the content. */
function followRequests(app: App, node: Node, metrics: Metrics): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, id } = request;
    const seen = {
      method,
      route: routeOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    metrics.observe(seen);
    node.logger.info({ ...seen, caller: request.caller?.id, request: id }, 'request');
  });
}

async function protect(app: App, node: Node): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: node.config.publicUrl.startsWith('https:') ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    max: (request) =>
      request.headers.dpop === undefined
        ? HTTP_LIMITS.requestsPerMinuteMax
        : HTTP_LIMITS.tokenCallsPerMinuteMax,
    keyGenerator: ({ ip, headers }) => (headers.dpop === undefined ? ip : `${ip} token`),
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { ttl }) =>
      httpRefusal('request.too_many', { seconds: Math.ceil(ttl / 1_000) }),
  });
}

/** Everything from this node, nothing inline, nothing from elsewhere, nobody frames it but itself. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'frame-src': ["'self'"],
  'frame-ancestors': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
};
