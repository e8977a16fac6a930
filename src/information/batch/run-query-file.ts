import { inTransaction, openField } from '#kernel';
import { BATCH_LIMITS } from './batch-limits.ts';
import { type QueryFileContext, secretPlace } from './file-pages.ts';
import type { QueryFileTables } from './query-file-tables.ts';
import { type PageToRun, runPage } from './run-page.ts';

/** `signal`: stop between two pages; the file is taken up again like after a crash. */
type RunOptions = {
  readonly signal?: AbortSignal;
  readonly progress?: (pagesDone: number, pagesAll: number) => void;
};

/**
 * Runs every file whose time has come, one after the other, and those that a crash left running. A file that fails does
 * not keep the others back; the first failure is thrown at the end, so that the job is tried again.
 */
export async function runDueFiles(context: QueryFileContext, signal?: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const fileId of await findOpenFiles(context, context.clock.now())) {
    if (signal?.aborted === true) break;
    try {
      await runQueryFile(context, fileId, signal === undefined ? {} : { signal });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Files that are not done, the oldest first; `dueBy`: only those that were due by then. */
export async function findOpenFiles(
  { database }: Pick<QueryFileContext, 'database'>,
  dueBy?: Date,
): Promise<string[]> {
  const files = await inTransaction(database, (tx) => {
    const open = tx
      .tables<QueryFileTables>()
      .selectFrom('information.query_files')
      .select('file_id')
      .where('state', '<>', 'done')
      .orderBy('received_at');
    return (dueBy === undefined ? open : open.where('due_at', '<=', dueBy)).execute();
  });
  return files.map(({ file_id: fileId }) => fileId);
}

/**
 * Runs a file page by page from where it stands, whether or not its time has come; one that is done stays as it is.
 * After a crash, or in two processes at once, the same lines give the same disclosures: a line's idempotency key comes
 * from the file and its number. Keys hold for a day, within which a crashed run must be taken up again for the one page
 * that was under way.
 */
export async function runQueryFile(
  context: QueryFileContext,
  fileId: string,
  { signal, progress }: RunOptions = {},
): Promise<void> {
  const begun = await begin(context, fileId);
  if (begun === undefined) return;
  for (const [at, pageNo] of begun.openPages.entries()) {
    if (signal?.aborted === true) return;
    await runPage(context, { ...begun, fileId, pageNo });
    progress?.(at + 1, begun.openPages.length);
  }
  await finish(context, fileId);
}

type Begun = Pick<PageToRun, 'callerId' | 'secret'> & { readonly openPages: readonly number[] };

/** Undefined: there is nothing to do. */
async function begin(
  { database, clock, cipher }: QueryFileContext,
  fileId: string,
): Promise<Begun | undefined> {
  return await inTransaction(database, async (tx) => {
    const tables = tx.tables<QueryFileTables>();
    const file = await tables
      .updateTable('information.query_files')
      .set((column) => ({
        state: 'running',
        begun_at: column.fn.coalesce('begun_at', column.val(clock.now())),
      }))
      .where('file_id', '=', fileId)
      .where('state', '<>', 'done')
      .returning(['caller_id', 'sealed_secret'])
      .executeTakeFirst();
    if (file === undefined) return undefined;
    const pages = await tables
      .selectFrom('information.query_file_pages')
      .select('page_no')
      .where('file_id', '=', fileId)
      .where('sealed_answers', 'is', null)
      .orderBy('page_no')
      .execute();
    const secret = await openField(tx, cipher, secretPlace(fileId), file.sealed_secret);
    return { callerId: file.caller_id, secret, openPages: pages.map(({ page_no: pageNo }) => pageNo) };
  });
}

async function finish({ database, clock }: QueryFileContext, fileId: string): Promise<void> {
  const now = clock.now();
  await inTransaction(database, (tx) =>
    tx
      .tables<QueryFileTables>()
      .updateTable('information.query_files')
      .set({ state: 'done', done_at: now, remove_at: new Date(now.getTime() + BATCH_LIMITS.fileKeepMs) })
      .where('file_id', '=', fileId)
      .where('state', '=', 'running')
      .execute(),
  );
}
