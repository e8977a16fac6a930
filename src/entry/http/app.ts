import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import cookie from '@fastify/cookie';
import Fastify from 'fastify';
import { LIMITS } from '#kernel';
import type { Node } from '../node.ts';
import type { App, RouteGroup } from './app-types.ts';
import { authenticateRequests } from './authentication.ts';
import { answerErrors, routeOf } from './errors.ts';
import { endConnections } from './end-connections.ts';
import { HTTP_LIMITS } from './http-limits.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import { ruleBrowsers } from './browser-rules.ts';
import { describeApi } from './open-api.ts';
import { authorizePages } from './pages/authorize-pages.ts';
import { consentPages } from './pages/consent-pages.ts';
import { limitRates, type RateLimits } from './interfaces/rate-limit.ts';
import { alertRoutes } from './routes/alerts.ts';
import { clientRoutes } from './routes/clients.ts';
import { complaintRoutes, publicComplaintRoutes } from './routes/complaints.ts';
import { consentRoutes, fairUseRoutes } from './routes/consents.ts';
import { deliverRoutes } from './routes/deliver.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { enterpriseRoutes } from './routes/enterprises.ts';
import { healthRoutes } from './routes/health.ts';
import { hostedModelRoutes } from './routes/hosted-models.ts';
import { interfaceRoutes } from './routes/interfaces.ts';
import { listRoutes } from './routes/lists.ts';
import { logRoutes } from './routes/log.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { outcomeRoutes } from './routes/outcomes.ts';
import { outsideSignInRoutes } from './routes/outside-sign-in.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { everythingRoutes } from './routes/everything.ts';
import { lookRoutes } from './routes/looks.ts';
import { messageRoutes } from './routes/messages.ts';
import { mandateRoutes } from './routes/mandates.ts';
import { participantRoutes, publicParticipantRoutes } from './routes/participants.ts';
import { portalRoutes } from './routes/portal.ts';
import { portraitRoutes } from './routes/portrait.ts';
import { positiveRecordRoutes } from './routes/positive-records.ts';
import { proofRoutes } from './routes/proofs.ts';
import { queryRoutes } from './routes/queries.ts';
import { queryBatchRoutes } from './routes/query-batches.ts';
import { queryFileRoutes } from './routes/query-files.ts';
import { qualityRoutes } from './routes/quality.ts';
import { registerRoutes } from './routes/register.ts';
import { returnRoutes } from './routes/returns.ts';
import { reportRoutes } from './routes/reports.ts';
import { scoreRoutes } from './routes/scores.ts';
import { secondFactorRoutes } from './routes/second-factor.ts';
import { sessionRoutes } from './routes/session.ts';
import { publicSourceRoutes, sourceRoutes } from './routes/source-figures.ts';
import { objectionEvidenceRoutes } from './routes/objection-evidence.ts';
import { objectionHandlingRoutes } from './routes/objection-handling.ts';
import { objectionRoutes, publicObjectionRoutes } from './routes/objections.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { processingRoutes, publicProcessingRoutes } from './routes/processing.ts';
import { recallRoutes } from './routes/recalls.ts';
import { retentionRoutes } from './routes/retention.ts';
import { repairHandlingRoutes } from './routes/repair-handling.ts';
import { publicRepairRoutes, repairRoutes } from './routes/repairs.ts';
import { publicTimeLimitRoutes, timeLimitRoutes } from './routes/time-limits.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { publicVoluntaryRoutes, voluntaryRoutes } from './routes/voluntary.ts';
import { personHandlingRoutes } from './routes/person-handling.ts';
import { personRoutes, publicPersonRoutes } from './routes/persons.ts';
import { windowRoutes } from './routes/window.ts';
import { voluntaryPartyRoutes } from './routes/voluntary-parties.ts';
import { verificationRoutes } from './routes/verifications.ts';
import { watchRoutes } from './routes/watches.ts';
import { whitelistRoutes } from './routes/whitelists.ts';
import { makeValidatorCompiler } from './validation.ts';

/** For anyone: health, sign-in, proofs that need no trust in the asker, pages. */
const OPEN: readonly RouteGroup[] = [
  healthRoutes,
  sessionRoutes,
  secondFactorRoutes,
  proofRoutes,
  logRoutes,
  publicParticipantRoutes,
  publicSourceRoutes,
  interfaceRoutes,
  portalRoutes,
  oidcRoutes,
  authorizePages,
  consentPages,
  outsideSignInRoutes,
  fairUseRoutes,
  publicTimeLimitRoutes,
  publicProcessingRoutes,
  publicVoluntaryRoutes,
  publicPersonRoutes,
  publicObjectionRoutes,
  publicRepairRoutes,
  publicComplaintRoutes,
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
  scoreRoutes,
  positiveRecordRoutes,
  registerRoutes,
  qualityRoutes,
  outcomeRoutes,
  participantRoutes,
  mandateRoutes,
  queryRoutes,
  queryBatchRoutes,
  queryFileRoutes,
  verificationRoutes,
  hostedModelRoutes,
  whitelistRoutes,
  watchRoutes,
  alertRoutes,
  lookRoutes,
  portraitRoutes,
  returnRoutes,
  sourceRoutes,
  endpointRoutes,
  messageRoutes,
  timeLimitRoutes,
  everythingRoutes,
  windowRoutes,
  voluntaryRoutes,
  voluntaryPartyRoutes,
  attachmentRoutes,
  recallRoutes,
  processingRoutes,
  incidentRoutes,
  retentionRoutes,
  objectionRoutes,
  objectionHandlingRoutes,
  objectionEvidenceRoutes,
  personRoutes,
  personHandlingRoutes,
  repairRoutes,
  repairHandlingRoutes,
  complaintRoutes,
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
  endConnections(app);
  app.setValidatorCompiler(makeValidatorCompiler());
  app.decorateRequest('caller', null);
  app.decorateRequest('tokenConsents', undefined);
  const metrics = openMetrics(node);
  followRequests(app, node, metrics);
  answerErrors(app, node);
  ruleBrowsers(app, node);
  await app.register(cookie);
  const rates = limitRates(app, node);
  await describeApi(app, node);
  app.get('/metrics', { schema: { hide: true }, config: { rateLimit: false } }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  addGroups(app, node, rates);
  await app.ready();
  return app;
}

function addGroups(app: App, node: Node, rates: RateLimits): void {
  for (const group of OPEN) app.register(async (scope: App) => group(scope, node));
  app.register(async (scope: App) => {
    scope.addHook('onRoute', (route) => {
      route.schema = { security: [], ...route.schema }; // marks it as one for someone the node knows
    });
    authenticateRequests(scope, node);
    scope.addHook('onRequest', async (request, reply) => rates.countCall(request, reply));
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
