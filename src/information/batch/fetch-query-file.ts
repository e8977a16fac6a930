import assert from 'node:assert';
import { inTransaction, Refusal, type Tx } from '#kernel';
import { type Caller, recordRefusal } from '#security';
import { askRight, type Known } from '../query/ask.ts';
import type { QueryRequest } from '../query/query-shape.ts';
import { refusedLine } from './answer-line.ts';
import { BATCH_LIMITS } from './batch-limits.ts';
import { batchRefusal } from './batch-refusals.ts';
import { type LineAnswer, openPage, type QueryFileContext, type ReadLine } from './file-pages.ts';
import type { QueryFileTables } from './query-file-tables.ts';
import { toRequest } from './query-line.ts';
import type { QueryFile } from './receive-query-file.ts';

/** Where a file stands; `participantId`: one of its own. Throws `query_file.unknown`, also for anybody else's. */
export async function requireQueryFile(
  { database }: QueryFileContext,
  asked: { fileId: string; participantId?: string },
): Promise<QueryFile> {
  const [file] = await inTransaction(database, (tx) => listQueryFiles(tx, { ...asked, limit: 1 }));
  if (file !== undefined) return file;
  const days = BATCH_LIMITS.fileKeepMs / 86_400_000;
  throw batchRefusal('query_file.unknown', { id: asked.fileId.slice(0, 40), days });
}

/** Newest first, without any content. */
export async function listQueryFiles(
  tx: Tx,
  of: { participantId?: string; fileId?: string; limit: number },
): Promise<(QueryFile & { participantId: string })[]> {
  let question = tx
    .tables<QueryFileTables>()
    .selectFrom('information.query_files')
    .selectAll()
    .orderBy('received_at', 'desc')
    .limit(of.limit);
  if (of.participantId !== undefined) question = question.where('participant_id', '=', of.participantId);
  if (of.fileId !== undefined) question = question.where('file_id', '=', of.fileId);
  return (await question.execute()).map((row) => ({
    fileId: row.file_id,
    participantId: row.participant_id,
    digest: row.digest,
    state: row.state,
    lines: row.lines,
    answered: row.answered,
    refused: row.refused,
    receivedAt: row.received_at.toISOString(),
    dueAt: row.due_at.toISOString(),
    doneAt: row.done_at?.toISOString() ?? null,
    removeAt: row.remove_at?.toISOString() ?? null,
  }));
}

/**
 * The answer file of one that is done, a line for every line of the request, in its order. The right to each answer is
 * looked at again as it leaves: one whose consent or admission ended since the night is its refusal instead.
 */
export async function* answerFile(
  context: QueryFileContext,
  { caller, fileId }: { caller: Caller; fileId: string },
): AsyncGenerator<string, void> {
  for (let pageNo = 1; ; pageNo += 1) {
    const page = await inTransaction(context.database, (tx) => readPage(tx, context, { fileId, pageNo }));
    if (page === undefined) return;
    for (const [at, answer] of page.answers.entries()) {
      const line = page.lines[at];
      assert(line !== undefined, 'a page has an answer for each of its lines');
      yield answer.isAnswer && 'query' in line
        ? await stillAllowed(context, { caller, line, answer })
        : answer.text;
    }
  }
}

type PageContent = { readonly lines: readonly ReadLine[]; readonly answers: readonly LineAnswer[] };

async function readPage(
  tx: Tx,
  { cipher }: QueryFileContext,
  { fileId, pageNo }: { fileId: string; pageNo: number },
): Promise<PageContent | undefined> {
  const row = await tx
    .tables<QueryFileTables>()
    .selectFrom('information.query_file_pages')
    .select(['sealed_lines', 'sealed_answers'])
    .where('file_id', '=', fileId)
    .where('page_no', '=', pageNo)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  assert(row.sealed_answers !== null, 'a file that is done has every answer');
  return {
    lines: await openPage(tx, cipher, { fileId, pageNo, column: 'sealed_lines' }, row.sealed_lines),
    answers: await openPage(tx, cipher, { fileId, pageNo, column: 'sealed_answers' }, row.sealed_answers),
  };
}

type Leaving = {
  readonly caller: Caller;
  readonly line: Extract<ReadLine, { query: unknown }>;
  readonly answer: LineAnswer;
};

/** The use that this very answer counted is not held against it, as with a repeated answer to a single query. */
async function stillAllowed(context: QueryFileContext, { caller, line, answer }: Leaving): Promise<string> {
  const request = toRequest(line.query, { caller, idempotencyKey: '' });
  const known: Known = {};
  try {
    await inTransaction(context.database, async (tx) => {
      await askRight(tx, context, { ...request, isRepeat: true }, { known });
    });
    return answer.text;
  } catch (error) {
    if (!(error instanceof Refusal) || error.text.status >= 500) throw error;
    if (error.text.status === 403) await recordRefusal(context, error, refusedFetch(request, known));
    return refusedLine(line.ref, error);
  }
}

function refusedFetch({ caller, purpose, contracts }: QueryRequest, { enterprise, admission }: Known) {
  return {
    caller,
    operation: 'query_file',
    purpose,
    contracts,
    ...(admission === undefined
      ? {}
      : { institution: admission.institutionId, operator: admission.operator }),
    ...(enterprise === undefined ? {} : { subject: enterprise.enterpriseId }),
  };
}
