import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import {
  answerFile,
  BATCH_LIMITS,
  receiveQueryFile,
  requireFileClient,
  requireQueryFile,
  tooLarge,
} from '#information';
import { requireIdempotencyKey } from '#security';
import type { Node } from '../../node.ts';
import { openQueryFiles } from '../../query-files.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { ErrorBody, Instant, nullable } from '../schemas.ts';
import { withSpooled } from '../spool.ts';
import { NDJSON } from './query-batches.ts';

const tags = ['queries'];
const QueryFile = Type.Object({
  fileId: Type.String(),
  digest: Type.String({ description: 'SHA-256 of the request file, hex' }),
  state: Type.Enum(['received', 'running', 'done']),
  lines: Type.Integer(),
  answered: Type.Integer(),
  refused: Type.Integer(),
  receivedAt: Instant,
  dueAt: Instant,
  doneAt: nullable(Instant),
  removeAt: nullable(Instant),
});
const errors = { '4xx': ErrorBody, '5xx': ErrorBody } as const;

/** 批量查询文件（第 8 条）: a request file in, an answer file out, by night. */
export function queryFileRoutes(app: App, node: Node): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  handInRoute(app, node);
  fetchRoute(app, node);
}

function handInRoute(app: App, node: Node): void {
  const context = openQueryFiles(node);
  const { fileLinesMax, fileBytesMax: bytesMax, fileKeepMs } = BATCH_LIMITS;
  app.put(
    '/api/v1/query-files',
    {
      schema: {
        tags,
        summary: '交送批量查询文件，夜间办理 · hand in a query file for the night',
        description: `The body is the file: JSON Lines in UTF-8 with the members of a batch’s line but no \`idempotencyKey\`, or CSV, TSV or XLSX (UTF-8 or GB18030; gzip or zip) with a header: 行号 line, 统一社会信用代码 enterprise, 授权编号 consentId, 用途 purpose, 目录编号 contracts (separated by spaces), 申请编号 application, 经办人 operator, 网点 branch, 机构 institution; line, branch and institution may be absent. At most ${fileLinesMax} lines and ${bytesMax} bytes. The token names no consent: admission and consent are judged for each line when it runs, from 01:00 in Beijing. The answer file is kept for ${fileKeepMs / 86_400_000} days.`,
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String()) }),
        response: { 202: QueryFile, ...errors },
      },
      onRequest: async (request) => {
        requireFileClient(callerOf(request), request.tokenConsents);
        requireIdempotencyKey(request.headers['idempotency-key']);
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const participantId = requireFileClient(caller, request.tokenConsents);
      const idempotencyKey = requireIdempotencyKey(request.headers['idempotency-key']);
      const { answer, isRepeated } = await withSpooled(request.body, { bytesMax, tooLarge }, (path) =>
        receiveQueryFile(context, { caller, participantId, idempotencyKey, path }),
      );
      reply.code(202).header('idempotent-replayed', String(isRepeated));
      return JSON.parse(answer) as Static<typeof QueryFile>;
    },
  );
}

function fetchRoute(app: App, node: Node): void {
  const context = openQueryFiles(node);
  app.get(
    '/api/v1/query-files/:id',
    {
      schema: {
        tags,
        summary: '取回答复文件 · fetch the answer file',
        description:
          '200: the answer file, NDJSON as of POST /api/v1/query-batches, one line per line of the request. 202: not done yet; how far it is. An answer whose consent or admission ended since is its refusal instead.',
        params: Type.Object({ id: Type.String({ pattern: '^qfl_[0-9a-z]{26}$' }) }),
        response: {
          200: { content: { [NDJSON]: { schema: Type.Unsafe<Readable>(Type.String()) } } },
          202: QueryFile,
          ...errors,
        },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const participantId = requireFileClient(caller, request.tokenConsents);
      const fileId = request.params.id;
      const file = await requireQueryFile(context, { participantId, fileId });
      if (file.state !== 'done') return await reply.code(202).send(file);
      const answers = Readable.from(answerFile(context, { caller, fileId }), { objectMode: false });
      return await reply.type(`${NDJSON}; charset=utf-8`).send(answers);
    },
  );
}
