import { isLoopback } from '../address.ts';
import type { Connector } from '../answer.ts';
import { readSecret } from '../secrets.ts';
import type { DatabaseParts, Tls } from './database-parts.ts';
import { connectMysql } from './mysql.ts';
import { connectPostgresql } from './postgresql.ts';

/** A department's database: its own few connections, never one of the node's. */
export function connectDatabase(parts: Omit<DatabaseParts, 'tls'>): Connector {
  const { source, address, keysFolder } = parts;
  const { authority } = source;
  const isPlain = isLoopback(address) && authority === undefined;
  const tls: Tls | false = isPlain
    ? false
    : {
        minVersion: 'TLSv1.2',
        rejectUnauthorized: true,
        ...(authority === undefined ? {} : { ca: readSecret(keysFolder, authority) }),
      };
  const whole = { ...parts, tls };
  return source.engine === 'mysql' ? connectMysql(whole) : connectPostgresql(whole);
}
