import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Type } from 'typebox';
import { inTransaction, LIMITS } from '#kernel';
import {
  type BatchResult,
  OUTCOMES_LIMITS,
  type OutcomesContext,
  readSheet,
  reportOutcomes,
  requireSheetMonth,
} from '#outcomes';
import { requireAllowed } from '#security';
import type { Node } from '../../node.ts';
import { refreshAfterBatch } from '../../watches.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers } from '../schemas.ts';
import { proveReporter, toBatchWire } from './outcome-reporting.ts';
import { Batch, Use } from './outcome-schemas.ts';

/** The monthly sheet: the body is the file's bytes, of any type, streamed to disk for the time of the call. */
export function outcomeSheetRoute(app: App, node: Node, context: OutcomesContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.put(
    '/api/v1/outcomes/sheets/:month',
    {
      schema: {
        tags: ['outcomes'],
        summary: '报送月度反馈表 · report by monthly sheet',
        description:
          'CSV, TSV or XLSX with the template’s header. Shown are the first rows that were refused or contradict another channel; the batch has all. The same sheet again changes nothing.',
        params: Type.Object({ month: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}$' }) }),
        querystring: Type.Object(Use),
        response: answers(Batch),
      },
      onRequest: async (request) => {
        requireAllowed(node.policies, callerOf(request), 'report_outcome');
        requireSheetMonth(request.params.month, node.clock);
      },
    },
    async (request) => {
      const [caller, { month }] = [callerOf(request), request.params];
      const result = await withSpooled(bytesOf(request.body), async (path) => {
        const sheet = await readSheet(path, { month, reasons: context.reasons, clock: node.clock });
        return await inTransaction(node.database, async (tx) => {
          const admission = await proveReporter(tx, node, caller, request.query);
          const taken = await reportOutcomes(tx, context, { admission, caller, ...sheet });
          await refreshAfterBatch(tx, { institutionId: admission.institutionId, result: taken });
          return taken;
        });
      });
      return toBatchWire(withResultsShown(result));
    },
  );
}

/** What a person must look at; the rest is in the counts. */
function withResultsShown(result: BatchResult): BatchResult {
  const results = result.results.filter(({ fate }) => fate === 'refused' || fate === 'conflicting');
  return { ...result, results: results.slice(0, LIMITS.receiptDefectsMax) };
}

function bytesOf(body: unknown): Readable {
  return body instanceof Readable ? body : Readable.from([]);
}

/** Private to this process, and gone when the call ends. */
async function withSpooled<Result>(
  bytes: Readable,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = join(tmpdir(), `xinqiao-${randomUUID()}`);
  try {
    await pipeline(bytes, bounded, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}

async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > OUTCOMES_LIMITS.sheetBytesMax) throw httpRefusal('request.too_large');
    yield chunk;
  }
}
