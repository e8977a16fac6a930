import assert from 'node:assert';
import { inTransaction } from '#kernel';
import {
  askExport,
  type Everything,
  makeExport,
  readEverything,
  readExport,
  type SelfContext,
} from '#rights';
import { decide, logOrigin, readReceipts, startSequencer } from '#security';
import type { Node } from '../node.ts';
import { openSelf } from '../self.ts';
import { type BenchResult, peakMemoryMiB, percentile, round, withBenchNode } from './bench-node.ts';
import { ACCESSES, fillOwner, type Owner, RECORDS } from './self-fill.ts';

const RUNS = 20;
const EXPORTS = 3;
const PROOFS = 50;

/**
 * Everything about an enterprise for itself: every part with the receipts of its accesses. The limit is one bare
 * select of the same items and receipts from a plain table, run in turn with it. Then inclusion proofs of accesses, and the bundle of the export.
 */
export async function benchSelf(): Promise<BenchResult> {
  return await withBenchNode(undefined, async (node) => {
    const owner = await fillOwner(node);
    const sequencer = startSequencer({ ...node, origin: logOrigin(node.config.publicUrl) });
    await sequencer.drain();
    await node.database.pool.query('analyze'); // as the server does by itself within a minute of such growth
    const context = openSelf(node);
    const reading = await measureReading(node, context, owner);
    const proofs = await measureProofs(node, owner);
    const bundle = await measureBundle(node, context, owner);
    await sequencer.stop();
    return {
      bench: 'self',
      figure: reading.p50Ms,
      unit: 'ms',
      work: `everything about an enterprise with ${RECORDS} records and ${ACCESSES} accesses, receipts included; limit: one select of the same items and receipts from a plain table`,
      limit: reading.limitMs,
      ratio: round(reading.limitMs / reading.p50Ms, 3),
      p50Ms: reading.p50Ms,
      p99Ms: reading.p99Ms,
      processorMs: reading.processorMs,
      limitProcessorMs: reading.limitProcessorMs,
      items: reading.items,
      ...proofs,
      ...bundle,
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}

type Sample = { readonly ms: number; readonly processorMs: number };

/** Elapsed, and the processor time of this process, which says more where others work beside it. */
async function timed(work: () => Promise<unknown>): Promise<Sample> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - began, processorMs: (user + system) / 1_000 };
}

async function measureReading(node: Node, context: SelfContext, { caller, enterpriseId }: Owner) {
  const asked = { caller, enterpriseId };
  const read = () => inTransaction(node.database, (tx) => readEverything(tx, context, asked), 'snapshot');
  const all = await read();
  assert(all.receipts.size >= ACCESSES, 'every access has its receipt');
  await fillBare(node, all);
  const [ours, bare]: [Sample[], Sample[]] = [[], []];
  for (let run = 0; run < RUNS + 3; run += 1) {
    const [one, other] = [await timed(read), await timed(() => readBare(node))];
    if (run < 3) continue; // statements prepared, code compiled
    ours.push(one);
    bare.push(other);
  }
  const median = (of: readonly Sample[], pick: (sample: Sample) => number): number =>
    round(percentile(of.map(pick), 0.5));
  return {
    items: all.parts.reduce((sum, part) => sum + part.items.length, 0),
    p50Ms: median(ours, ({ ms }) => ms),
    p99Ms: round(
      percentile(
        ours.map(({ ms }) => ms),
        0.99,
      ),
    ),
    processorMs: median(ours, ({ processorMs }) => processorMs),
    limitMs: median(bare, ({ ms }) => ms),
    limitProcessorMs: median(bare, ({ processorMs }) => processorMs),
  };
}

/** The same rows in a plain table: each item and each receipt as it is told. */
async function fillBare({ database }: Node, { parts, receipts }: Everything): Promise<void> {
  const rows = [
    ...parts.flatMap(({ part, items }) => items.map((item) => [part.id, item] as const)),
    ...[...receipts.values()].map((receipt) => ['receipts', receipt] as const),
  ];
  await database.pool.query(
    'create table public.bench_self (enterprise_id bigint, kind text, n integer, body text, primary key (enterprise_id, kind, n))',
  );
  await database.pool.query(
    'insert into public.bench_self select 1, kind, n, body from unnest($1::text[], $2::text[]) with ordinality as t (kind, body, n)',
    [rows.map(([kind]) => kind), rows.map(([, row]) => JSON.stringify(row))],
  );
}

async function readBare({ database }: Node): Promise<void> {
  const text = 'select kind, body from public.bench_self where enterprise_id = $1 order by kind, n';
  const { rows } = await database.pool.query({ name: 'bench_self', text, values: [1] });
  assert(rows.length > RECORDS + ACCESSES);
}

async function measureProofs(node: Node, { caller, enterpriseId, receiptIds }: Owner) {
  const ids = receiptIds.filter((_, n) => n % (ACCESSES / PROOFS) === 0);
  const prove = () =>
    inTransaction(
      node.database,
      async (tx) => {
        const asked = { caller, purpose: 'self', subject: enterpriseId, contracts: [] } as const;
        const permit = decide(tx, node.policies, { ...asked, asOf: { knownAt: node.clock.now() } });
        const held = await readReceipts(tx, permit, { ids, withProofs: true });
        assert([...held.values()].every(({ included }) => included !== undefined) && held.size === PROOFS);
      },
      'snapshot',
    );
  const samples: number[] = [];
  for (let run = 0; run < RUNS; run += 1) samples.push((await timed(prove)).ms);
  return { proofs: PROOFS, proofsMs: round(percentile(samples, 0.5)) };
}

async function measureBundle(node: Node, context: SelfContext, { caller, enterpriseId }: Owner) {
  const samples: Sample[] = [];
  let bytes = 0;
  for (let run = 0; run <= EXPORTS; run += 1) {
    const asked = { caller, enterpriseId };
    const { exportId } = await inTransaction(node.database, (tx) => askExport(tx, context, asked));
    const sample = await timed(() => makeExport(context, { enterpriseId, exportId }));
    const made = await inTransaction(node.database, (tx) => readExport(tx, context, { ...asked, exportId }));
    assert.equal(made.state, 'made');
    bytes = made.bytes ?? 0;
    if (run > 0) samples.push(sample); // the first one loads font and compiler
  }
  return {
    bundleMs: round(
      percentile(
        samples.map(({ ms }) => ms),
        0.5,
      ),
    ),
    bundleProcessorMs: round(
      percentile(
        samples.map(({ processorMs }) => processorMs),
        0.5,
      ),
    ),
    bundleBytes: bytes,
  };
}
