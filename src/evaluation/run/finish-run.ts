import assert from 'node:assert';
import type { Tx } from '#kernel';
import { MerkleTree } from '#lists';
import { type Caller, recordLeaf } from '#security';
import { sumFigures } from './figures.ts';
import type { RunContext } from './run-context.ts';
import type { RunningRun } from './running-run.ts';
import type { RunFigures, SliceFigures } from './run-tables.ts';

export type FinishedRun = {
  readonly runId: string;
  readonly kind: 'full' | 'incremental';
  readonly enterprises: number;
  readonly slices: number;
  readonly asOf: string;
  readonly knownAt: Date;
  readonly merkleRoot: string;
  readonly receiptId: string;
  readonly figures: RunFigures;
};

/**
 * Sums the slices, all of which are done, and closes the run with its one leaf. Scores of a run are read by nobody before
 * this commits.
 */
export async function finishRun(
  tx: Tx,
  context: RunContext,
  { run, caller }: { run: RunningRun; caller: Caller },
): Promise<FinishedRun> {
  const slices = await tx.rows<{ enterprises: number; digest: Buffer | null; figures: SliceFigures }>(
    'select enterprises, digest, figures from evaluation.run_slices where run_no = $1 order by slice_no',
    [run.runNo],
  );
  const tree = new MerkleTree();
  for (const { digest } of slices) {
    assert(digest !== null, 'a run ends when all its slices are done');
    tree.add(digest);
  }
  const enterprises = slices.reduce((sum, slice) => sum + slice.enterprises, 0);
  const figures = sumFigures(slices.map((slice) => slice.figures));
  const merkleRoot = tree.root();
  const at = context.clock.now();
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'evaluation_run',
    at,
    body: {
      run: run.runId,
      what: 'score',
      kind: run.kind,
      role: run.role,
      purpose: 'evaluation',
      caller: caller.id,
      population: run.kind === 'full' ? 'all' : 'touched',
      contracts: run.model.compiled.sources.map(({ contract }) => contract.id),
      model: run.model.hash,
      system: run.model.system.hash,
      grading: run.gradingHash,
      indicators: run.model.compiled.hash,
      policyHash: run.policyHash,
      asOf: run.asOf,
      knownAt: run.knownAt.toISOString(),
      enterprises,
      slices: slices.length,
      merkleRoot,
    },
  });
  await tx.rows(
    `update evaluation.runs set state = 'finished', finished_at = $2, enterprises = $3, merkle_root = $4, figures = $5,
       receipt_id = $6 where run_no = $1 and state = 'running'`,
    [run.runNo, at, enterprises, Buffer.from(merkleRoot, 'hex'), JSON.stringify(figures), receiptId],
  );
  const { runId, kind, asOf, knownAt } = run;
  return { runId, kind, enterprises, slices: slices.length, asOf, knownAt, merkleRoot, receiptId, figures };
}
