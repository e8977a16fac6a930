import assert from 'node:assert';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { kernelRefusal } from './kernel-refusals.ts';

/** The pool of one process. Sessions are pinned to UTC storage and Beijing dates by `options`. */
export type Database = {
  readonly pool: pg.Pool;
  readonly url: string;
  close(): Promise<void>;
};

/** One open transaction. It knows no table: each module states its own by `tables`. Dead after commit or rollback. */
export class Tx {
  /** For hot paths with named SQL and for COPY; ordinary statements go through `tables`. */
  readonly client: pg.PoolClient;
  #live = true;
  #kysely: Kysely<Record<never, never>> | undefined;

  constructor(client: pg.PoolClient) {
    this.client = client;
  }

  get isLive(): boolean {
    return this.#live;
  }

  /** Typed access to the caller's own tables; `Tables` is a `type` with schema-qualified names as keys. */
  tables<Tables>(): Kysely<Tables> {
    assert(this.#live, 'transaction has ended');
    this.#kysely ??= new Kysely<Record<never, never>>({ dialect: oneClientDialect(this.client) });
    return this.#kysely as unknown as Kysely<Tables>;
  }

  /** Plain SQL with bound values; returns the rows. */
  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    assert(this.#live, 'transaction has ended');
    return (await this.client.query<Row>(text, [...values])).rows;
  }

  /** As `rows`, for a statement on a hot path: prepared once per connection under its name, planned once. */
  async hotRows<Row extends object>(
    name: string,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    assert(this.#live, 'transaction has ended');
    return (await this.client.query<Row>({ name, text, values: [...values] })).rows;
  }

  /** Called once by `inTransaction`. */
  end(): void {
    this.#live = false;
  }
}

export type TransactionMode = 'read write' | 'snapshot';

/** Opens the pool; nothing is asked of the server yet. */
export function openDatabase(url: string, connectionsMax = 12): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    application_name: 'xinqiao',
    options: '-c TimeZone=Asia/Shanghai -c DateStyle=ISO -c statement_timeout=0',
  });
  // An idle connection that the server ended is replaced on the next use; a busy one fails its own query.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return { pool, url, close: () => pool.end() };
}

/**
 * Runs the work in one transaction and commits; any error rolls back and is thrown on.
 * `snapshot` is read-only and sees one state throughout.
 */
export async function inTransaction<Result>(
  database: Database,
  work: (tx: Tx) => Promise<Result>,
  mode: TransactionMode = 'read write',
): Promise<Result> {
  const client = await connect(database);
  const tx = new Tx(client);
  let broken: Error | undefined;
  try {
    await client.query(mode === 'snapshot' ? 'begin isolation level repeatable read read only' : 'begin');
    const result = await work(tx);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    });
    throw error;
  } finally {
    tx.end();
    client.release(broken);
  }
}

async function connect(database: Database): Promise<pg.PoolClient> {
  try {
    return await database.pool.connect();
  } catch (error) {
    throw kernelRefusal('database.unreachable', {
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

function oneClientDialect(client: pg.PoolClient): PostgresDialect {
  const borrowed = { query: client.query.bind(client), release: () => {} };
  return new PostgresDialect({
    pool: { options: {}, connect: () => Promise.resolve(borrowed), end: () => Promise.resolve() },
  });
}
