import { Refusal } from '#kernel';
import pg from 'pg';
import type { Answer, Connector, Question } from '../answer.ts';
import { rowsFrom } from '../answer.ts';
import { hostOf } from '../address.ts';
import { networkFault, SourceFault } from '../fault.ts';
import { readSecret } from '../secrets.ts';
import type { DatabaseInterface } from '../shape.ts';
import { compileStatement } from '../statement.ts';
import { abortable } from './abortable.ts';
import type { DatabaseParts } from './database-parts.ts';

/** Every value as the text the server sends; the lists read it as they read a file. */
const AS_TEXT = { getTypeParser: () => (text: unknown) => text };

/** Connector of the kind 数据库 (GB/T 39443) on PostgreSQL: read-only session, read-only transaction, one statement. */
export function connectPostgresql({ source, address, keysFolder, tls }: DatabaseParts): Connector {
  const pool = new pg.Pool({
    host: hostOf(address),
    port: Number(address.port || 5432),
    database: decodeURIComponent(address.pathname.slice(1)),
    user: source.user,
    password: () => readSecret(keysFolder, source.secret),
    ssl: tls,
    max: source.concurrencyMax,
    connectionTimeoutMillis: source.timeoutMs,
    idleTimeoutMillis: 30_000,
    application_name: 'xinqiao',
    options: `-c default_transaction_read_only=on -c DateStyle=ISO -c TimeZone=Asia/Shanghai -c statement_timeout=${source.timeoutMs}`,
  });
  pool.on('error', () => {}); // an idle connection that the source ended is replaced on the next use
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    ask: async (question) => {
      const asked = question as Question<DatabaseInterface>; // a database source has no other interfaces
      const client = await abortable(connect(pool), asked.signal, (late) => late.release());
      let isClean = false;
      try {
        const answer = await abortable(read(client, source.rowsMax, asked), asked.signal);
        isClean = true;
        return answer;
      } finally {
        client.release(!isClean); // a connection in doubt is closed, which also ends a statement under way
      }
    },
    close: () => pool.end(),
  };
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw postgresqlFault(error) ?? networkFault(error) ?? new SourceFault('connection_failed');
  }
}

async function read(
  client: pg.PoolClient,
  rowsMax: number,
  { to, code, name }: Question<DatabaseInterface>,
): Promise<Answer> {
  const { text, order } = compileStatement(to.statement, { engine: 'postgresql', rowsMax });
  const values = order.includes('name') ? [code, name] : [code];
  try {
    await client.query('begin transaction read only');
    const { rows } = await client.query<Record<string, unknown>>({ text, values, types: AS_TEXT });
    await client.query('rollback');
    return { covered: true, rows: rowsFrom(rows, { fields: to.fields, rowsMax }) };
  } catch (error) {
    throw postgresqlFault(error) ?? error;
  }
}

/** By SQLSTATE: who may, how long, how many, and else the statement or the data are not what the definition says. */
function postgresqlFault(error: unknown): SourceFault | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/^(Connection terminated|Client has encountered)/.test(error.message))
    return new SourceFault('connection_cut');
  if (!('code' in error) || typeof error.code !== 'string') return undefined;
  const { code } = error;
  if (!/^[0-9A-Z]{5}$/.test(code) || code === 'EPIPE') return undefined;
  if (code === '57014') return new SourceFault('timed_out');
  if (code.startsWith('28')) return new SourceFault('not_authorised');
  if (code.startsWith('53')) return new SourceFault('told_to_wait');
  if (code.startsWith('57') || code.startsWith('08')) return new SourceFault('connection_cut');
  return new SourceFault('statement_failed');
}
