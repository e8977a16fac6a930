import { createHmac } from 'node:crypto';
import { inTransaction, Refusal, type Tx } from '#kernel';
import { findClientCaller } from '#platform';
import type { Caller } from '#security';
import { runQuery } from '../query/run-query.ts';
import { answeredLine, refusedLine, refuseLine } from './answer-line.ts';
import { BATCH_LIMITS } from './batch-limits.ts';
import { batchRefusal } from './batch-refusals.ts';
import { type LineAnswer, openPage, type QueryFileContext, type ReadLine, sealPage } from './file-pages.ts';
import { inOrder } from './in-order.ts';
import { isHeld, persevere } from './persevere.ts';
import type { QueryFileTables } from './query-file-tables.ts';
import { toRequest } from './query-line.ts';

/** One page of a file; who asks and what its lines' keys come from are the file's. */
export type PageToRun = {
  readonly fileId: string;
  readonly pageNo: number;
  readonly callerId: string;
  readonly secret: string;
};

/**
 * Runs every line of the page and keeps the answers, sealed. Who asks is looked up for each page: a client that was
 * disabled meanwhile asks nothing more.
 */
export async function runPage(context: QueryFileContext, page: PageToRun): Promise<void> {
  const { database, clock, cipher } = context;
  const caller = await findClientCaller(database, clock, page.callerId);
  const lines = await inTransaction(database, (tx) => readLines(tx, context, page));
  const answers: LineAnswer[] = [];
  for await (const answer of inOrder(each(lines), BATCH_LIMITS.linesAtOnce, (line) =>
    runLine(context, { line, caller, page }),
  ))
    answers.push(answer);
  await inTransaction(database, async (tx) => {
    const { fileId, pageNo } = page;
    const sealed = await sealPage(tx, cipher, { fileId, pageNo, column: 'sealed_answers' }, answers);
    await keepAnswers(tx, page, { sealed, answers });
  });
}

async function readLines(
  tx: Tx,
  { cipher }: QueryFileContext,
  { fileId, pageNo }: PageToRun,
): Promise<readonly ReadLine[]> {
  const { sealed_lines: sealed } = await tx
    .tables<QueryFileTables>()
    .selectFrom('information.query_file_pages')
    .select('sealed_lines')
    .where('file_id', '=', fileId)
    .where('page_no', '=', pageNo)
    .executeTakeFirstOrThrow();
  return await openPage(tx, cipher, { fileId, pageNo, column: 'sealed_lines' }, sealed);
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item, void> {
  yield* items;
}

async function runLine(
  context: QueryFileContext,
  { line, caller, page }: { line: ReadLine; caller: Caller | undefined; page: PageToRun },
): Promise<LineAnswer> {
  if ('refused' in line) return { isAnswer: false, text: line.refused };
  const { no, ref, query } = line;
  if (caller === undefined)
    return { isAnswer: false, text: refusedLine(ref, batchRefusal('query_file.client_ended')) };
  const request = toRequest(query, { caller, idempotencyKey: keyOf(page, no) });
  try {
    const ran = await persevere(() => runQuery(context, request));
    // Whether a run before a crash asked it already is nothing to the asker.
    return { isAnswer: true, text: answeredLine(ref, { ...ran, isRepeated: false }) };
  } catch (error) {
    if (isForTheJob(error)) throw error;
    return { isAnswer: false, text: refusedLine(ref, await refuseLine(context, caller, error)) };
  }
}

/** Nothing to do with the line: the database is away, or another run has the line. The job is tried again later. */
function isForTheJob(error: unknown): boolean {
  return error instanceof Refusal && (error.text.status >= 500 || isHeld(error));
}

/** Nobody without the file's secret can name it, as with a key that a caller makes. */
function keyOf({ secret, fileId }: PageToRun, no: number): string {
  return createHmac('sha256', secret).update(`${fileId}\0${no}`).digest('base64url');
}

/** Whoever writes first, of two processes at the same page, counts. */
async function keepAnswers(
  tx: Tx,
  { fileId, pageNo }: PageToRun,
  { sealed, answers }: { sealed: string; answers: readonly LineAnswer[] },
): Promise<void> {
  const tables = tx.tables<QueryFileTables>();
  const kept = await tables
    .updateTable('information.query_file_pages')
    .set({ sealed_answers: sealed })
    .where('file_id', '=', fileId)
    .where('page_no', '=', pageNo)
    .where('sealed_answers', 'is', null)
    .returning('page_no')
    .executeTakeFirst();
  if (kept === undefined) return;
  const answered = answers.filter(({ isAnswer }) => isAnswer).length;
  await tables
    .updateTable('information.query_files')
    .set((column) => ({
      answered: column('answered', '+', answered),
      refused: column('refused', '+', answers.length - answered),
    }))
    .where('file_id', '=', fileId)
    .execute();
}
