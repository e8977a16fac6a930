import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './app-types.ts';

/** Adds the description of the API, made from the routes' own schemas, and a page to read it. */
export async function describeApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '信桥 Xinqiao',
        version: '1',
        description:
          '融资信用服务平台市级节点。The open municipal node of the financing-credit service platform.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'xinqiao' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
      tags: TAGS,
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: DOCS_POLICY,
    uiConfig: { validatorUrl: null, deepLinking: true },
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(openApiText(app)),
  );
}

const TAGS = [
  { name: 'node', description: '节点 · the node itself' },
  { name: 'session', description: '登录 · signing in' },
  { name: 'lists', description: '清单（第 5–7 条）· the three lists' },
  { name: 'deliveries', description: '交付（第 6 条）· collection' },
  { name: 'enterprises', description: '企业与报告（第 8、12 条）· enterprises and reports' },
  { name: 'register', description: '主体登记册 · the enterprise register' },
  { name: 'participants', description: '参与方与接入（第 1–3 条）· who takes part, and admission' },
  { name: 'mandates', description: '经办授权书（第 12 条）· who may act for an enterprise' },
  { name: 'proofs', description: '核验（第 13 条）· what anyone can check' },
];

/** The reading page sets styles from its script; scripts stay files of this node. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** The description as committed: stable order, one trailing newline. */
export function openApiText(app: App): string {
  return `${JSON.stringify(app.swagger(), undefined, 2)}\n`;
}
