import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import {
  authenticate,
  beginSecondFactor,
  confirmSecondFactor,
  type Credentials,
  type FactorContext,
  secondFactorContext,
} from '#platform';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { sessionToken } from '../authentication.ts';
import { HTTP_LIMITS } from '../http-limits.ts';
import { requireOwnSite } from '../origin.ts';
import { answers } from '../schemas.ts';

const Login = {
  login: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.String({ minLength: 1, maxLength: 400 }),
};
const Enrolled = Type.Object({
  uri: Type.String({ description: 'For a QR code' }),
  secret: Type.String({ description: 'The same in base 32, to type in' }),
  recoveryCodes: Type.Array(Type.String(), { description: 'Shown once; each is good once' }),
});

/**
 * Enrolling an authenticator. It takes login and password, not a session: where a second factor is required there is
 * no session without one.
 */
export function secondFactorRoutes(app: App, node: Node): void {
  const tags = ['session'];
  const config = { rateLimit: { max: HTTP_LIMITS.signInsPerMinuteMax, timeWindow: '1 minute' } };
  app.addHook('onRequest', async (request) => {
    const hasCookie = sessionToken(node, request) !== undefined;
    requireOwnSite(request, { publicUrl: node.config.publicUrl, hasCookie });
  });
  app.post(
    '/api/v1/second-factor',
    {
      config,
      schema: {
        tags,
        summary: '绑定验证器应用 · begin to enrol an authenticator',
        body: Type.Object(Login, { additionalProperties: false }),
        response: answers(Enrolled),
      },
    },
    async ({ body }, reply) => {
      const context = contextOf(node);
      const { id } = await enter(node, body);
      const account = { accountId: id, label: body.login };
      reply.header('cache-control', 'no-store');
      const enrolment = await inTransaction(node.database, (tx) => beginSecondFactor(tx, context, account));
      return { ...enrolment, recoveryCodes: [...enrolment.recoveryCodes] };
    },
  );
  app.post(
    '/api/v1/second-factor/confirm',
    {
      config,
      schema: {
        tags,
        summary: '用第一个验证码完成绑定 · confirm it by its first code',
        body: Type.Object(
          { ...Login, code: Type.String({ minLength: 6, maxLength: 10 }) },
          { additionalProperties: false },
        ),
        response: { ...answers(Type.Null()), 204: Type.Null() },
      },
    },
    async ({ body: { code, ...credentials } }, reply) => {
      const context = contextOf(node);
      const { id } = await enter(node, credentials);
      await inTransaction(node.database, (tx) =>
        confirmSecondFactor(tx, context, { accountId: id, code: code.trim() }),
      );
      return await reply.code(204).send(null);
    },
  );
}

function contextOf({ clock, identity, config }: Node): FactorContext {
  return secondFactorContext(clock, identity.rules, config.nodeName);
}

/** By password alone, as far as the account has nothing more; what is required later is not required here. */
async function enter(node: Node, credentials: Credentials) {
  const rules = { ...node.identity.rules, secondFactor: 'optional' } as const;
  return await authenticate(node.database, node.clock, credentials, rules);
}
