import { PassThrough, Readable } from 'node:stream';
import { Type } from 'typebox';
import { answerBatch, BATCH_LIMITS, type QueryContext } from '#information';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { ErrorBody } from '../schemas.ts';
import { streamOf } from '../spool.ts';

export const NDJSON = 'application/x-ndjson';

const { linesMax, lineBytesMax, bytesMax } = BATCH_LIMITS;

/** 批量查询（第 8 条）: many queries in one call, each a query of its own. */
export function queryBatchRoutes(app: App, node: Node): void {
  const context: QueryContext = { ...node, ...(node.askSources && { askSources: node.askSources }) };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload));
  app.post(
    '/api/v1/query-batches',
    {
      schema: {
        tags: ['queries'],
        summary: '批量查询（逐行流式） · queries by stream, one per line',
        description: `Request: NDJSON in UTF-8, one query per line as in POST /api/v1/queries with its own \`idempotencyKey\` and, if wanted, \`line\`, the asker's reference; at most ${linesMax} lines, ${lineBytesMax} bytes a line, ${bytesMax} bytes in all. Answer: one line per query in the order they came, \`{"ref", "isRepeated", "answer"}\` or \`{"ref", "refusal": {"code", "clause", "message", "remedy"}}\`, each as soon as it is there; \`ref\` is the query's \`line\` or the number of its line. The token names every consent that the lines use, one authorization detail each. A batch sent again with the same keys gives the same disclosures.`,
        consumes: [NDJSON],
        response: {
          200: { content: { [NDJSON]: { schema: Type.Unsafe<Readable>(Type.String()) } } },
          '4xx': ErrorBody,
          '5xx': ErrorBody,
        },
      },
    },
    async (request, reply) => {
      const sender = { caller: callerOf(request), named: request.tokenConsents };
      const answers = answerBatch(context, sender, readAhead(streamOf(request.body)));
      // Taken line by line: a client that does not read is not worked for, one that went away ends the batch.
      return await reply.type(`${NDJSON}; charset=utf-8`).send(Readable.from(answers, { objectMode: false }));
    },
  );
}

/**
 * A client may send its whole batch before it reads anything: were it not read, both sides would wait for each other. A
 * body that breaks off breaks off the batch; of one past the limits the rest is thrown away, so that the client, still
 * sending, comes to read why.
 */
function readAhead(body: Readable): Readable {
  const ahead = new PassThrough({ highWaterMark: bytesMax });
  body.once('error', (error) => ahead.destroy(error));
  ahead.once('close', () => body.resume());
  return body.pipe(ahead);
}
