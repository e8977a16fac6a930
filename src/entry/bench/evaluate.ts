import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  bringModelIntoForce,
  type EvaluationModel,
  explainNow,
  explainOwnScore,
  readFiledModel,
  RUN_LIMITS,
  runEvaluation,
} from '#evaluation';
import { beijingDate, inTransaction, readEnv } from '#kernel';
import { findEnterprise, measuredNames, readKnownAt } from '#lists';
import { commandLineCaller, systemCaller } from '#platform';
import { decide } from '#security';
import type { Node } from '../node.ts';
import { openRuns } from '../evaluation.ts';
import { type BenchResult, percentile, round, withBenchNode } from './bench-node.ts';
import { touchSome } from './evaluate-deliver.ts';
import { writeRules } from './evaluate-files.ts';
import { runLimit } from './evaluate-limit.ts';
import { benchCode } from './ingest-files.ts';

export type EvaluateOptions = {
  readonly enterprises: number;
  /** Monthly deliveries; two records an enterprise and month. */
  readonly months: number;
  readonly folder?: string | undefined;
};

/**
 * A full run over tables that monthly deliveries filled through the node's own collection: 14 indicators, scorecard, grade
 * and reasons to a table, with marks, decision, digest and figures, against hand-written sliced SQL of the same work in
 * the same run. Then a delivery that touches one enterprise in a hundred, and the incremental run after it.
 */
export async function benchEvaluate(options: EvaluateOptions): Promise<BenchResult> {
  return await withBenchNode(options.folder, async (node, folder) => {
    const codes = Array.from({ length: options.enterprises }, (_, n) => benchCode(n));
    const records = await fill(node, options);
    const model = await openBenchModel(node, folder);
    const limit = await measureLimit(node, options);
    const full = await timed(() => run(node, model, { kind: 'full', enterprises: options.enterprises }));
    const memory = full.peakMemoryMiB;
    const agreeing = await countAgreeing(node, full.result.runId);
    assert.equal(agreeing, full.result.enterprises, 'both wrote the same scores');
    const online = await measureOnline(node, model, codes);
    await touchSome(node, folder, { codes, months: options.months });
    const incremental = await timed(() =>
      run(node, model, { kind: 'incremental', enterprises: options.enterprises }),
    );
    const [rate, bare] = [options.enterprises / full.seconds, options.enterprises / limit];
    return {
      bench: 'evaluate',
      figure: Math.round(rate),
      unit: 'enterprises/s',
      work: `${options.enterprises} enterprises, ${records} records of ${options.months} monthly deliveries, ${model.compiled.ids.length} indicators, scorecard and reasons to a table, ${availableParallelism()} sessions`,
      limit: Math.round(bare),
      ratio: round(rate / bare, 3),
      seconds: round(full.seconds),
      limitSeconds: round(limit),
      incrementalEnterprises: incremental.result.enterprises,
      incrementalSeconds: round(incremental.seconds, 3),
      incrementalShare: round(incremental.seconds / full.seconds, 4),
      onlineP50Ms: online.computeMs,
      onlineAnswerP50Ms: online.answerMs,
      peakMemoryMiB: memory,
      synthetic: true,
    };
  });
}

