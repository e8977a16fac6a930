import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  type EnterpriseId,
  inTransaction,
  type LogFields,
  type Logger,
  openKeyStore,
  runJobs,
  shapeConfig,
  silentLogger,
} from '#kernel';
import { openOnnxRunner } from '#evaluation';
import { openReportIssuer } from '#information';
import { makeAccount, type NewAccount } from '#platform';
import { processDelivery, releaseHeld } from '#lists';
import { readEvidenceLevels, readStatements } from '#rights';
import { startSequencer } from '#security';
import { openNodePersonGate } from '../../src/entry/persons.ts';
import { buildApp } from '../../src/entry/http/app.ts';
import { loadEvaluation } from '../../src/entry/evaluation.ts';
import { openNodeIdentity } from '../../src/entry/identity.ts';
import type { App } from '../../src/entry/http/app-types.ts';
import type { Node } from '../../src/entry/node.ts';
import { openTestLists } from '../support/lists.ts';

/** Where to say what ends with the test: a test's own context, or the file's `after`. */
export type Ending = { after(work: () => void | Promise<void>): void };

/** Ends in reverse order what a whole file opened: what was opened last leans on what was opened first. */
export function endingOf(after: (work: () => Promise<void>) => void): Ending {
  const works: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (const work of works.reverse()) await work();
  });
  return { after: (work) => void works.push(work) };
}

export const PASSWORD = 'correct horse battery staple';

/** A clock that a test moves. */
export type TestClock = Clock & { advance(ms: number): void };

export function openTestClock(): TestClock {
  let offsetMs = 0;
  return { now: () => new Date(Date.now() + offsetMs), advance: (ms) => (offsetMs += ms) };
}

export type LoggedLine = { readonly level: string; readonly fields: LogFields; readonly message: string };

/** Keeps what would have been logged, to look for what must not be there. */
export function keepingLogger(lines: LoggedLine[]): Logger {
  const at = (level: string) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export type TestNodeOptions = {
  readonly publicUrl?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Further settings, as the environment has them. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** A node on a database and folders of its own; nothing of it is replaced but the clock and the logger. */
export async function openTestNode(t: Ending, options: TestNodeOptions = {}): Promise<Node> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-http-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const config = shapeConfig({
    XINQIAO_DATA: folder,
    PORT: '0',
    XINQIAO_PUBLIC_URL: options.publicUrl ?? 'http://127.0.0.1:8080',
    ...options.settings,
  });
  const context = await openTestLists(t);
  const keys = openKeyStore(config.keysFolder);
  const lists = {
    ...context,
    keys,
    clock: options.clock ?? context.clock,
    logger: options.logger ?? silentLogger,
  };
  const { database, policies, clock, logger } = lists;
  const report = openReportIssuer({ lists, policies, config, readStatements });
  const base = { config, database, policies, keys, clock, logger, lists };
  const evaluation = loadEvaluation(config, lists.catalogue);
  const onnx = openOnnxRunner();
  t.after(() => onnx.close());
  return {
    ...base,
    report,
    readEvidence: readEvidenceLevels,
    personGate: openNodePersonGate(base),
    evaluation,
    onnx,
    identity: openNodeIdentity(base),
    close: () => Promise.resolve(),
  };
}

export async function openTestApp(
  t: Ending,
  options: TestNodeOptions = {},
): Promise<{ app: App; node: Node }> {
  const node = await openTestNode(t, options);
  const app = await buildApp(node);
  t.after(() => app.close());
  return { app, node };
}

type Person = Pick<NewAccount, 'login' | 'kind'> & Partial<NewAccount>;

/** Makes an account with `PASSWORD`. */
export async function addPerson(node: Node, person: Person): Promise<string> {
  const account: NewAccount = {
    password: PASSWORD,
    roles: [],
    organisation: null,
    enterpriseId: null,
    label: { zh: '测试账号', en: 'Test account' },
    isDemonstration: false,
    ...person,
  };
  const act = { by: 'system:test', clock: node.clock, keys: node.keys };
  return await inTransaction(node.database, (tx) => makeAccount(tx, act, account));
}

export async function addOperator(node: Node, login = 'data'): Promise<void> {
  await addPerson(node, { login, kind: 'operator', roles: ['data_admin'] });
}

export async function addProvider(node: Node, login: string, organisation: string): Promise<void> {
  await addPerson(node, { login, kind: 'provider', roles: ['deliverer'], organisation });
}

export async function addEnterprise(node: Node, enterpriseId: EnterpriseId): Promise<void> {
  await addPerson(node, { login: 'enterprise', kind: 'enterprise', enterpriseId });
}

/** Signs in as a browser does; the cookie header for later requests. */
export async function signIn(app: App, login: string): Promise<string> {
  const headers = { 'x-forwarded-for': newAddress() };
  const payload = { login, password: PASSWORD };
  const answer = await app.inject({ method: 'POST', url: '/api/v1/session', payload, headers });
  if (answer.statusCode !== 200) throw new Error(`sign-in answered ${answer.statusCode}`);
  const [cookie] = answer.cookies;
  return `${cookie?.name}=${cookie?.value}`;
}

let addresses = 0;

/** Another address for each, as a proxy would state it: tests sign in more often than one person. */
export function newAddress(): string {
  addresses += 1;
  return `198.51.100.${addresses % 256}`;
}

export function basic(login: string, password = PASSWORD): string {
  return `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
}

/** The worker and the log's writer that a node runs beside HTTP. */
export async function startWork(t: Ending, node: Node): Promise<void> {
  const handlers = {
    process_delivery: ({ deliveryNo }: Readonly<Record<string, string>>) =>
      processDelivery(node.lists, String(deliveryNo)),
    release_held: ({ reviewNo }: Readonly<Record<string, string>>) =>
      releaseHeld(node.lists, String(reviewNo)),
  };
  const runner = await runJobs(node.database, handlers, { concurrency: 1, logger: silentLogger });
  const { database, keys } = node;
  const sequencer = startSequencer({ database, keys, origin: 'node.test/log', logger: silentLogger });
  t.after(() => runner.stop());
  t.after(() => sequencer.stop());
}
