import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openKeyStore } from '#kernel';
import { prepareDatabase } from '../../src/entry/compose.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Brings the template database to the structure that every test's clone begins with, dataset tables included. */
export async function prepareTemplate(database: Database): Promise<void> {
  const keysFolder = mkdtempSync(join(tmpdir(), 'xinqiao-keys-'));
  const keys = openKeyStore(keysFolder);
  await prepareDatabase(database, { packageFolder: ROOT, definitionsFolder: undefined, partitions: 1 }, keys);
  rmSync(keysFolder, { recursive: true });
  await emptyLog(database);
}

/** The contracts' own leaf was signed with keys that are gone; every test begins with an empty log. */
async function emptyLog(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'security'",
  );
  await database.pool.query(`truncate ${rows.map(({ name }) => name).join(', ')} restart identity`);
}
