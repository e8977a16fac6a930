import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { ATTACHMENT_LIMITS, attachEvidence, readEvidenceFile, requireEvidenceRoom } from '#rights';
import type { Node } from '../../node.ts';
import { openEvidence } from '../../objections.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers, EnterpriseCode, ErrorBody } from '../schemas.ts';
import { withSpooled } from '../spool.ts';
import { percentEncoded, takeTurns } from './attachments.ts';
import { EvidenceAnswer, OfEvidence } from './objection-schemas.ts';

const tags = ['rights'];

/** 异议证据（第 12 条）: files are handed in before the objection that names them; the body is the file's bytes. */
export function objectionEvidenceRoutes(app: App, node: Node): void {
  const context = openEvidence(node);
  const inTurn = takeTurns(ATTACHMENT_LIMITS.atOnceMax);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.post(
    '/api/v1/enterprises/:code/objection-evidence',
    {
      schema: {
        tags,
        summary: '上传异议证据，PDF 或图片 · hand in evidence for an objection',
        consumes: ['application/octet-stream'],
        params: Type.Object({ code: EnterpriseCode }),
        querystring: Type.Object({ name: Type.String({ minLength: 1, maxLength: 300 }) }),
        response: answers(EvidenceAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), code: request.params.code };
      // Before a byte of it is taken in.
      await inTransaction(node.database, (tx) => requireEvidenceRoom(tx, context, asked));
      const { bytesMax } = ATTACHMENT_LIMITS;
      const limit = { bytesMax, tooLarge: () => httpRefusal('request.too_large', { bytesMax }) };
      const { name } = request.query;
      return await withSpooled(request.body, limit, (path) =>
        inTurn(async () => {
          const bytes = await readFile(path);
          return await attachEvidence(context, { ...asked, name, bytes });
        }),
      );
    },
  );
  app.get(
    '/api/v1/rights/objections/:objection/attachments/:sha256',
    {
      schema: {
        tags,
        summary: '下载异议的证据 · download evidence of an objection',
        params: OfEvidence,
        response: {
          200: { content: { 'application/octet-stream': { schema: Type.Any() } } },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const asked = { caller: callerOf(request), ...request.params };
      const { line, bytes } = await inTurn(() => readEvidenceFile(context, asked));
      // Never inline and never under its own type: no browser is to show it in our name.
      reply.header('content-disposition', `attachment; filename*=UTF-8''${percentEncoded(line.name)}`);
      reply.header('x-content-type-options', 'nosniff');
      reply.header('content-security-policy', "default-src 'none'; sandbox");
      reply.header('cache-control', 'no-store');
      return await reply.type('application/octet-stream').send(bytes);
    },
  );
}
