import mysql from 'mysql2/promise';
import type { Answer, Connector, Question } from '../answer.ts';
import { rowsFrom } from '../answer.ts';
import { hostOf } from '../address.ts';
import { SourceFault } from '../fault.ts';
import { readSecret } from '../secrets.ts';
import type { DatabaseInterface } from '../shape.ts';
import { compileStatement } from '../statement.ts';
import { abortable } from './abortable.ts';
import type { DatabaseParts } from './database-parts.ts';

/** Connector of the kind 数据库 (GB/T 39443) on MySQL and what speaks its protocol. */
export function connectMysql(parts: DatabaseParts): Connector {
  let pool: mysql.Pool | undefined;
  const renew = (): void => {
    pool = undefined; // it holds the secret that was refused; the next call reads the file anew
  };
  return {
    ask: async (question) => {
      const asked = question as Question<DatabaseInterface>; // a database source has no other interfaces
      pool ??= openPool(parts);
      const connection = await abortable(connect(pool, renew), asked.signal, (late) => late.release());
      let isClean = false;
      try {
        const answer = await abortable(read(connection, parts, asked), asked.signal);
        isClean = true;
        return answer;
      } catch (error) {
        throw mysqlFault(error) ?? error;
      } finally {
        if (isClean) connection.release();
        else connection.destroy(); // also ends the wait for a statement under way
      }
    },
    close: async () => {
      await pool?.end();
    },
  };
}

function openPool({ source, address, keysFolder, tls }: DatabaseParts): mysql.Pool {
  return mysql.createPool({
    host: hostOf(address),
    port: Number(address.port || 3306),
    database: decodeURIComponent(address.pathname.slice(1)),
    user: source.user,
    password: readSecret(keysFolder, source.secret),
    ...(tls === false ? {} : { ssl: { ...tls, verifyIdentity: true } }),
    connectionLimit: source.concurrencyMax,
    connectTimeout: source.timeoutMs,
    idleTimeout: 30_000,
    charset: 'utf8mb4_bin',
    timezone: '+08:00',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
  });
}

async function connect(pool: mysql.Pool, renew: () => void): Promise<mysql.PoolConnection> {
  try {
    return await pool.getConnection();
  } catch (error) {
    const fault = mysqlFault(error);
    if (fault?.reason === 'not_authorised') {
      renew();
      await pool.end();
    }
    throw fault ?? error;
  }
}

/** Read-only session and transaction, a time limit of the server's own, then the one statement, prepared. */
async function read(
  connection: mysql.PoolConnection,
  { source }: DatabaseParts,
  { to, code, name }: Question<DatabaseInterface>,
): Promise<Answer> {
  const { rowsMax, timeoutMs } = source;
  const { text, order } = compileStatement(to.statement, { engine: 'mysql', rowsMax });
  await connection.query(`set session transaction read only`);
  await connection.query(`set session max_execution_time = ${timeoutMs}`);
  await connection.query('start transaction read only');
  const values = order.map((parameter) => (parameter === 'code' ? code : name));
  const [rows] = await connection.execute(text, values);
  await connection.query('rollback');
  return { covered: true, rows: rowsFrom(rows, { fields: to.fields, rowsMax }) };
}

/** MySQL names its errors ER_…; sockets and Node have their own names, which `networkFault` knows. */
function mysqlFault(error: unknown): SourceFault | undefined {
  if (!(error instanceof Error)) return undefined;
  if (!('code' in error) || typeof error.code !== 'string') {
    // The driver found bytes that are not of its protocol.
    return 'fatal' in error && error.fatal === true ? new SourceFault('body_unreadable') : undefined;
  }
  const { code } = error;
  if (code === 'PROTOCOL_CONNECTION_LOST') return new SourceFault('connection_cut');
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return new SourceFault('connection_failed');
  if (code.startsWith('PROTOCOL_')) return new SourceFault('body_unreadable');
  if (!code.startsWith('ER_')) return undefined;
  if (/ACCESS_DENIED|NO_SUCH_USER|PASSWORD/.test(code)) return new SourceFault('not_authorised');
  if (/QUERY_TIMEOUT|QUERY_INTERRUPTED|LOCK_WAIT_TIMEOUT/.test(code)) return new SourceFault('timed_out');
  if (/TOO_MANY|CON_COUNT|OUT_OF_RESOURCES/.test(code)) return new SourceFault('told_to_wait');
  if (/SERVER_SHUTDOWN/.test(code)) return new SourceFault('connection_cut');
  return new SourceFault('statement_failed');
}
