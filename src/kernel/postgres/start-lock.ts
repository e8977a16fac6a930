import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from './processes.ts';

/**
 * Runs the work while no other process starts or stops the server of this folder; undefined when the lock
 * could not be had in time. The lock is a Linux abstract socket: the kernel frees it when its
 * holder dies, so there is no stale lock to judge.
 */
export async function underStartLock<Result>(
  folder: string,
  timeoutMs: number,
  work: () => Promise<Result>,
): Promise<{ result: Result } | undefined> {
  const name = `\0xinqiao-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  const lock = await acquire(name, timeoutMs);
  if (lock === undefined) return undefined;
  try {
    return { result: await work() };
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

async function acquire(name: string, timeoutMs: number): Promise<Server | undefined> {
  const pauseMs = 25;
  for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += pauseMs) {
    const lock = await tryListen(name);
    if (lock !== undefined) return lock;
    await delay(pauseMs);
  }
  return undefined;
}

function tryListen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((stranger) => stranger.destroy());
    server.once('error', (error) => (hasCode(error, 'EADDRINUSE') ? resolve(undefined) : reject(error)));
    server.listen(name, () => resolve(server));
  });
}
