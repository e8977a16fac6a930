import { type Clock, type Database, inTransaction, shredOwner, type Tx } from '#kernel';
import type { QueryFileTables } from './query-file-tables.ts';

/** Destroys answer files past their time: the key first, so that no copy of the pages opens again. Returns how many. */
export async function sweepQueryFiles(database: Database, clock: Clock): Promise<number> {
  const due = await inTransaction(database, (tx) =>
    tx
      .tables<QueryFileTables>()
      .selectFrom('information.query_files')
      .select('file_id')
      .where('state', '=', 'done')
      .where('remove_at', '<=', clock.now())
      .execute(),
  );
  for (const { file_id: fileId } of due) await inTransaction(database, (tx) => removeFile(tx, fileId));
  return due.length;
}

async function removeFile(tx: Tx, fileId: string): Promise<void> {
  await shredOwner(tx, `file:${fileId}`);
  const tables = tx.tables<QueryFileTables>();
  await tables.deleteFrom('information.query_file_pages').where('file_id', '=', fileId).execute();
  await tables.deleteFrom('information.query_files').where('file_id', '=', fileId).execute();
}
