import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { Database } from './database.ts';
import { Tx } from './database.ts';
import { kernelRefusal } from './kernel-refusals.ts';

/** One lock for everything that changes the structure, so that processes may start at once. */
const STRUCTURE_LOCK = 7_241_001;

/**
 * Runs the migrations that are missing, in order, each in its own transaction, then `after` (contract tables)
 * under the same lock. Returns the names that ran.
 */
export async function migrate(
  database: Database,
  folder: string,
  after: (tx: Tx) => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  const client = await database.pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [STRUCTURE_LOCK]);
    await client.query(JOURNAL);
    const ran: string[] = [];
    for (const migration of await missing(client, folder)) {
      await runOne(client, migration);
      ran.push(migration.name);
    }
    await inOwnTransaction(client, after);
    return ran;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [STRUCTURE_LOCK]).catch(() => {});
    client.release();
  }
}

const JOURNAL = `
  create schema if not exists kernel;
  create table if not exists kernel.migrations (
    name text primary key,
    sha256 text not null,
    ran_at timestamptz not null default now()
  )`;

type Migration = { name: string; text: string; sha256: string };

async function missing(client: pg.PoolClient, folder: string): Promise<Migration[]> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name): Migration => {
      const text = readFileSync(join(folder, name), 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    });
  const done = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from kernel.migrations order by name',
  );
  for (const { name, sha256 } of done.rows) {
    const file = files.find((migration) => migration.name === name);
    if (file === undefined) throw kernelRefusal('database.newer', { name });
    if (file.sha256 !== sha256) throw kernelRefusal('database.migration_changed', { name });
  }
  const names = new Set(done.rows.map(({ name }) => name));
  return files.filter(({ name }) => !names.has(name));
}

async function runOne(client: pg.PoolClient, { name, text, sha256 }: Migration): Promise<void> {
  await inOwnTransaction(client, async (tx) => {
    await tx.client.query(text);
    await tx.client.query('insert into kernel.migrations (name, sha256) values ($1, $2)', [name, sha256]);
  });
}

async function inOwnTransaction(client: pg.PoolClient, work: (tx: Tx) => Promise<void>): Promise<void> {
  const tx = new Tx(client);
  await client.query('begin');
  try {
    await work(tx);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    tx.end();
  }
}
