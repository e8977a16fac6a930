/**
 * A stand-in for the outside portal of credit repair: takes notices of states, hands in applications under numbers of its own, and
 * can be down, slow, answer nonsense, or hand in twice at once. `node examples/credit-portal/main.ts --json`; see README.md.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const MODES = ['well', 'down', 'slow', 'nonsense', 'moved'] as const;
type Mode = (typeof MODES)[number];
/** What the portal was told, by the id of the notice: one that comes twice is one. */
type Notice = { readonly notice: string; readonly number: string; readonly state: string };
type HandIn = {
  readonly url: string;
  readonly authorization: string;
  readonly application: object;
  readonly times: number;
};

const { values: flags } = parseArgs({
  options: { port: { type: 'string', default: '0' }, json: { type: 'boolean', default: false } },
});
const BODY_BYTES_MAX = 1_048_576;
const notices = new Map<string, Notice>();
let arrivals = 0;
let behaviour: { readonly mode: Mode; readonly delayMs: number } = { mode: 'well', delayMs: 0 };

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
await run();

async function run(): Promise<void> {
  const portal = await listen(takeNotice, flags.port);
  const control = await listen(answerControl, '0');
  const addresses = { notices: `${portal.url}/notices`, control: control.url };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(addresses)}\n`
      : `notices ${addresses.notices}\ncontrol ${addresses.control}\n`,
  );
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  for (const { server } of [portal, control]) {
    server.close();
    server.closeAllConnections();
  }
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port: string,
) {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  server.listen(Number(port), '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function takeNotice(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await readBody(request);
  arrivals += 1;
  const { mode, delayMs } = behaviour;
  if (mode === 'down') return void request.socket.destroy();
  if (mode === 'nonsense') return void request.socket.end('ERR 42 系统繁忙\r\n');
  if (mode === 'moved') return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  if (mode === 'slow') await delay(delayMs);
  const [, payload = ''] = text.split('.');
  const notice = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Notice;
  notices.set(notice.notice, notice);
  response.writeHead(204).end();
}

/** `POST /` changes how it behaves, `POST /applications` hands one in, `GET /` tells what it was told. */
async function answerControl(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await controlled(request);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

async function controlled(request: IncomingMessage): Promise<unknown> {
  if (request.method === 'POST') {
    const asked: unknown = JSON.parse(await readBody(request));
    if (request.url === '/applications') return await handIn(asked as HandIn); // from whoever started this process
    behave(asked as { readonly mode?: string; readonly delayMs?: number });
  }
  return { arrivals, notices: [...notices.values()] };
}

function behave({ mode, delayMs = 0 }: { readonly mode?: string; readonly delayMs?: number }): void {
  const known = MODES.find((one) => one === mode);
  if (known === undefined) throw new RangeError('no such mode');
  behaviour = { mode: known, delayMs };
}

/** So often at once, as an impatient portal does. */
async function handIn({ url, authorization, application, times }: HandIn): Promise<unknown> {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify(application);
  const sent = Array.from({ length: times }, async () => {
    const response = await fetch(url, { method: 'PUT', headers, body });
    const answer: unknown = await response.json();
    return { status: response.status, body: answer };
  });
  return await Promise.all(sent);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new RangeError('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
