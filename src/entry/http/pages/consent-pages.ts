import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  type Answer,
  type ConsentContext,
  grantConsent,
  listConsents,
  pauseConsent,
  readConsentWords,
  rejectConsent,
  resumeConsent,
  revokeConsent,
} from '#consent';
import { html, type Markup } from '#information';
import { inTransaction, Refusal, type Tx } from '#kernel';
import type { Credentials } from '#platform';
import { type Caller, decide, recordRefusal } from '#security';
import { openConsent } from '../../consent.ts';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { findCaller, readSignedIn, sessionToken, signIn } from '../authentication.ts';
import { routeOf } from '../errors.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { httpRefusal } from '../http-refusals.ts';
import { requireOwnSite } from '../origin.ts';
import { ConsentId, toViews } from '../routes/consent-schemas.ts';
import { consentView, listView, noticeView, signInView, type SignInWays } from './consent-views.ts';
import { PAGE_STYLE, PAGE_STYLE_PATH, sendPage } from './page.ts';

/** A form of these pages: a login and a password, or a digest. */
const FORM_BYTES_MAX = 4_096;

const Handle = Type.Object({ handle: ConsentId });

/**
 * What an enterprise does on its own phone: opens the link, signs in, reads, agrees or not; later finds all its consents
 * and revokes one. The link alone shows nothing. Pages work without script.
 */
export function consentPages(app: App, node: Node): void {
  const context = openConsent(node);
  app.register(async (scope: App) => {
    scope.addHook('onRequest', async (request) => {
      const hasCookie = sessionToken(node, request) !== undefined;
      requireOwnSite(request, { publicUrl: node.config.publicUrl, hasCookie });
    });
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    showRefusals(scope, node);
    styleRoute(scope);
    openRoutes(scope, node, context);
    signInRoutes(scope, node);
    answerRoutes(scope, node, context);
  });
}

function styleRoute(app: App): void {
  app.get(PAGE_STYLE_PATH, { schema: { hide: true } }, async (_request, reply) =>
    reply.header('cache-control', 'max-age=300').type('text/css; charset=utf-8').send(PAGE_STYLE),
  );
}

function openRoutes(app: App, node: Node, context: ConsentContext): void {
  app.get('/consent/:handle', { schema: { hide: true, params: Handle } }, async (request, reply) => {
    const { handle } = request.params;
    const to = `/consent/${handle}`;
    const caller = await findCaller(node, request);
    if (caller === undefined)
      return await show(node, reply, { title: '登录', body: signInView(to, undefined, waysOf(node)) });
    const view = await inTransaction(node.database, async (tx) => {
      const record = await readConsentWords(tx, context, { caller, consent: handle });
      return (await toViews(tx, node.lists.catalogue, [record]))[0];
    });
    if (view === undefined) throw httpRefusal('request.not_found');
    const bindingMessage = await node.identity.bindingMessage(view.consentId);
    const body = consentView(view, { to, contracts: node.lists.catalogue.contracts, bindingMessage });
    return await show(node, reply, { title: '授权', body });
  });
  app.get('/consents', { schema: { hide: true } }, async (request, reply) => {
    const caller = await findCaller(node, request);
    if (caller === undefined) {
      return await show(node, reply, {
        title: '登录',
        body: signInView('/consents', undefined, waysOf(node)),
      });
    }
    const views = await inTransaction(node.database, (tx) => listOwn(tx, node, caller));
    return await show(node, reply, { title: '我的授权', body: listView(views) });
  });
}

async function listOwn(tx: Tx, node: Node, caller: Caller) {
  const { enterpriseId } = caller;
  if (enterpriseId === null) throw httpRefusal('request.no_own_enterprise');
  const asOf = { knownAt: node.clock.now() };
  const asked = { caller, purpose: 'self', subject: enterpriseId, contracts: [], asOf } as const;
  const permit = decide(tx, node.policies, asked);
  return await toViews(tx, node.lists.catalogue, await listConsents(tx, node.clock, { permit }));
}

