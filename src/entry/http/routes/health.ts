import { Type } from 'typebox';
import { inTransaction, LIMITS } from '#kernel';
import { isSyntheticNode, readCatalogueStamp } from '#lists';
import { readLogState } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { answers, nullable } from '../schemas.ts';

const Check = Type.Union([Type.Literal('ok'), Type.Literal('behind'), Type.Literal('away')]);
const Readiness = Type.Object({ isReady: Type.Boolean(), database: Check, log: Check });

const NodeFacts = Type.Object({
  name: Type.String(),
  isSynthetic: Type.Boolean(),
  isDemonstration: Type.Boolean(),
  signIn: Type.Object({
    passwords: Type.Boolean(),
    outside: nullable(
      Type.String({ description: 'what people call the identity provider at which they sign in' }),
    ),
  }),
});

/** The promise on receipts is one second; a log ten times behind it is not written by anyone. */
const LOG_BEHIND_MS = 10 * LIMITS.sequenceWithinMs;

/** Whether the process lives, whether it can work, and what a page must say before anyone signs in. */
export function healthRoutes(app: App, node: Node): void {
  const config = { rateLimit: false } as const;
  app.get(
    '/healthz',
    { config, schema: { tags: ['node'], response: { 200: Type.Object({ isAlive: Type.Boolean() }) } } },
    async () => ({ isAlive: true }),
  );
  app.get(
    '/readyz',
    { config, schema: { tags: ['node'], response: { 200: Readiness, 503: Readiness } } },
    async (_request, reply) => {
      const readiness = await readReadiness(node);
      return await reply.code(readiness.isReady ? 200 : 503).send(readiness);
    },
  );
  app.get(
    '/api/v1/node',
    {
      schema: {
        tags: ['node'],
        response: answers(NodeFacts),
      },
    },
    async () => ({
      name: node.config.nodeName,
      isSynthetic: await inTransaction(node.database, isSyntheticNode, 'snapshot'),
      isDemonstration: node.config.demonstrationEnterprises > 0,
      signIn: {
        passwords: node.identity.rules.passwords === 'on',
        outside: node.identity.outside?.name ?? null,
      },
    }),
  );
}

type Readiness = { isReady: boolean; database: 'ok' | 'away'; log: 'ok' | 'behind' | 'away' };

/** The structure is there when the catalogue can be read: migrations ran before the node began to listen. */
async function readReadiness(node: Node): Promise<Readiness> {
  try {
    await inTransaction(node.database, readCatalogueStamp, 'snapshot');
    const { oldestWaitingAt } = await readLogState(node.database);
    const waitedMs =
      oldestWaitingAt === undefined ? 0 : node.clock.now().getTime() - oldestWaitingAt.getTime();
    const log = waitedMs > LOG_BEHIND_MS ? 'behind' : 'ok';
    return { isReady: log === 'ok', database: 'ok', log };
  } catch (error) {
    node.logger.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'not ready');
    return { isReady: false, database: 'away', log: 'away' };
  }
}
