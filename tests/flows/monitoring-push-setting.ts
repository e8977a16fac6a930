import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type EnterpriseId,
  inTransaction,
  openFieldCipher,
  silentLogger,
  toEnterpriseId,
  type Tx,
} from '#kernel';
import {
  loadPushTerms,
  type Message,
  noteAlertsTaken,
  openPushNetwork,
  type PushContext,
  queueMessages,
  registerEndpoint,
  verifyEndpoint,
} from '#monitoring';
import { systemCaller } from '#platform';
import type { Caller } from '#security';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../support/database.ts';
import { callerOf, openSetting } from './consent-setting.ts';
import type { TestClock } from './http-node.ts';

export const BANK_ADMIN = callerOf({
  id: 'acc_bank_admin',
  kind: 'institution',
  roles: ['institution_admin'],
  participantId: 'bank',
});
export const OTHER_ADMIN = callerOf({
  id: 'acc_other_admin',
  kind: 'institution',
  roles: ['institution_admin'],
  participantId: 'other-bank',
});
export const PLATFORM_ADMIN = callerOf({
  id: 'acc_platform_admin',
  kind: 'platform',
  roles: ['institution_admin'],
  participantId: 'platform',
});
export const OPERATOR = callerOf({ id: 'cli:operator', kind: 'operator', roles: ['system_admin'] });

/** Enterprises that are watched, for whom; what `readLiveWatches` reads of the city, here of a set that a test changes. */
export type Watched = Set<string>;

export type PushSetting = {
  readonly context: PushContext;
  readonly clock: TestClock;
  /** Alerts need `institution enterprise` in it. */
  readonly watched: Watched;
  readonly run: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  readonly queue: (...messages: Partial<Message>[]) => Promise<string[]>;
};

/** A bank, another bank and a platform on a database of their own; targets on this machine are allowed. */
export async function openPushSetting(t: Cleanup): Promise<PushSetting> {
  const { database, context: base, clock } = await openSetting(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-push-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const watched: Watched = new Set();
  const context: PushContext = {
    database,
    policies: base.policies,
    keys: base.keys,
    clock,
    logger: silentLogger,
    cipher: openFieldCipher(join(folder, 'keys'), 'intl-1'),
    source: 'https://node.test/api/v1/monitoring',
    network: openPushNetwork(['127.0.0.1/32']),
    readWatched: (_tx, ids) => Promise.resolve(watchesIn(watched, ids)),
    noteTaken: (tx, taken) =>
      noteAlertsTaken(tx, { clock, keys: base.keys }, { caller: systemCaller('push'), taken }),
    terms: loadPushTerms([join(import.meta.dirname, '..', '..', 'models')]),
  };
  const run = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);
  const queue = (...messages: Partial<Message>[]) =>
    run((tx) => queueMessages(tx, messages.map(messageOf), clock.now()));
  return { context, clock, watched, run, queue };
}

function watchesIn(watched: Watched, ids: readonly EnterpriseId[]) {
  return [...watched].flatMap((pair) => {
    const [institutionId = '', enterprise = '', platform] = pair.split(' ');
    const enterpriseId = toEnterpriseId(enterprise);
    if (!ids.includes(enterpriseId)) return [];
    return [{ enterpriseId, institutionId, platformId: platform ?? null, consentId: null }];
  });
}

/** A recall, which is told whether or not the enterprise is watched still. */
export function messageOf(message: Partial<Message>): Message {
  return {
    institutionId: 'bank',
    platformId: null,
    enterpriseId: toEnterpriseId(1),
    type: 'cn.xinqiao.alert.recalled',
    data: { alertId: 'alr_1', level: 'red' },
    ...message,
  };
}

export type Received = {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly event: {
    id: string;
    type: string;
    sequence: string;
    data: Record<string, unknown>;
    [name: string]: unknown;
  };
};

export type Target = {
  readonly url: string;
  /** What arrived that was no challenge, in order. */
  readonly received: Received[];
  secret: string;
  /** Answers what is no challenge; 204 unless a test sets it. */
  answer: (event: Received, response: ServerResponse, request: IncomingMessage) => void;
};

/** A real server of an institution: it checks every signature and answers challenges. */
export async function openTarget(t: Cleanup): Promise<Target> {
  const target = {
    url: '',
    received: [] as Received[],
    secret: '',
    answer: (_: Received, response: ServerResponse) => void response.writeHead(204).end(),
  } satisfies Target as Target;
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => take(target, request, response, Buffer.concat(chunks).toString('utf8')));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return Object.assign(target, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` });
}

function take(target: Target, request: IncomingMessage, response: ServerResponse, body: string): void {
  const event = JSON.parse(body) as Received['event'];
  const id = String(request.headers['webhook-id']);
  if (!isSigned(request.headers, body, target.secret)) return void response.writeHead(401).end();
  if (event.type === 'cn.xinqiao.endpoint.challenge') {
    const mac = macOf(target.secret, `challenge.${String(event.data['challenge'])}`);
    return void response.writeHead(200).end(JSON.stringify({ signature: `v1,${mac}` }));
  }
  const received = { id, headers: request.headers, body, event };
  target.received.push(received);
  target.answer(received, response, request);
}

/** Standard Webhooks as its specification says, with nothing of the node's. */
export function isSigned(headers: IncomingMessage['headers'], body: string, secret: string): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = Buffer.from(`v1,${macOf(secret, signed)}`);
  return String(headers['webhook-signature'])
    .split(' ')
    .some((given) => given.length === expected.length && timingSafeEqual(Buffer.from(given), expected));
}

function macOf(secret: string, text: string): string {
  return createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(text)
    .digest('base64');
}

/** Registers the target for its participant and passes the challenge. */
export async function connect(
  { context, run }: Pick<PushSetting, 'context' | 'run'>,
  target: Target,
  caller: Caller = BANK_ADMIN,
): Promise<string> {
  const { endpointId, secret } = await run((tx) =>
    registerEndpoint(tx, context, { caller, url: target.url }),
  );
  target.secret = secret;
  await verifyEndpoint(context, { caller, endpointId });
  return endpointId;
}

const LOOK_MS = 20;
const PATIENCE_MS = 20_000;

/** Waits for what must come; a test that waits in vain fails. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_MS) {
    if (await isSo()) return;
    await wait(LOOK_MS);
  }
  throw new Error(`did not come: ${what}`);
}