const Credentials = Type.Object(
  {
    login: Type.String({ minLength: 1, maxLength: 200 }),
    password: Type.String({ minLength: 1, maxLength: 400 }),
    code: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
);

/** Signs in as the pages of the portal do, and comes back to where the person was. */
function signInRoutes(app: App, node: Node): void {
  const config = { rateLimit: { max: HTTP_LIMITS.signInsPerMinuteMax, timeWindow: '1 minute' } };
  app.post(
    '/consent/:handle/sign-in',
    { config, schema: { hide: true, params: Handle, body: Credentials } },
    async (request, reply) =>
      enter(node, reply, { request, to: `/consent/${request.params.handle}`, credentials: request.body }),
  );
  app.post(
    '/consents/sign-in',
    { config, schema: { hide: true, body: Credentials } },
    async (request, reply) => enter(node, reply, { request, to: '/consents', credentials: request.body }),
  );
}

type Entering = { request: FastifyRequest; to: string; credentials: Credentials };

/** Signs in and goes on to `to`, or shows the form again with what was refused. */
export async function enter(
  node: Node,
  reply: FastifyReply,
  { request, to, credentials }: Entering,
): Promise<void> {
  try {
    await signIn(node, { request, reply, credentials });
    await reply.redirect(to, 303);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const body = signInView(to, error, waysOf(node));
    await show(node, reply, { title: '登录', body, status: error.text.status });
  }
}

const ACTS = {
  reject: rejectConsent,
  pause: pauseConsent,
  resume: resumeConsent,
  revoke: revokeConsent,
} as const;
const NO_VALUES = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]);

function answerRoutes(app: App, node: Node, context: ConsentContext): void {
  const answerOf = async (request: FastifyRequest, handle: string): Promise<Answer> => ({
    caller: (await readSignedIn(node, request)).caller,
    consent: handle,
  });
  const digest = Type.Object(
    { digest: Type.String({ pattern: '^[0-9a-f]{64}$' }) },
    { additionalProperties: false },
  );
  app.post(
    '/consent/:handle/grant',
    { schema: { hide: true, params: Handle, body: digest } },
    async (request, reply) => {
      const answer = await answerOf(request, request.params.handle);
      request.caller = answer.caller;
      await inTransaction(node.database, (tx) => grantConsent(tx, context, { ...answer, ...request.body }));
      return await reply.redirect(`/consent/${request.params.handle}`, 303);
    },
  );
  for (const [name, act] of Object.entries(ACTS)) {
    app.post(
      `/consent/:handle/${name}`,
      { schema: { hide: true, params: Handle, body: NO_VALUES } },
      async (request, reply) => {
        const answer = await answerOf(request, request.params.handle);
        request.caller = answer.caller;
        await inTransaction(node.database, (tx) => act(tx, context, answer));
        return await reply.redirect(`/consent/${request.params.handle}`, 303);
      },
    );
  }
}

/** Refusals are pages here; those of a right leave their leaf as everywhere (13.7). Anything else goes on. */
export function showRefusals(app: App, node: Node): void {
  app.setErrorHandler(async (error, request, reply) => {
    if (!(error instanceof Refusal)) throw error;
    const operation = `${request.method} ${routeOf(request)}`;
    if (error.text.status === 403 && request.caller !== null) {
      await recordRefusal(node, error, { caller: request.caller, operation });
    }
    const body = html`<h1>不能这样做</h1>${noticeView(error)}<p><a href="/consents">我的授权 My consents</a></p>`;
    await show(node, reply, { title: '授权', body, status: error.text.status });
  });
}

export async function show(
  node: Node,
  reply: FastifyReply,
  { title, body, status = 200 }: { title: string; body: Markup; status?: number },
): Promise<void> {
  await sendPage(reply, status, { title, nodeName: node.config.nodeName, body });
}

export function waysOf({ identity }: Node): SignInWays {
  return { passwords: identity.rules.passwords === 'on', outside: identity.outside?.name };
}

/** A page that leads on by itself, and by a link where a browser does not follow. */
export async function goOn(node: Node, reply: FastifyReply, to: string): Promise<void> {
  const body = html`<meta http-equiv="refresh" content="0; url=${to}">
<p>正在继续…… <a href="${to}">没有反应请点这里 Continue</a></p>`;
  await show(node, reply, { title: '继续', body });
}
