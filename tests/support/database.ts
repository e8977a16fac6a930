import { randomBytes } from 'node:crypto';
import { type Database, openDatabase, readEnv } from '#kernel';
import pg from 'pg';

/** A test's context, or the file's own `{ after }` from node:test. */
export type Cleanup = { after(work: () => void | Promise<void>): void };

/** Name of the database that the test runner migrates once and every test file clones. */
export const TEMPLATE = 'xinqiao_template';

/**
 * A fresh database with the whole structure, cloned from the template; dropped when the test (or suite) ends.
 * Needs the server that `npm test` starts.
 */
export async function cloneDatabase(t: Cleanup): Promise<Database> {
  const server = readEnv().XINQIAO_TEST_SERVER;
  if (server === undefined) throw new Error('run tests with: npm test [-- FILE ...]');
  const name = `t_${randomBytes(8).toString('hex')}`;
  await asAdmin(server, `create database ${name} template ${TEMPLATE}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = openDatabase(url.href, 6);
  t.after(async () => {
    await database.close();
    await asAdmin(server, `drop database if exists ${name} with (force)`);
  });
  return database;
}

/** One statement on the server's own database, outside any transaction. */
export async function asAdmin(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