/** Writes and delivers in a process of its own, whose memory is no part of what is measured. */
async function fill(node: Node, { enterprises, months }: EvaluateOptions): Promise<number> {
  const { DATABASE_URL: _, ...env } = readEnv();
  const script = join(import.meta.dirname, 'evaluate-fill.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, String(enterprises), String(months)];
  const child = spawn(process.execPath, args, {
    env: {
      ...env,
      XINQIAO_DATA: node.config.dataFolder,
      XINQIAO_DEMONSTRATION: '0',
      XINQIAO_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Number(await text(child.stdout));
}

async function openBenchModel(node: Node, folder: string): Promise<EvaluationModel> {
  const choice = { system: 'bench', grading: 'grades-bench' };
  const filed = readFiledModel([writeRules(folder)], node.evaluation.book, choice);
  await inTransaction(node.database, async (tx) => {
    // The benchmark's own node: its card takes the place of the package's without the life that a city's model has.
    await tx.rows('delete from evaluation.model_states');
    await bringModelIntoForce(tx, openRuns(node), { caller: systemCaller('bench'), filed });
  });
  return filed.model;
}

async function run(
  node: Node,
  model: EvaluationModel,
  { kind, enterprises }: { kind: 'full' | 'incremental'; enterprises: number },
) {
  const finished = await runEvaluation(openRuns(node), {
    caller: systemCaller('bench'),
    kind,
    model,
    role: 'champion',
    sliceSize: sliceSizeFor(enterprises),
  });
  assert(finished?.kind === kind, 'the run that was asked for');
  return finished;
}

/** As many slices as keep every session busy to the end; those of a run where there are enough enterprises. */
function sliceSizeFor(enterprises: number): number {
  return Math.min(RUN_LIMITS.sliceEnterprises, Math.ceil(enterprises / availableParallelism() / SLICES_EACH));
}

const SLICES_EACH = 4;
const ONLINE_RUNS = 300;

/**
 * One enterprise after the other: values with the records behind them, score, reasons and cheapest changes in one open
 * transaction; then the whole answer, each in a transaction of its own with leaf and disclosure.
 */
async function measureOnline(
  node: Node,
  model: EvaluationModel,
  codes: readonly string[],
): Promise<{ computeMs: number; answerMs: number }> {
  const context = openRuns(node);
  const caller = commandLineCaller('bench', 'data_admin');
  const contracts = model.compiled.sources.map(({ contract }) => contract);
  const chosen = Array.from({ length: ONLINE_RUNS }, (_, n) => codes[(n * 7919) % codes.length] ?? '');
  const computed: number[] = [];
  await inTransaction(node.database, async (tx) => {
    for (const code of chosen) {
      const { enterpriseId: subject } = await findEnterprise(tx, code);
      const began = performance.now();
      const asOf = {
        knownAt: await readKnownAt(
          tx,
          contracts.map(({ id }) => id),
        ),
      };
      const permit = decide(tx, node.policies, { caller, purpose: 'evaluation', subject, contracts, asOf });
      await explainNow(tx, permit, model);
      computed.push(performance.now() - began);
    }
  });
  const answered: number[] = [];
  for (const code of chosen) {
    const began = performance.now();
    await explainOwnScore(context, { caller, code });
    answered.push(performance.now() - began);
  }
  return { computeMs: round(percentile(computed, 0.5)), answerMs: round(percentile(answered, 0.5)) };
}

async function measureLimit(node: Node, { enterprises }: EvaluateOptions): Promise<number> {
  const { pool } = node.database;
  const clients = await Promise.all(Array.from({ length: availableParallelism() }, () => pool.connect()));
  const now = node.clock.now();
  const about = {
    asOf: beijingDate(now),
    knownAt: now,
    from: 1,
    until: enterprises + 1,
    names: measuredNames(node.lists),
  };
  try {
    return await runLimit(clients, { ...about, sliceSize: sliceSizeFor(enterprises) });
  } finally {
    for (const client of clients) client.release();
  }
}

/** Enterprises of which both say the same: score, grade, bands and reasons. */
async function countAgreeing(node: Node, runId: string): Promise<number> {
  const { rows } = await node.database.pool.query<{ n: number }>(
    `select count(*)::integer as n from evaluation.scores s join evaluation.runs r using (run_no)
     join public.bench_scores b using (enterprise_id)
     where r.run_id = $1 and s.score = b.score and s.grade is not distinct from b.grade and s.bins = b.bins
       and s.reasons = b.reasons`,
    [runId],
  );
  return rows[0]?.n ?? 0;
}

const LOOK_MS = 20;

/** How long it took, and the most that this process held resident meanwhile. */
async function timed<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; seconds: number; peakMemoryMiB: number }> {
  let peak = process.memoryUsage.rss();
  const watcher = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, LOOK_MS);
  const began = performance.now();
  try {
    const result = await work();
    const seconds = (performance.now() - began) / 1_000;
    return { result, seconds, peakMemoryMiB: Math.round(peak / 2 ** 20) };
  } finally {
    clearInterval(watcher);
  }
}
