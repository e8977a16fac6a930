import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { readEnv } from '#kernel';
import { type DeliveryReceipt, openCopyLimit, repeatRows } from '#lists';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Node } from '../node.ts';
import { type BenchResult, peakMemoryMiB, round, withBenchNode } from './bench-node.ts';
import { benchCode, type GradeFile, writeGradeFile, writeRegistrationFile } from './ingest-files.ts';

const CONTRACT = 'n31_public_credit_grade';

export type IngestOptions = {
  readonly rows: number;
  readonly enterprises: number;
  /** Rows that the table holds before the measured delivery. */
  readonly existing: number;
  readonly folder?: string | undefined;
};

/**
 * One delivery of `rows` rows through the whole path (store, check, match, publish, commit) against COPY of the clean
 * rows, in the file's order, on one connection into a table of the same columns and indexes in the same run.
 * Afterwards: the same bytes again, and the same rows in another order.
 */
export async function benchIngest(options: IngestOptions): Promise<BenchResult> {
  return await withBenchNode(options.folder, async (node, folder) => {
    const codes = Array.from({ length: options.enterprises }, (_, n) => benchCode(n));
    await prepare(node, folder, { codes, options });
    const file = gradeFile(folder, { codes, rows: options.rows, day: '2026-06-01' });
    await writeGradeFile(file);
    const { size } = await stat(file.path);
    const first = await timed(() => deliver(node, CONTRACT, file.path));
    const copied = await copyLimit(node, folder, { receipt: first.result, isOwn: options.existing > 0 });
    const again = await timed(() => deliver(node, CONTRACT, file.path));
    const turned = { ...file, path: join(folder, 'turned.csv'), turn: Math.floor(options.rows / 3) };
    await writeGradeFile(turned);
    const reordered = await timed(() => deliver(node, CONTRACT, turned.path));
    const { result: receipt } = first;
    return {
      bench: 'ingest',
      figure: Math.round(options.rows / first.seconds),
      unit: 'rows/s',
      work: `${options.rows} rows x 12 columns, ${round(size / 1e6, 0)} MB, 1 % bad, into a table of ${options.existing} rows`,
      limit: Math.round(copied.rows / copied.seconds),
      ratio: round(options.rows / first.seconds / (copied.rows / copied.seconds), 3),
      peakMemoryMiB: receipt.peakMemoryMiB,
      synthetic: true,
      seconds: round(first.seconds),
      copySeconds: round(copied.seconds),
      newRows: receipt.new,
      quarantined: receipt.quarantined,
      sameBytesTimesFaster: round(first.seconds / again.seconds, 1),
      reorderedSeconds: round(reordered.seconds),
      reorderedNewVersions: (reordered.result.new ?? 0) + (reordered.result.changed ?? 0),
    };
  });
}

type Preparation = { codes: readonly string[]; options: IngestOptions };

async function prepare(node: Node, folder: string, { codes, options }: Preparation): Promise<void> {
  const registration = join(folder, 'registration.csv');
  await writeRegistrationFile(registration, codes);
  const registered = await timed(() => deliver(node, 'n01_registration', registration));
  process.stderr.write(`registered ${codes.length} enterprises in ${round(registered.seconds)} s\n`);
  if (options.existing === 0) return;
  const day = '2025-01-01';
  const file = gradeFile(folder, { codes, rows: options.rows, day, name: 'before.csv', badEvery: 0 });
  await writeGradeFile(file);
  const before = await timed(() => deliver(node, CONTRACT, file.path));
  process.stderr.write(`before: ${before.result.new} rows in ${round(before.seconds)} s\n`);
  await unlink(file.path);
  const client = await node.database.pool.connect();
  const times = Math.ceil(options.existing / options.rows) - 1;
  const { delivery } = before.result;
  await repeatRows(client, node.lists, { contractId: CONTRACT, delivery, times }).finally(() =>
    client.release(),
  );
  process.stderr.write(`repeated ${times} times\n`);
}

function gradeFile(
  folder: string,
  file: { codes: readonly string[]; rows: number; day: string; name?: string; badEvery?: number },
): GradeFile {
  const { codes, rows, day, name = 'measured.csv', badEvery = 100 } = file;
  return { path: join(folder, name), codes, rows, firstDay: day, badEvery };
}

/** What `xinqiao deliver` answered, and the highest resident memory of its process. */
type Delivered = Pick<DeliveryReceipt, 'delivery' | 'new' | 'changed' | 'quarantined'> & {
  readonly peakMemoryMiB: number;
};

const MAIN = join(import.meta.dirname, '..', 'cli', 'main.ts');
/** As bin/xinqiao.js starts this command; started directly, so that its own memory can be watched. */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8'];
const LOOK_MS = 50;

/** Delivers by the command, in a process of its own, as a city does; what prepares the files shares nothing with it. */
async function deliver(node: Node, contractId: string, path: string): Promise<Delivered> {
  const provider = node.lists.catalogue.contracts.get(contractId)?.provider ?? '';
  const args = ['deliver', path, '--contract', contractId, '--provider', provider, '--synthetic', '--json'];
  const { DATABASE_URL: _, ...env } = readEnv();
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], {
    env: {
      ...env,
      XINQIAO_DATA: node.config.dataFolder,
      XINQIAO_DEMONSTRATION: '0',
      XINQIAO_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peak = 0;
  const watcher = setInterval(() => {
    peak = Math.max(peak, peakMemoryMiB(child.pid));
  }, LOOK_MS);
  const answer = await text(child.stdout);
  clearInterval(watcher);
  return { ...(JSON.parse(answer) as DeliveryReceipt), peakMemoryMiB: peak };
}

/**
 * The limit: the rows just published, in file order, into an equal empty table; where the table held rows before, into
 * that table itself, on other days.
 */
async function copyLimit(
  node: Node,
  folder: string,
  { receipt, isOwn }: { receipt: Delivered; isOwn: boolean },
): Promise<{ rows: number; seconds: number }> {
  const path = join(folder, 'limit.copy');
  const client = await node.database.pool.connect();
  try {
    const { table, columns, exported } = await openCopyLimit(client, node.lists, {
      isOwn,
      contractId: CONTRACT,
      delivery: receipt.delivery,
    });
    await pipeline(client.query(copyTo(exported)), createWriteStream(path));
    await client.query('checkpoint');
    const { seconds } = await timed(() =>
      pipeline(
        createReadStream(path, { highWaterMark: 1 << 20 }),
        client.query(copyFrom(`copy ${table} (${columns}) from stdin`)),
      ),
    );
    if (!isOwn) await client.query(`drop table ${table}`);
    return { rows: receipt.new ?? 0, seconds };
  } finally {
    client.release();
  }
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ seconds: number; result: Result }> {
  const began = performance.now();
  const result = await work();
  return { seconds: (performance.now() - began) / 1000, result };
}
