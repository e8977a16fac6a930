import assert from 'node:assert';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inTransaction } from '#kernel';
import { callerOfSession, makeAuthenticator, type SignedIn } from '#platform';
import type { Caller } from '#security';
import type { Node } from '../node.ts';
import type { App } from './app-types.ts';
import { requireOwnSite } from './origin.ts';

/**
 * Establishes who asks before anything of the body is read, for every route of this scope: HTTP Basic of a machine,
 * else the browser's session. Throws `account.not_signed_in`, `account.sign_in_refused` or `request.other_site`.
 */
export function authenticateRequests(app: App, node: Node): void {
  const authenticateMachine = makeAuthenticator(node.database, node.clock);
  app.addHook('onRequest', async (request) => {
    const credentials = readBasic(request.headers.authorization);
    if (credentials !== undefined) {
      request.caller = await authenticateMachine(credentials);
      return;
    }
    const hasCookie = sessionToken(node, request) !== undefined;
    requireOwnSite(request, { publicUrl: node.config.publicUrl, hasCookie });
    request.caller = (await readSignedIn(node, request)).caller;
  });
}

/** The person behind the session cookie. */
export async function readSignedIn(node: Node, request: FastifyRequest): Promise<SignedIn> {
  const token = sessionToken(node, request) ?? '';
  return await inTransaction(node.database, (tx) => callerOfSession(tx, node.clock, token));
}

/** Who asks; only for routes under `authenticateRequests`. */
export function callerOf(request: FastifyRequest): Caller {
  assert(request.caller !== null, 'a route without authentication asks for its caller');
  return request.caller;
}

/** `login:password` in base64 (RFC 7617, UTF-8); undefined when the header is absent or of another scheme. */
function readBasic(header: string | undefined): { login: string; password: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { login: text.slice(0, colon), password: text.slice(colon + 1) };
}

export function sessionToken(node: Node, request: FastifyRequest): string | undefined {
  return request.cookies[cookieName(node)];
}

export function setSessionCookie(node: Node, reply: FastifyReply, token: string): void {
  reply.setCookie(cookieName(node), token, cookieOptions(node));
}

export function clearSessionCookie(node: Node, reply: FastifyReply): void {
  reply.clearCookie(cookieName(node), cookieOptions(node));
}

/** Under TLS the name itself tells the browser to take it from this host alone (RFC 6265bis, `__Host-`). */
function cookieName(node: Node): string {
  return isSecure(node) ? '__Host-xinqiao' : 'xinqiao';
}

function cookieOptions(node: Node) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(node) } as const;
}

function isSecure(node: Node): boolean {
  return node.config.publicUrl.startsWith('https:');
}
