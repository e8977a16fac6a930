import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnv } from '#kernel';
import { type BenchResult, peakMemoryMiB, percentile, round } from './bench-node.ts';

const STARTS = 5;
const MAIN = join(import.meta.dirname, '..', 'cli', 'main.ts');

/** A real `xinqiao start` on a data folder that holds the demonstration city, from spawn to /readyz, several times. */
export async function benchStart(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-start-'));
  chmodSync(folder, 0o711); // as root the database runs as another user, who must get in
  try {
    const first = await startOnce(folder);
    const samples: number[] = [];
    for (let run = 0; run < STARTS; run += 1) samples.push(await startOnce(folder));
    const p50 = percentile(samples, 0.5);
    return {
      bench: 'start',
      figure: round(p50 / 1_000),
      unit: 's',
      work: 'start to /readyz on 2000 synthetic enterprises',
      limit: null,
      ratio: null,
      p50Ms: Math.round(p50),
      p99Ms: Math.round(Math.max(...samples)),
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
      firstStartWithCollectionSeconds: round(first / 1_000),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startOnce(folder: string): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const { DATABASE_URL: _, ...env } = readEnv();
  const child = spawn(process.execPath, [...process.execArgv, MAIN, 'start'], {
    env: { ...env, PORT: String(port), XINQIAO_DATA: folder, XINQIAO_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const isCollected = () => existsSync(join(folder, 'demonstration', 'collected'));
  while (!(isCollected() && (await isReady(port)))) await new Promise((resolve) => setTimeout(resolve, 20));
  const took = performance.now() - began;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return took;
}

async function isReady(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
