import assert from 'node:assert';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { kernelRefusal } from './kernel-refusals.ts';
import { toParameter } from './parameters.ts';

/** The pool of one process. Sessions are pinned to UTC storage and Beijing dates by `options`. */
export type Database = {
  readonly pool: pg.Pool;
  /** For groups and reports: its connections send a statement without waiting for the answer to the one before; no COPY. */
  readonly pipelined: pg.Pool;
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
  readonly #unheard: Promise<unknown>[] | undefined;
  #busy: Promise<void> | undefined;
  #live = true;
  #kysely: Kysely<Record<never, never>> | undefined;

  /**
   * `gather`: this is the part of one member in a transaction that a group shares. `unheard`: its connection is
   * pipelined, and whoever opened it hears these writes before the commit counts.
   */
  constructor(client: pg.PoolClient, of: { gather?: Gatherer; unheard?: Promise<unknown>[] } = {}) {
    this.client = client;
    this.#gather = of.gather;
    this.#unheard = of.unheard;
  }

  get isLive(): boolean {
    return this.#live;
  }

  /** Statements may be sent before the answers to earlier ones have come. */
  get isPipelined(): boolean {
    return this.#unheard !== undefined || this.#gather !== undefined;
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
    return (await this.#inTurn(() => this.client.query<Row>(text, [...values]))).rows;
  }

  /** As `rows`, for a statement on a hot path: prepared once per connection under its name, planned once. */
  async hotRows<Row extends object>(
    name: string,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    assert(this.#live, 'transaction has ended');
    const bound = values.map(toParameter);
    return (await this.#inTurn(() => this.client.query<Row>({ name, text, values: bound }))).rows;
  }

  /** An ordinary connection takes one statement at a time, a pipelined one as they come. */
  #inTurn<Result>(send: () => Promise<Result>): Promise<Result> {
    if (this.isPipelined) return send();
    const sent = this.#busy === undefined ? send() : this.#busy.then(send);
    const busy = heard(sent).then(noResult, noResult);
    this.#busy = busy;
    void busy.then(() => {
      if (this.#busy === busy) this.#busy = undefined;
    });
    return sent;
  }

  /**
   * Does `work` for this item: alone, or in a group's transaction together with the items that the other members bring
   * to the same work, by one statement for all. Either way the caller has its own result.
   */
  together<Item, Result>(work: ManyAtOnce<Item, Result>, item: Item): Promise<Result> {
    assert(this.#live, 'transaction has ended');
    return this.#gather === undefined ? doAlone(this, work, item) : this.#gather(work, item);
  }

  /**
   * For a write whose answer nobody needs: on a pipelined connection the next statement does not wait for it, and the
   * commit answers for it; elsewhere it is awaited here.
   */
  async write(writing: Promise<unknown>): Promise<void> {
    if (this.#unheard === undefined) await writing;
    else this.#unheard.push(heard(writing));
  }

  /** Called once by whoever opened it. */
  end(): void {
    this.#live = false;
  }
}

async function doAlone<Item, Result>(tx: Tx, work: ManyAtOnce<Item, Result>, item: Item): Promise<Result> {
  const [result] = await work(tx, [item]);
  return result as Result; // one for one: as long as the items, which `Gatherer` checks for many
}

/** `snapshot` is read-only and sees one state throughout. */
export type TransactionMode = 'read write' | 'snapshot';

const BEGIN: Readonly<Record<TransactionMode, string>> = {
  'read write': 'begin',
  snapshot: 'begin isolation level repeatable read read only',
};

/** Opens the pool; nothing is asked of the server yet. */
export function openDatabase(url: string, connectionsMax = 12): Database {
  const pool = openPool(url, { max: connectionsMax });
  const pipelined = openPool(url, { max: GROUPS_MAX + ALONE_MAX, pipeline: true }, KEEPING_PLANS);
  return { pool, pipelined, url, close: async () => void (await Promise.all([pool.end(), pipelined.end()])) };
}

/** Transactions of groups at once: while one waits for the database the other one computes. */
export const GROUPS_MAX = 2;
/** Connections for reports beside them, so that a group need not wait for a report. */
const ALONE_MAX = 2;

/**
 * One plan for statements that bring more or fewer rows each time: planning them costs more than running them. They look
 * few rows up by their keys, and the plan is kept while the tables grow: one made when they were small enough to be read
 * whole would go on reading them whole.
 */
const KEEPING_PLANS = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off';

function openPool(url: string, own: pg.PoolConfig & { readonly pipeline?: boolean }, settings = ''): pg.Pool {
  const pool = new pg.Pool({
    ...own,
    connectionString: url,
    application_name: 'xinqiao',
    options: `-c TimeZone=Asia/Shanghai -c DateStyle=ISO -c statement_timeout=0 ${settings}`,
  });
  // An idle connection that the server ended is replaced on the next use; a busy one fails its own query.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Runs the work in one transaction and commits; any error rolls back and is thrown on. */
export async function inTransaction<Result>(
  database: Database,
  work: (tx: Tx) => Promise<Result>,
  mode: TransactionMode = 'read write',
): Promise<Result> {
  return await onConnection(database.pool, async (client) => {
    const tx = new Tx(client);
    try {
      await client.query(BEGIN[mode]);
      const result = await work(tx);
      await client.query('commit');
      return result;
    } finally {
      tx.end();
    }
  });
}

/** Whether what was to be committed is there, nobody knows: the connection or the server went while it committed. */
export class CommitUnknown extends Error {}

/** As `inTransaction`, pipelined. Throws CommitUnknown when the commit itself failed; any other error rolled back. */
export async function inPipelinedTransaction<Result>(
  database: Database,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  return await onConnection(database.pipelined, async (client) => {
    sendWithTurn(client);
    const unheard = [heard(client.query(BEGIN['read write']))];
    const tx = new Tx(client, { unheard });
    try {
      const result = await work(tx);
      sendWithTurn(client);
      const committing = heard(client.query('commit'));
      await Promise.all(unheard);
      await committing.catch((cause: unknown) => {
        throw new CommitUnknown('the commit failed', { cause });
      });
      return result;
    } finally {
      tx.end();
    }
  });
}

/** What this turn of the event loop still sends on a pipelined connection travels in one piece. */
export function sendWithTurn({ connection }: pg.PoolClient): void {
  connection.stream.cork();
  process.nextTick(() => connection.stream.uncork());
}

function noResult(): void {}

/** A promise that is awaited later: until then its failure is not unhandled. */
function heard<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}

/** Rolls back what failed; a connection on which that fails too is not used again. */
async function onConnection<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await connect(pool);
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw kernelRefusal('database.unreachable', {
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

/**
 * Work that is started at once and awaited one after the other: of several that fail the first in this order is heard,
 * and none goes unhandled.
 */
export function startAll<Started extends readonly Promise<unknown>[]>(...started: Started): Started {
  for (const one of started) void heard(one);
  return started;
}

function oneClientDialect(client: pg.PoolClient): PostgresDialect {
  const borrowed = { query: client.query.bind(client), release: () => {} };
  return new PostgresDialect({
    pool: { options: {}, connect: () => Promise.resolve(borrowed), end: () => Promise.resolve() },
  });
}
