import { createHash, timingSafeEqual } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import mysql from 'mysql2';
import type { Behaviour } from './behaviour.ts';
import type { Datasets } from './datasets.ts';
import { preparedPackets, resultPackets } from './mysql-packets.ts';

type Parts = {
  readonly datasets: Datasets;
  readonly behaviour: Behaviour;
  readonly client: { readonly id: string; readonly secret: string };
};

/** What mysql2 gives a server of each connection; its types tell of clients alone. */
type Wire = EventEmitter & {
  readonly stream: Socket;
  /** Number of the next packet in either direction; a question begins anew with 0. */
  sequenceId: number;
  writeOk(): void;
  writeError(error: { code: number; message: string }): void;
  serverHandshake(hello: object): void;
};

/** LONG_PASSWORD, FOUND_ROWS, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH. */
const CAPABILITIES = 0x1 | 0x2 | 0x4 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000;

/** A database of the department by MySQL's protocol: one table per dataset, prepared selects by code, nothing else. */
export async function serveMysql(parts: Parts, port: number): Promise<{ port: number; close(): void }> {
  const front = mysql.createServer(() => {});
  const sockets = new Set<Socket>();
  let connections = 0;
  front.on('connection', (connection: unknown) => {
    const wire = connection as Wire;
    connections += 1;
    sockets.add(wire.stream);
    wire.stream.on('close', () => sockets.delete(wire.stream));
    wire.on('error', () => wire.stream.destroy());
    welcome(parts, wire, connections);
  });
  const inner = (front as unknown as { _server: Server })._server; // not in the types: the bound port, and close
  inner.listen(port, '127.0.0.1');
  await once(inner, 'listening');
  return {
    port: (inner.address() as AddressInfo).port,
    close: () => {
      inner.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function welcome(parts: Parts, wire: Wire, connectionId: number): void {
  const statements: string[] = [];
  wire.on('packet', (_packet: unknown, isKnown: boolean) => {
    if (!isKnown) wire.sequenceId = 0; // closing a statement has no answer
  });
  wire.on('query', (text: string) => {
    if (/^\s*(start transaction read only|rollback|commit)\s*$/i.test(text)) agree(wire);
    else refuse(wire, 'This department answers prepared statements only.');
  });
  wire.on('stmt_prepare', (text: string) => {
    if (/^set /i.test(text)) return agree(wire);
    if (!/^\s*(select|with)\b/i.test(text) || datasetOf(parts, text) === undefined) {
      return refuse(wire, 'SELECT from a dataset only.');
    }
    statements.push(text);
    write(wire, preparedPackets(statements.length, [...text.matchAll(/\?/g)].length));
  });
  wire.on('stmt_execute', (id: number, _flags: number, _count: number, values: unknown[]) => {
    execute(parts, wire, { text: statements[id - 1] ?? '', values }).catch(() => wire.stream.destroy());
  });
  wire.serverHandshake({
    protocolVersion: 10,
    serverVersion: '8.0.36-department',
    connectionId,
    statusFlags: 2,
    characterSet: 45,
    capabilityFlags: CAPABILITIES,
    authCallback: (
      offer: Offer,
      done: (error: null, refusal?: { message: string; code: number }) => void,
    ) => {
      if (isClient(parts.client, offer)) done(null);
      else done(null, { message: 'Access denied', code: 1045 });
      wire.sequenceId = 0;
    },
  });
}

async function execute(
  { datasets, behaviour }: Parts,
  wire: Wire,
  { text, values }: { text: string; values: readonly unknown[] },
): Promise<void> {
  const dataset = datasetOf({ datasets }, text);
  if (dataset === undefined) return refuse(wire, 'No such table.');
  const { mode, delayMs } = behaviour.take(dataset);
  await wait(delayMs);
  if (mode === 'reset' || mode === 'half') return void wire.stream.resetAndDestroy();
  if (mode === 'down') return refuse(wire, 'Server shutdown in progress', 1053);
  if (mode === 'busy') return refuse(wire, 'Too many connections', 1040);
  if (mode === 'not_json') return write(wire, Buffer.from([1, 0, 0, 1, 5, 4, 0, 0, 2, 9, 9, 9, 9]));
  const columns = datasets.contracts.get(dataset)?.fields.map(({ name }) => name) ?? [];
  const [code] = values;
  const isCode = typeof code === 'string' && /^[0-9A-Z]{18}$/.test(code);
  const rows = isCode ? datasets.rows(dataset, { code, name: '' }) : [];
  const texts = rows.map((row) => columns.map((name) => textOf(row[name] ?? null)));
  write(wire, resultPackets(columns, texts));
}

/** A whole answer, past the counter of packets. */
function write(wire: Wire, answer: Buffer): void {
  wire.stream.write(answer);
  wire.sequenceId = 0;
}

function agree(wire: Wire): void {
  wire.writeOk();
  wire.sequenceId = 0;
}

function datasetOf({ datasets }: Pick<Parts, 'datasets'>, text: string): string | undefined {
  return [...text.matchAll(/\bfrom\s+`?([a-z0-9_]+)`?/gi)]
    .map(([, table = '']) => table)
    .find((table) => datasets.contracts.has(table));
}

function textOf(value: string | number | boolean | null): string | null {
  if (value === null) return null;
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

function refuse(wire: Wire, message: string, code = 1064): void {
  wire.writeError({ code, message });
  wire.sequenceId = 0;
}

type Offer = { user: string; authToken: Buffer; authPluginData1: Buffer; authPluginData2: Buffer };

/** mysql_native_password: the token is SHA1(password) under SHA1(scramble, SHA1(SHA1(password))). */
function isClient({ id, secret }: Parts['client'], offer: Offer): boolean {
  const once1 = sha1(secret);
  const mask = sha1(offer.authPluginData1, offer.authPluginData2, sha1(once1));
  const wanted = once1.map((byte, at) => byte ^ (mask[at] ?? 0));
  return (
    offer.user === id && offer.authToken.length === wanted.length && timingSafeEqual(offer.authToken, wanted)
  );
}

function sha1(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
