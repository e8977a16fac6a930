import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readEnv, shapeConfig } from '#kernel';
import { openNode } from '../compose.ts';
import type { Node } from '../node.ts';

/**
 * Runs a benchmark on a node of its own in a temporary folder, with an embedded database of its own, so that it
 * neither disturbs a real one nor is disturbed. `root` chooses another place, for disks larger than the temporary one.
 */
export async function withBenchNode<Result>(
  root: string | undefined,
  work: (node: Node, folder: string) => Promise<Result>,
): Promise<Result> {
  if (root !== undefined) mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root ?? tmpdir(), 'xinqiao-bench-'));
  chmodSync(folder, 0o711); // as root the database runs as another user, who must get in
  const { DATABASE_URL: _, ...env } = readEnv();
  const config = shapeConfig({
    ...env,
    XINQIAO_DATA: folder,
    XINQIAO_DEMONSTRATION: '0',
    XINQIAO_LOG_LEVEL: 'error',
  });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const node = await openNode({ config, logger: createLogger('error'), say });
    try {
      return await work(node, folder);
    } finally {
      await node.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Highest resident memory of a process so far, threads included; this one's where none is named. */
export function peakMemoryMiB(pid: number | 'self' = 'self'): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readStatus(pid)) ?? [];
  return Math.round(Number(kib ?? 0) / 1024);
}

/** Empty once the process has ended, and where there is no /proc. */
function readStatus(pid: number | 'self'): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** What a benchmark prints: our figure, the limit measured in the same run, and their ratio (1 is the limit). */
export type BenchResult = {
  readonly bench: string;
  readonly figure: number;
  readonly unit: string;
  readonly work: string;
  readonly limit: number | null;
  readonly ratio: number | null;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly peakMemoryMiB: number;
  readonly synthetic: true;
} & Readonly<Record<string, string | number | boolean | null>>;

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

/** The value below which this share of the sorted samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
