import { loadPortal } from '#portal';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';

/** The pages: every file has its own route, so that no path is ever joined with what was asked for. */
export function portalRoutes(app: App, node: Node): void {
  for (const file of loadPortal(node.config.packageFolder)) {
    app.get(file.path, { schema: { hide: true } }, async (request, reply) => {
      reply.headers({ etag: file.etag, 'cache-control': `max-age=${file.maxAgeSeconds}, must-revalidate` });
      if (request.headers['if-none-match'] === file.etag) return await reply.code(304).send();
      return await reply.type(file.type).send(file.body);
    });
  }
}
