import assert from 'node:assert';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inTransaction, Refusal } from '#kernel';
import { requireExactCode } from '#lists';
import {
  authenticate,
  type Call,
  callerOfSession,
  type Credentials,
  makeAuthenticator,
  type ProofUse,
  type SignedIn,
  startSession,
  type TokenCaller,
} from '#platform';
import type { Caller } from '#security';
import type { Node } from '../node.ts';
import type { App } from './app-types.ts';
import { requireOwnSite } from './origin.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a route that books proofs itself: what it must book before any effect. Null: booked, or no token was used. */
    proofUse: ProofUse | null;
  }
  interface FastifyContextConfig {
    /** The route calls `bookProof` in its own transaction, which saves a round trip to the database. */
    booksProof?: boolean;
  }
}

/**
 * Establishes who asks before anything of the body is read, for every route of this scope: a program's access token
 * with its proof, HTTP Basic of a machine, else the browser's session.
 * Throws `token.…`, `proof.…`, `account.not_signed_in`, `account.sign_in_refused` or `request.other_site`.
 */
export function authenticateRequests(app: App, node: Node): void {
  const authenticateMachine = makeAuthenticator(node.database, node.clock, node.identity.rules);
  app.decorateRequest('proofUse', null);
  app.addHook('onRequest', async (request, reply) => {
    if (hasToken(request)) {
      await verifyToken(node, request, reply);
      return;
    }
    const credentials = readBasic(request.headers.authorization);
    if (credentials !== undefined) {
      request.caller = await authenticateMachine(credentials);
      return;
    }
    const hasCookie = sessionToken(node, request) !== undefined;
    requireOwnSite(request, { publicUrl: node.config.publicUrl, hasCookie });
    request.caller = (await readSignedIn(node, request)).caller;
  });
  app.addHook('preValidation', async ({ body, tokenConsents }) => {
    if (tokenConsents !== undefined) requireExactCodeIn(body);
  });
}

/** Before the shape is looked at, so that a program hears what is wrong with its code, whatever the route. */
function requireExactCodeIn(body: unknown): void {
  if (typeof body !== 'object' || body === null || !('enterprise' in body)) return;
  if (typeof body.enterprise === 'string') requireExactCode(body.enterprise);
}

function hasToken({ headers }: FastifyRequest): boolean {
  return headers.dpop !== undefined || /^(DPoP|Bearer) /i.test(headers.authorization ?? '');
}

/** Every answer brings the nonce of the next proof; a refused one says which check failed (RFC 9449, 7.1). */
async function verifyToken(node: Node, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { identity } = node;
  const { dpop } = request.headers;
  const call = {
    authorization: request.headers.authorization,
    // Two headers are two proofs, which is none (RFC 9449, 4.3).
    dpop: Array.isArray(dpop) ? dpop.join(',') : dpop,
    method: request.method,
    url: request.raw.url ?? '/',
  };
  reply.header('dpop-nonce', identity.nonce());
  const { caller, consentIds } = await take(node, request, call);
  request.caller = caller;
  request.tokenConsents = consentIds;
}

async function take(node: Node, request: FastifyRequest, call: Call): Promise<TokenCaller> {
  if (request.routeOptions.config.booksProof !== true) return await node.identity.verifyCall(call);
  const found = await node.identity.verifyCallStateless(call);
  request.proofUse = found;
  return found;
}

/** The person behind the session cookie. */
export async function readSignedIn(node: Node, request: FastifyRequest): Promise<SignedIn> {
  const token = sessionToken(node, request) ?? '';
  const { rules } = node.identity;
  return await inTransaction(node.database, (tx) => callerOfSession(tx, node.clock, token, rules));
}

/** As `readSignedIn`, for pages that also have something to show to nobody; the caller is kept on the request. */
export async function findCaller(node: Node, request: FastifyRequest): Promise<Caller | undefined> {
  try {
    request.caller = (await readSignedIn(node, request)).caller;
    return request.caller;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'account.not_signed_in') return undefined;
    throw error;
  }
}

/** Signs a person in by the rules of this node; the browser has its cookie with the answer. */
export async function signIn(
  node: Node,
  { request, reply, credentials }: { request: FastifyRequest; reply: FastifyReply; credentials: Credentials },
): Promise<SignedIn> {
  const { database, clock, identity } = node;
  const caller = await authenticate(database, clock, credentials, identity.rules);
  return await startSignedIn(node, { request, reply, caller });
}

/** Starts the session of somebody who has just proved who they are, in place of the browser's earlier one. */
export async function startSignedIn(
  node: Node,
  { request, reply, caller }: { request: FastifyRequest; reply: FastifyReply; caller: Caller },
): Promise<SignedIn> {
  const { database, clock, identity } = node;
  const { rules } = identity;
  const session = { caller, replaces: sessionToken(node, request), rules };
  const { token, signedIn } = await inTransaction(database, async (tx) => {
    const fresh = await startSession(tx, clock, session);
    return { token: fresh, signedIn: await callerOfSession(tx, clock, fresh, rules) };
  });
  setSessionCookie(node, reply, token);
  request.caller = caller;
  return signedIn;
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

function setSessionCookie(node: Node, reply: FastifyReply, token: string): void {
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
