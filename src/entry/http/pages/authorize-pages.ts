import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { html, type Markup } from '#information';
import { Refusal } from '#kernel';
import { type Browser, type ConsentQuestion, INTERACTION_PATH } from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { findCaller, readSignedIn, sessionToken } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { requireOwnSite } from '../origin.ts';
import { enter, goOn, show, showRefusals, waysOf } from './consent-pages.ts';
import { signInView } from './consent-views.ts';
import { actionForm } from './page.ts';

/** A form of these pages: a login, a password and a code, or a digest. */
const FORM_BYTES_MAX = 4_096;
const Uid = Type.Object({ uid: Type.String({ pattern: '^[A-Za-z0-9_-]{16,64}$' }) });
const SignInForm = Type.Object(
  {
    login: Type.String({ minLength: 1, maxLength: 200 }),
    password: Type.String({ minLength: 1, maxLength: 400 }),
    code: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
);
const AllowForm = Type.Object(
  { digest: Type.String({ minLength: 1, maxLength: 128 }) },
  { additionalProperties: false },
);

/**
 * Consent by redirect: a bank sends its customer's browser here, the enterprise signs in, reads, answers, and goes back.
 *
 * The browser comes from the bank's site and so brings no cookie of ours that is strict. The first page therefore
 * shows nothing and goes on by itself to the second, which is then asked for by our own site. After the answer the
 * browser again goes on from a page, not from the form: what a form's answer redirects to must be our own site, and
 * the bank's is not.
 */
export function authorizePages(app: App, node: Node): void {
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
    askRoutes(scope, node);
    answerRoutes(scope, node);
  });
}

function askRoutes(app: App, node: Node): void {
  const schema = { hide: true, params: Uid };
  app.get(`${INTERACTION_PATH}/:uid`, { schema }, async (request, reply) =>
    goOn(node, reply, `${pathOf(request.params.uid)}/ask`),
  );
  app.get(`${INTERACTION_PATH}/:uid/ask`, { schema }, async (request, reply) =>
    ask(node, reply, { request, path: pathOf(request.params.uid) }),
  );
  app.post(
    `${INTERACTION_PATH}/:uid/sign-in`,
    {
      config: { rateLimit: { max: HTTP_LIMITS.signInsPerMinuteMax, timeWindow: '1 minute' } },
      schema: { hide: true, params: Uid, body: SignInForm },
    },
    async (request, reply) => {
      const path = pathOf(request.params.uid);
      return await enter(node, reply, { request, to: path, credentials: request.body });
    },
  );
}

/** The question, or the sign-in form for nobody and for someone who is no enterprise. */
async function ask(
  node: Node,
  reply: FastifyReply,
  { request, path }: { request: FastifyRequest; path: string },
): Promise<void> {
  const caller = await findCaller(node, request);
  if (caller === undefined)
    return await show(node, reply, { title: '登录', body: signInView(path, undefined, waysOf(node)) });
  try {
    const question = await node.identity.interactions.ask(browserOf(request, reply), caller);
    return await show(node, reply, { title: '授权', body: questionView(question, path) });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'consent.enterprise_only')) throw error;
    return await show(node, reply, { title: '登录', body: signInView(path, error, waysOf(node)) });
  }
}

function answerRoutes(app: App, node: Node): void {
  const { interactions } = node.identity;
  app.post(
    `${INTERACTION_PATH}/:uid/allow`,
    { schema: { hide: true, params: Uid, body: AllowForm } },
    async (request, reply) => {
      const { caller } = await readSignedIn(node, request);
      request.caller = caller;
      const by = { caller, digest: request.body.digest };
      return await goOn(node, reply, await interactions.allow(browserOf(request, reply), by));
    },
  );
  app.post(
    `${INTERACTION_PATH}/:uid/refuse`,
    { schema: { hide: true, params: Uid } },
    async (request, reply) => {
      const { caller } = await readSignedIn(node, request);
      request.caller = caller;
      return await goOn(node, reply, await interactions.refuse(browserOf(request, reply), { caller }));
    },
  );
}

function questionView({ client, words }: ConsentQuestion, path: string): Markup {
  const lines = words.lines.map(({ zh, en }) => html`<li>${zh}<small lang="en">${en}</small></li>`);
  const { zh, en } = client.participantName;
  const values = { digest: words.digest };
  return html`<h1>授权申请</h1><p class="soft">由${zh}的系统发起 <span lang="en">Asked through ${en}</span></p>
<ol class="words">${lines}</ol>
<div class="acts">${actionForm({ to: `${path}/allow`, label: '同意 Agree', kind: 'main', values })}
${actionForm({ to: `${path}/refuse`, label: '不同意 Decline', kind: 'plain' })}</div>`;
}

function pathOf(uid: string): string {
  return `${INTERACTION_PATH}/${uid}`;
}

function browserOf(request: FastifyRequest, reply: FastifyReply): Browser {
  return { request: request.raw, response: reply.raw };
}
