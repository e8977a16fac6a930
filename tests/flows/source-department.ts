import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Clock, systemClock } from '#kernel';
import {
  callSource,
  loadSources,
  openSources,
  type Source,
  type SourceBook,
  type SourceCall,
  type SourceReply,
} from '#platform';
import { stringify } from 'yaml';
import { madeUpUscc } from '../../src/lists/check/check.test-support.ts';
import type { Cleanup } from '../support/database.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const DEMONSTRATION = join(ROOT, 'models', 'sources');
export const CODE = madeUpUscc(17);
export const NAME = '某某有限公司';

export type Wish = { mode: string; delayMs?: number; times?: number };

/** The stand-in department as a process of its own, and the node's side of the secret that they share. */
export type Department = {
  readonly addresses: Record<string, string>;
  readonly secret: string;
  readonly keysFolder: string;
  readonly folder: string;
  /** Changes how it behaves from now on. */
  be(wish: Wish): Promise<void>;
  /** What it was asked since it started. */
  report(): Promise<{ calls: Record<string, number>; tokens: number }>;
};

/** Starts the department; it ends with the test. `flags` are further ones of its command line. */
export async function startDepartment(t: Cleanup, flags: readonly string[] = []): Promise<Department> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-department-'));
  const keysFolder = join(folder, 'keys');
  const secret = randomBytes(24).toString('base64url');
  mkdirSync(join(keysFolder, 'sources'), { recursive: true, mode: 0o700 });
  const secretFile = join(keysFolder, 'sources', 'department');
  writeFileSync(secretFile, secret, { mode: 0o600 });
  const exchange = join(folder, 'exchange');
  const program = join(ROOT, 'examples', 'department', 'main.ts');
  const child = spawn(
    process.execPath,
    [program, '--json', '--secret-file', secretFile, '--folder', exchange, ...flags],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { addresses, control } = JSON.parse(line) as { addresses: Record<string, string>; control: string };
  return {
    addresses,
    secret,
    keysFolder,
    folder: exchange,
    be: async (wish) => {
      const answer = await fetch(control, { method: 'POST', body: JSON.stringify(wish) });
      if (!answer.ok) throw new TypeError(`no such mode: ${wish.mode}`);
    },
    report: async () =>
      (await (await fetch(control)).json()) as { calls: Record<string, number>; tokens: number },
  };
}

type Bag = Record<string, unknown>;
type Kind = Source['kind'];

/** A definition that answers quickly in tests; `more` goes over it. */
export function definition(more: Bag & { kind?: Kind } = {}, face: Bag & { contract?: string } = {}): Bag {
  const { kind = 'service' } = more;
  const { contract = 'n14_tax_declaration' } = face;
  const own: Readonly<Record<Kind, Bag>> = {
    service: {
      endpoint: { named: 'department' },
      bodyBytesMax: 1_048_576,
      rowsMax: 500,
      oauth: { tokenPath: '/oauth/token', clientId: 'xinqiao', secret: 'department' },
    },
    database: {
      endpoint: { named: 'department_database' },
      engine: 'mysql',
      user: 'xinqiao',
      secret: 'department',
      rowsMax: 500,
    },
    file: { endpoint: { named: 'department_files' }, bodyBytesMax: 1_048_576, rowsMax: 500, pollMs: 10 },
  };
  const faces: Readonly<Record<Kind, Bag>> = {
    service: {
      method: 'POST',
      path: `/v1/datasets/${contract}`,
      parameters: { code: 'uscc', name: 'name' },
      rows: 'data.items',
      echo: 'data.uscc',
      asOf: 'data.until',
      noDataStatus: 404,
    },
    database: { statement: `select * from ${contract} where uscc = :code` },
    file: { dataset: contract },
  };
  return {
    id: 'test_source',
    name: '测试数据源',
    provider: '测试单位',
    kind,
    timeoutMs: 5_000,
    retries: { max: 0, backoffMs: 5 },
    concurrencyMax: 8,
    queueMax: 64,
    breaker: { failures: 100, openMs: 60_000 },
    ...own[kind],
    interfaces: [
      {
        contract,
        frequency: 'month',
        capacity: { perMinute: 10_000, perDay: 100_000 },
        cacheMs: 0,
        ...faces[kind],
        ...face,
      },
    ],
    ...more,
  };
}

/** Loads definitions as a node does, from files. */
export function loadDefinitions(t: Cleanup, definitions: readonly Bag[]): Source[] {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-sources-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [at, one] of definitions.entries()) writeFileSync(join(folder, `${at}.yaml`), stringify(one));
  return loadSources([folder]);
}

export type TestBook = {
  readonly book: SourceBook;
  /** Asks the first interface of the first source. */
  readonly ask: (more?: Partial<SourceCall>) => Promise<SourceReply>;
};

export function openTestBook(
  t: Cleanup,
  department: Pick<Department, 'addresses' | 'keysFolder'>,
  definitions: readonly Bag[],
  clock: Clock = systemClock,
): TestBook {
  const loaded = loadDefinitions(t, definitions);
  const { addresses, keysFolder } = department;
  const book = openSources({ definitions: loaded, addresses, keysFolder, clock });
  t.after(() => book.close());
  const [source] = loaded;
  const contractId = source?.interfaces[0]?.contract;
  if (source === undefined || contractId === undefined) throw new TypeError('no definition');
  const ask = (more: Partial<SourceCall> = {}): Promise<SourceReply> =>
    callSource(book, {
      source,
      code: CODE,
      name: NAME,
      contractId,
      deadlineAt: new Date(clock.now().getTime() + 20_000),
      signal: new AbortController().signal,
      ...more,
    });
  return { book, ask };
}

/** Outcome and reason in one word; `rows` alone when it answered. */
export function told(reply: SourceReply): string {
  return 'reason' in reply ? `${reply.outcome}: ${reply.reason}` : reply.outcome;
}

/** A clock that stands still until the test moves it. */
export function steppedClock(): Clock & { step(ms: number): void } {
  let now = Date.now();
  return { now: () => new Date(now), step: (ms) => (now += ms) };
}
