import { Refusal } from '#kernel';
import { type Caller, recordRefusal } from '#security';
import type { QueryContext } from '../query/query-shape.ts';
import { type RunQuery, runQuery } from '../query/run-query.ts';
import { BATCH_LIMITS } from './batch-limits.ts';
import { batchRefusal } from './batch-refusals.ts';
import { BatchLine, parseLine, refOf, requireLine, toRequest } from './query-line.ts';
import { requireNamed } from './require-named.ts';
import { inOrder } from './in-order.ts';
import { type RawLine, splitLines } from './split-lines.ts';

/** Who sends a batch. `named`: the consents its token names; undefined: a person signed in, who names them in the lines. */
type BatchSender = { readonly caller: Caller; readonly named: readonly string[] | undefined };

/**
 * `POST /api/v1/query-batches`: one query per line in, one line per query out, in the order they came. Every line is a
 * `runQuery` of its own, with its decision, its leaf and its idempotency key: a batch sent again after a cut gives the
 * same disclosures. What is wrong with a line is its answer, and the others go on.
 */
export function answerBatch(
  context: QueryContext,
  sender: BatchSender,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void> {
  const lines = splitLines(bytes, BATCH_LIMITS);
  return inOrder(lines, BATCH_LIMITS.linesAtOnce, (line) => answerLine(context, sender, line));
}

async function answerLine(
  context: QueryContext,
  { caller, named }: BatchSender,
  raw: RawLine,
): Promise<string> {
  const value = 'text' in raw ? parseLine(raw.text) : undefined;
  const ref = refOf(value, raw.no);
  try {
    if ('refusal' in raw) throw raw.refusal;
    const { idempotencyKey, ...line } = requireLine(BatchLine, value);
    requireNamed(named, line.consentId);
    return answeredLine(ref, await runQuery(context, toRequest(line, { caller, idempotencyKey })));
  } catch (error) {
    return refusedLine(ref, await refuseLine(context, caller, error));
  }
}

/** The answer's text as it stands: its digest is over these bytes. */
export function answeredLine(ref: string, { answer, isRepeated }: RunQuery): string {
  return `{"ref":${JSON.stringify(ref)},"isRepeated":${isRepeated},"answer":${answer}}\n`;
}

export function refusedLine(ref: string, refusal: Refusal): string {
  return `${JSON.stringify({ ref, refusal: refusal.toJSON() })}\n`;
}

/** A right refused is a leaf, as at the border; anything that is no refusal is the node's own fault and says so. */
export async function refuseLine(context: QueryContext, caller: Caller, error: unknown): Promise<Refusal> {
  if (!(error instanceof Refusal)) {
    const name = error instanceof Error ? error.name : 'unknown';
    context.lists.logger.error({ error: name }, 'a line of a batch failed');
    return batchRefusal('query_batch.line_failed');
  }
  if (error.text.status === 403) await recordRefusal(context, error, { caller, operation: 'query' });
  return error;
}
