import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { addAttachment, ATTACHMENT_LIMITS, readAttachment, removeAttachment, requireOwn } from '#rights';
import type { Node } from '../../node.ts';
import { openVoluntary } from '../../voluntary.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers, ErrorBody } from '../schemas.ts';
import { withSpooled } from '../spool.ts';
import { AttachedAnswer, AttachmentId, ItemId, ReceiptAnswer } from './voluntary-schemas.ts';

const tags = ['rights'];
const One = Type.Object({ id: AttachmentId });

/** Attachments of the voluntary list: the body is the file's bytes, of whatever type it calls itself. */
export function attachmentRoutes(app: App, node: Node): void {
  const context = openVoluntary(node);
  const inTurn = takeTurns(ATTACHMENT_LIMITS.atOnceMax);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.post(
    '/api/v1/voluntary/items/:id/attachments',
    {
      schema: {
        tags,
        summary: '上传附件，PDF、JPEG 或 PNG · attach a file',
        consumes: ['application/octet-stream'],
        params: Type.Object({ id: ItemId }),
        querystring: Type.Object({ name: Type.String({ minLength: 1, maxLength: 300 }) }),
        response: answers(AttachedAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      // Before a byte of it is taken in.
      await inTransaction(node.database, (tx) => requireOwn(tx, context, { caller, act: 'keep_items' }));
      const bytesMax = ATTACHMENT_LIMITS.bytesMax;
      const limit = { bytesMax, tooLarge: () => httpRefusal('request.too_large', { bytesMax }) };
      const { name } = request.query;
      return await withSpooled(request.body, limit, (path) =>
        inTurn(async () => {
          const bytes = await readFile(path);
          return await addAttachment(context, { caller, itemId: request.params.id, name, bytes });
        }),
      );
    },
  );
  app.get(
    '/api/v1/voluntary/attachments/:id',
    {
      schema: {
        tags,
        summary: '下载本企业的附件 · download an own attachment',
        params: One,
        response: {
          200: { content: { 'application/octet-stream': { schema: Type.Any() } } },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const asked = { caller: callerOf(request), attachmentId: request.params.id };
      const { line, bytes } = await inTurn(() => readAttachment(context, asked));
      // Never inline and never under its own type: no browser is to show it in our name.
      reply.header('content-disposition', `attachment; filename*=UTF-8''${percentEncoded(line.name)}`);
      reply.header('x-content-type-options', 'nosniff');
      reply.header('content-security-policy', "default-src 'none'; sandbox");
      reply.header('cache-control', 'no-store');
      return await reply.type('application/octet-stream').send(bytes);
    },
  );
  app.delete(
    '/api/v1/voluntary/attachments/:id',
    {
      schema: {
        tags,
        summary: '删除附件，证据等级随之下降 · remove an attachment',
        params: One,
        response: answers(ReceiptAnswer),
      },
    },
    async (request) =>
      await removeAttachment(context, { caller: callerOf(request), attachmentId: request.params.id }),
  );
}

/** RFC 8187: everything but letters, digits and a few signs. */
export function percentEncoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Runs so many at once; who comes then waits, in order. */
export function takeTurns(atOnceMax: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
