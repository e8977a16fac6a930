import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Behaviour, Mode } from './behaviour.ts';
import type { Datasets } from './datasets.ts';

type Service = {
  readonly datasets: Datasets;
  readonly behaviour: Behaviour;
  readonly client: { readonly id: string; readonly secret: string };
  /** Asked by client certificate alone, without a token. */
  readonly trustsCertificate: boolean;
};

const TOKEN_SECONDS = 300;
const BODY_BYTES_MAX = 16 * 1024;

/** The department's data service: `POST /oauth/token`, then `GET` or `POST /v1/datasets/<contract>`. */
export function serveDatasets(service: Service): RequestListener {
  const tokens = new Map<string, number>();
  return (request, response) => {
    handle({ ...service, tokens }, request, response).catch(() => response.destroy());
  };
}

type Open = Service & { readonly tokens: Map<string, number> };

async function handle(open: Open, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://department.invalid');
  const body = await readBody(request);
  if (url.pathname === '/oauth/token') return giveToken(open, { request, body }, response);
  const contractId = /^\/v1\/datasets\/([a-z0-9_]+)$/.exec(url.pathname)?.[1] ?? '';
  if (!open.datasets.contracts.has(contractId)) return send(response, 400, { message: '没有这个数据集' });
  if (!open.trustsCertificate && !hasToken(open, request))
    return send(response, 401, { message: '令牌无效' });
  const asked =
    request.method === 'GET'
      ? Object.fromEntries(url.searchParams)
      : (JSON.parse(body) as Record<string, unknown>);
  const { uscc, name } = asked;
  if (typeof uscc !== 'string') return send(response, 400, { message: '缺少统一社会信用代码' });
  const { mode, delayMs } = open.behaviour.take(contractId, uscc);
  await wait(delayMs);
  const answer = () =>
    answerOf(open.datasets, contractId, { code: uscc, name: typeof name === 'string' ? name : '' });
  return misbehave(mode, response, answer);
}

type AnswerBody = ReturnType<typeof answerOf>;

function answerOf(datasets: Datasets, contractId: string, subject: { code: string; name: string }) {
  if (!/^[0-9A-Z]{18}$/.test(subject.code)) return undefined;
  const items: unknown[] = datasets.rows(contractId, subject);
  return { code: '0', data: { uscc: subject.code, until: datasets.today, items } };
}

/** Answers as the mode says. */
function misbehave(mode: Mode, response: ServerResponse, answer: () => AnswerBody): void {
  const right = answer();
  if (right === undefined) return send(response, 404, { message: '查无此单位' });
  switch (mode) {
    case 'down':
      return send(response, 503, { message: '系统维护' });
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'half':
      return sendHalf(response, JSON.stringify(right));
    case 'not_json':
      return sendText(response, 200, '<html><body>系统繁忙，请稍后再试</body></html>');
    case 'huge':
      return sendEndless(response);
    case 'redirect':
      response.setHeader('location', 'http://192.0.2.1/elsewhere');
      return sendText(response, 302, '');
    case 'busy':
      return send(response, 429, { message: '超过限流' });
    case 'not_covered':
      return send(response, 410, { message: '不属本系统管理对象' });
    case 'unauthorised':
      return send(response, 401, { message: '令牌无效' });
    default:
      return send(response, 200, spoil(mode, right));
  }
}

/** An answer that can be parsed and is wrong all the same. */
function spoil(mode: Mode, right: NonNullable<AnswerBody>): unknown {
  if (mode === 'wrong_shape') return { code: '0', data: { items: { none: true } } };
  if (mode === 'stale') return { ...right, data: { ...right.data, until: '2020-01-31' } };
  if (mode === 'other_subject') return { ...right, data: { ...right.data, uscc: '91110000MA0000000X' } };
  if (mode === 'wrong_types')
    return { ...right, data: { ...right.data, items: right.data.items.map((row) => [row]) } };
  if (mode !== 'wrong_values') return right;
  const items = right.data.items.map((row) =>
    Object.fromEntries(Object.keys(Object(row)).map((name) => [name, '？？？'.repeat(100)])),
  );
  return { ...right, data: { ...right.data, items } };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  sendText(response, status, JSON.stringify(body));
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status);
  response.end(text);
}

/** Promises the whole body and breaks the connection in the middle of it. */
function sendHalf(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.resetAndDestroy());
}

/** Sends until the other side has had enough; a bound all the same. */
function sendEndless(response: ServerResponse): void {
  const block = Buffer.alloc(64 * 1024, 0x20);
  let blocks = 4_096;
  const more = (): void => {
    while (blocks > 0 && !response.destroyed) {
      blocks -= 1;
      if (!response.write(block)) return void response.once('drain', more);
    }
    response.end();
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  more();
}

function giveToken(
  open: Open,
  { request, body }: { request: IncomingMessage; body: string },
  response: ServerResponse,
): void {
  open.behaviour.countToken();
  const { id, secret } = open.client;
  const given = /^Basic (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const right = [id, secret].map(encodeURIComponent).join(':');
  const isClient = isSame(Buffer.from(given, 'base64').toString(), right);
  if (!isClient || new URLSearchParams(body).get('grant_type') !== 'client_credentials') {
    return send(response, 401, { error: 'invalid_client' });
  }
  const token = randomBytes(32).toString('base64url');
  open.tokens.set(token, Date.now() + TOKEN_SECONDS * 1000);
  send(response, 200, { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS });
}

function hasToken({ tokens }: Open, request: IncomingMessage): boolean {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return (tokens.get(token) ?? 0) > Date.now();
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new RangeError('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
