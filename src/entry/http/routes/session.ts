import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { endSession, type SignedIn } from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { clearSessionCookie, readSignedIn, sessionToken, signIn } from '../authentication.ts';
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
    code: Type.Optional(
      Type.String({
        maxLength: 40,
        description: '验证器应用的六位数字，或备用码 · of the authenticator, or a recovery code',
      }),
    ),
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
    async (request, reply) => toSession(await signIn(node, { request, reply, credentials: request.body })),
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
