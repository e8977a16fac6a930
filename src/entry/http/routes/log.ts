import { Type } from 'typebox';
import { type LogFileParts, logOrigin, type LogPath, parsePath, readLogFile, TILE_WIDTH } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { httpRefusal } from '../http-refusals.ts';
import { ErrorBody } from '../schemas.ts';

/** Below it everything is addressed as C2SP tlog-tiles says. */
const PREFIX = '/api/v1/log/';

/** Files of one address and minute: a whole log of a million entries, three files to 256 entries, in three minutes. */
const FILES_PER_MINUTE_MAX = 5_000;

type FileRoute = { readonly path: string; readonly summary: string };

const TEXTS: readonly FileRoute[] = [
  { path: 'checkpoint', summary: '日志最新签名检查点 · latest signed checkpoint (C2SP tlog-checkpoint)' },
  { path: 'keys', summary: '日志公钥 · keys of the log, one to a line (C2SP signed-note verifier keys)' },
];
const BUNDLES: readonly FileRoute[] = [
  { path: 'tile/*', summary: '日志树块与条目 · tiles and entry bundles of the log (C2SP tlog-tiles)' },
  { path: 'checkpoints/*', summary: '历次检查点 · every checkpoint, by the bundle in which its size ends' },
];

/** The log for anyone: what is in it, what was signed, and the keys. No account, nothing about anybody. */
export function logRoutes(app: App, node: Node): void {
  const parts = {
    database: node.database,
    keys: node.keys,
    origin: logOrigin(node.config.publicUrl),
  };
  for (const file of TEXTS) addFile(app, parts, { ...file, type: 'text/plain; charset=utf-8' });
  for (const file of BUNDLES) addFile(app, parts, { ...file, type: 'application/octet-stream' });
}

function addFile(app: App, parts: LogFileParts, { path, summary, type }: FileRoute & { type: string }): void {
  const schema = Type.Unsafe<Buffer>({ type: 'string', format: 'binary' });
  const body = { description: 'The bytes as signed', content: { [type]: { schema } } };
  app.get(
    `${PREFIX}${path}`,
    {
      config: { rateLimit: { max: FILES_PER_MINUTE_MAX } },
      schema: { tags: ['proofs'], summary, response: { 200: body, '4xx': ErrorBody, '5xx': ErrorBody } },
    },
    async (request, reply) => {
      // The address as it was sent: another spelling of the same file would be another entry of every cache.
      const asked = parsePath(request.url.slice(PREFIX.length));
      const bytes = asked === undefined ? undefined : await readLogFile(parts, asked);
      reply.header('cache-control', bytes === undefined ? 'no-store' : cachingOf(asked));
      if (bytes === undefined) throw httpRefusal('request.not_found');
      return await reply.type(type).send(bytes);
    },
  );
}

/** What never changes is kept for ever, a partial file until the full one takes its place, the rest a second. */
function cachingOf(path: LogPath | undefined): string {
  if (path === undefined || !('width' in path)) return 'public, max-age=1';
  return path.width === TILE_WIDTH ? 'public, max-age=31536000, immutable' : 'public, max-age=86400';
}
