import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { authenticate, callerOfSession, endSession, type SignedIn, startSession } from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { clearSessionCookie, readSignedIn, sessionToken, setSessionCookie } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { requireOwnSite } from '../origin.ts';
import { answers, nullable } from '../schemas.ts';

const Session = Type.Object({
  login: Type.String(),
  label: Type.Object({ zh: Type.String(), en: Type.String() }),
  kind: Type.String(),
  roles: Type.Array(Type.String()),
  organisation: nullable(Type.String()),
  isDemonstration: Type.Boolean(),
});
const Credentials = Type.Object(
  {
    login: Type.String({ minLength: 1, maxLength: 200 }),
    password: Type.String({ minLength: 1, maxLength: 400 }),
  },
  { additionalProperties: false },
);

/** Signing in, who is signed in, signing out. */
export function sessionRoutes(app: App, node: Node): void {
  const tags = ['session'];
  app.addHook('onRequest', async (request) => {
    const hasCookie = sessionToken(node, request) !== undefined;
    requireOwnSite(request, { publicUrl: node.config.publicUrl, hasCookie });
  });
  app.post(
    '/api/v1/session',
    {
      config: { rateLimit: { max: HTTP_LIMITS.signInsPerMinuteMax, timeWindow: '1 minute' } },
      schema: { tags, summary: '登录 · sign in', body: Credentials, response: answers(Session) },
    },
    async (request, reply) => {
      request.caller = await authenticate(node.database, node.clock, request.body);
      const session = { caller: request.caller, replaces: sessionToken(node, request) };
      const { token, signedIn } = await inTransaction(node.database, async (tx) => {
        const fresh = await startSession(tx, node.clock, session);
        return { token: fresh, signedIn: await callerOfSession(tx, node.clock, fresh) };
      });
      setSessionCookie(node, reply, token);
      return toSession(signedIn);
    },
  );
  app.get(
    '/api/v1/session',
    { schema: { tags, summary: '当前登录 · who is signed in', response: answers(Session) } },
    async (request) => toSession(await readSignedIn(node, request)),
  );
  app.delete(
    '/api/v1/session',
    { schema: { tags, summary: '退出 · sign out', response: { 204: Type.Null() } } },
    async (request, reply) => {
      const token = sessionToken(node, request);
      if (token !== undefined) await inTransaction(node.database, (tx) => endSession(tx, token));
      clearSessionCookie(node, reply);
      return await reply.code(204).send(null);
    },
  );
}

function toSession({ caller, login, label, isDemonstration }: SignedIn) {
  const { kind, roles, organisation } = caller;
  return { login, label, kind, roles: [...roles], organisation, isDemonstration };
}
