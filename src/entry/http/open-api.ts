import { join } from 'node:path';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { interfaceState, loadLifecycles } from '#platform';
import type { Node } from '../node.ts';
import type { App } from './app-types.ts';
import { completeDocument, type OpenApiDocument } from './interfaces/document.ts';
import { loadDocumentParts } from './interfaces/load-parts.ts';
import { followOperations } from './interfaces/operations.ts';

/** Adds the description of the API, made from the routes' own schemas, and a page to read it. */
export async function describeApi(app: App, node: Node): Promise<void> {
  const { packageFolder, definitionsFolder } = node.config;
  const city = definitionsFolder === undefined ? [] : [join(definitionsFolder, 'interfaces')];
  const ends = loadLifecycles([join(packageFolder, 'models', 'interfaces'), ...city]);
  followOperations(app, node, ends);
  const files = loadDocumentParts(packageFolder, node.policies);
  const complete = (document: OpenApiDocument): void => {
    const at = node.clock.now();
    const operations = app.listOperations();
    const deprecated = [...ends.values()].filter((end) => interfaceState(end, at) !== 'current');
    completeDocument(document, {
      ...files,
      deprecated: new Set(deprecated.map((end) => end.interface)),
      needsCaller: new Set(operations.filter(({ needsCaller }) => needsCaller).map(({ id }) => id)),
    });
  };
  await app.register(swagger, {
    transformObject: (given) => {
      if (!('openapiObject' in given)) return given.swaggerObject;
      complete(given.openapiObject as OpenApiDocument); // the library's own types know no path for certain
      return given.openapiObject;
    },
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
          dpop: {
            type: 'http',
            scheme: 'dpop',
            description: 'Access token bound to a key (RFC 9449); see docs/integrators.md',
          },
        },
      },
      tags: TAGS,
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: DOCS_POLICY,
    // Folded: with all operations open at once the page draws only the first of them.
    uiConfig: { validatorUrl: null, deepLinking: true, docExpansion: 'none', filter: true },
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
  { name: 'sources', description: '数据源接口（第 1 条）· source interfaces, their figures and capacity' },
  { name: 'interfaces', description: '接口登记（第 1 条）· the register of interfaces' },
  { name: 'models', description: '机构自有模型（第 3、9 条）· institutions’ own models' },
  { name: 'proofs', description: '核验（第 13 条）· what anyone can check' },
  { name: 'clients', description: '机器与密钥（第 1、13 条）· machines and their keys' },
  { name: 'consents', description: '授权书（第 1、12 条）· consents' },
  { name: 'queries', description: '查询与核验（第 8 条）· queries and verification' },
  { name: 'outcomes', description: '融资结果（第 11 条）· outcomes of financing' },
  { name: 'whitelists', description: '白名单（第 9 条）· whitelists' },
  { name: 'monitoring', description: '风险监测（第 10 条）· watch lists and alerts' },
  { name: 'portrait', description: '企业画像（第 9 条）· the portrait of an enterprise' },
  { name: 'returns', description: '用信成效（第 11 条）· what the data achieved' },
  { name: 'rights', description: '企业权利（第 7、12 条）· what an enterprise is owed' },
];

/** The reading page sets styles from its script; scripts stay files of this node. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** The description as committed: stable order, one trailing newline. */
export function openApiText(app: App): string {
  return `${JSON.stringify(app.swagger(), undefined, 2)}\n`;
}
