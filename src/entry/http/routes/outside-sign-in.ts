import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { OUTSIDE_BACK_PATH } from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { startSignedIn } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { goOn, showRefusals } from '../pages/consent-pages.ts';
import { OUTSIDE_PATH } from '../pages/consent-views.ts';

/** A page of ours and of nobody else's: no scheme, no host, no second slash. */
const OwnPath = Type.String({ pattern: '^/([A-Za-z0-9_-][A-Za-z0-9/_-]*)?$', maxLength: 200 });
const Begin = Type.Object({ to: Type.Optional(OwnPath) }, { additionalProperties: false });
const STATE = /^[A-Za-z0-9_-]{43}$/;
const STATE_LIFE_S = 600;

/**
 * People sign in at the city's identity provider. Which browser began is in a cookie that the provider's redirect
 * brings along (`SameSite=Lax`), sent to these two addresses alone; nobody can finish another's sign-in in a browser.
 */
export function outsideSignInRoutes(app: App, node: Node): void {
  showRefusals(app, node);
  const config = { rateLimit: { max: HTTP_LIMITS.signInsPerMinuteMax, timeWindow: '1 minute' } } as const;
  app.get(OUTSIDE_PATH, { config, schema: { hide: true, querystring: Begin } }, async (request, reply) => {
    const { address, state } = await node.identity.requireOutside().begin(request.query.to ?? '/');
    reply.setCookie(cookieName(node), state, { ...cookieOptions(node), maxAge: STATE_LIFE_S });
    return await reply.header('cache-control', 'no-store').redirect(address, 303);
  });
  app.get(OUTSIDE_BACK_PATH, { config, schema: { hide: true } }, (request, reply) =>
    finish(node, request, reply),
  );
}

/** The browser goes on from a page of ours, which brings the new cookie along; a redirect from outside would not. */
async function finish(node: Node, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.clearCookie(cookieName(node), cookieOptions(node));
  const given = request.cookies[cookieName(node)] ?? '';
  const state = STATE.test(given) ? given : undefined;
  const { caller, goOnTo } = await node.identity.requireOutside().finish(request.raw.url ?? '', state);
  await startSignedIn(node, { request, reply, caller });
  await goOn(node, reply, goOnTo);
}

function cookieName(node: Node): string {
  return isSecure(node) ? '__Secure-xinqiao-outside' : 'xinqiao-outside';
}

function cookieOptions(node: Node) {
  return { path: OUTSIDE_PATH, httpOnly: true, sameSite: 'lax', secure: isSecure(node) } as const;
}

function isSecure({ config }: Node): boolean {
  return config.publicUrl.startsWith('https:');
}
