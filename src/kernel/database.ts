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

/** Work for many at once: results in the order of the items. A function of a module, since calls are gathered by it. */
export type ManyAtOnce<Item, Result> = (tx: Tx, items: readonly Item[]) => Promise<readonly Result[]>;

/** Brings the same work of several members of a group together, see `inGroup`. */
export type Gatherer = <Item, Result>(work: ManyAtOnce<Item, Result>, item: Item) => Promise<Result>;

/** One open transaction. It knows no table: each module states its own by `tables`. Dead after commit or rollback. */
export class Tx {
  /** For hot paths with named SQL and for COPY; ordinary statements go through `tables`. */
  readonly client: pg.PoolClient;
  readonly #gather: Gatherer | undefined;
  #live = true;
  #kysely: Kysely<Record<never, never>> | undefined;

  /** `gather`: this is the part of one member in a transaction that a group shares. */
  constructor(client: pg.PoolClient, gather?: Gatherer) {
    this.client = client;
    this.#gather = gather;
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

  /**
   * Does `work` for this item: alone, or in a group's transaction together with the items that the other members bring
   * to the same work, by one statement for all. Either way the caller has its own result.
   */
  async together<Item, Result>(work: ManyAtOnce<Item, Result>, item: Item): Promise<Result> {
    assert(this.#live, 'transaction has ended');
    if (this.#gather !== undefined) return await this.#gather(work, item);
    const [result] = await work(this, [item]);
    return result as Result; // one for one: as long as the items, which `Gatherer` checks for many
  }

  /** Called once by whoever opened it. */
  end(): void {
    this.#live = false;
  }
}

/**
 * `snapshot` is read-only and sees one state throughout. `kept plans`: the same few statements with more or fewer rows
 * each time have one plan for all, since planning costs more than running.
 */
export type TransactionMode = 'read write' | 'snapshot' | 'kept plans';

const BEGIN: Readonly<Record<TransactionMode, string>> = {
  'read write': 'begin',
  snapshot: 'begin isolation level repeatable read read only',
  'kept plans': 'begin; set local plan_cache_mode = force_generic_plan',
};

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

/** Runs the work in one transaction and commits; any error rolls back and is thrown on. */
export async function inTransaction<Result>(
  database: Database,
  work: (tx: Tx) => Promise<Result>,
  mode: TransactionMode = 'read write',
): Promise<Result> {
  const client = await connect(database);
  const tx = new Tx(client);
  let broken: Error | undefined;
  try {
    await client.query(BEGIN[mode]);
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
