import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const ROOT = join(import.meta.dirname, '..', '..');

/** What `embedded-process.ts` says when its server is ready. */
export type Ready = { url: string; owned: boolean; folder: string; processId: number; said: string[] };

export type ServerProcess = Ready & {
  child: ChildProcess;
  lines: AsyncIterator<string>;
  /** Lets the process leave the server; resolves with its exit code. */
  leave(): Promise<number | null>;
  /** Ends the process without a chance to clean up. */
  kill(): Promise<void>;
};

export type ProcessOptions = { root?: string; uid?: number; gid?: number; env?: NodeJS.ProcessEnv };

/** Starts a process that uses the embedded database of this folder; its code is taken from `root`. */
export async function startServerProcess(
  folder: string,
  options: ProcessOptions = {},
): Promise<ServerProcess> {
  const { root = ROOT, ...how } = options;
  const script = join(root, 'tests', 'support', 'embedded-process.ts');
  const child = spawn(process.execPath, [script, folder], {
    ...how,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const output: Interface = createInterface(child.stdout);
  const lines = output[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new Error(`no server: ${complaint}`);
  const ready = JSON.parse(first.value) as Ready;
  const leave = async (): Promise<number | null> => {
    child.stdin.end();
    return endOf(child);
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await endOf(child);
  };
  return { ...ready, child, lines, leave, kill };
}

/** The exit code, also of a process that has ended already. */
export async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** A temporary folder that other users may pass through, unless `mode` closes it; gone when the test ends. */
export function makeTestFolder(t: Pick<TestContext, 'after'>, mode = 0o711): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-flow-'));
  chmodSync(folder, mode);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Whether a process with this number runs; one that has ended and was not waited for does not. */
export function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Waits until it has ended; fails after many looks. */
export async function waitUntilEnded(pid: number): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    if (!isRunning(pid)) return;
    await delay(20);
  }
  throw new Error(`process ${pid} does not end`);
}

/** One statement in a session of its own. */
export async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
