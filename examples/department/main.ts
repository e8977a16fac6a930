/**
 * A stand-in for the departments: keeps its own state, answers by service, database and file, and can be made slow, wrong or
 * down. `node examples/department/main.ts --secret-file FILE`; see README.md.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { beijingDate, systemClock } from '#kernel';
import { loadCatalogue } from '#lists';
import { Behaviour, type Mode, MODES } from './behaviour.ts';
import { serveControl } from './control.ts';
import { openDatasets } from './datasets.ts';
import { serveFiles } from './files.ts';
import { serveMysql } from './mysql-front.ts';
import { serveDatasets } from './service.ts';

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'mysql-port': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    today: { type: 'string', default: beijingDate(systemClock.now()) },
    'client-id': { type: 'string', default: 'xinqiao' },
    'secret-file': { type: 'string' },
    folder: { type: 'string' },
    always: { type: 'string', multiple: true, default: [] },
    lists: { type: 'string', default: join(import.meta.dirname, '..', '..', 'lists') },
    'tls-key': { type: 'string' },
    'tls-certificate': { type: 'string' },
    'tls-client-authority': { type: 'string' },
    json: { type: 'boolean', default: false },
    'with-parent': { type: 'boolean', default: false },
  },
});

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
// Whoever started it holds the other end; when that process is gone, however it went, so is this one.
if (flags['with-parent']) process.stdin.resume().on('end', () => stop.abort());
await run();

async function run(): Promise<void> {
  if (flags['secret-file'] === undefined) throw new TypeError('--secret-file FILE is needed');
  const client = { id: flags['client-id'], secret: readFileSync(flags['secret-file'], 'utf8').trim() };
  const datasets = openDatasets(loadCatalogue([flags.lists]), Number(flags.seed), flags.today);
  const behaviour = new Behaviour(readAlways(flags.always));
  const tls = readTls();
  const parts = { datasets, behaviour, client };
  const listener = serveDatasets({ ...parts, trustsCertificate: tls?.requestCert === true });
  const service = await listen(
    tls === undefined ? createServer(listener) : createTlsServer(tls, listener),
    flags.port,
  );
  const control = await listen(createServer(serveControl(behaviour)), '0');
  const database = await serveMysql(parts, Number(flags['mysql-port']));
  const folder = flags.folder === undefined ? undefined : resolve(flags.folder);
  const files = folder === undefined ? undefined : serveFiles({ folder, datasets, behaviour }, stop.signal);
  const addresses = {
    department: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${service.port}`,
    department_database: `mysql://127.0.0.1:${database.port}/department`,
    ...(folder === undefined ? {} : { department_files: pathToFileURL(folder).href }),
  };
  say(addresses, `http://127.0.0.1:${control.port}`);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  for (const { server } of [service, control]) {
    server.close();
    server.closeAllConnections();
  }
  database.close();
  await files;
}

/** `CODE=mode`, as often as wanted. */
function readAlways(texts: readonly string[]): Map<string, Mode> {
  return new Map(
    texts.map((text) => {
      const [code = '', wanted] = text.split('=');
      const mode = MODES.find((known) => known === wanted);
      if (mode === undefined) throw new TypeError(`--always CODE=mode: no mode ${wanted}`);
      return [code, mode];
    }),
  );
}

function readTls() {
  const [key, certificate, authority] = [
    flags['tls-key'],
    flags['tls-certificate'],
    flags['tls-client-authority'],
  ];
  if (key === undefined || certificate === undefined) return undefined;
  const own = { key: readFileSync(key), cert: readFileSync(certificate) };
  if (authority === undefined) return { ...own, requestCert: false };
  return { ...own, ca: readFileSync(authority), requestCert: true, rejectUnauthorized: true };
}

type Listening = { readonly server: Server; readonly port: number };

async function listen(server: Server, port: string): Promise<Listening> {
  server.listen(Number(port), '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** One line for a program: the addresses by the names that `models/sources` uses, and where to change the behaviour. */
function say(addresses: Readonly<Record<string, string>>, control: string): void {
  if (flags.json) return console.log(JSON.stringify({ addresses, control }));
  for (const [name, address] of Object.entries({ ...addresses, control })) {
    console.log(`${name.padEnd(20)} ${address}`);
  }
}
