import { inTransaction, type Tx } from '#kernel';
import { beginRun, openRun } from './begin-run.ts';
import { evaluationRefusal } from './evaluation-refusals.ts';
import { type FinishedRun, finishRun } from './finish-run.ts';
import { type RunContext, type RunRequest, sessionsOf } from './run-context.ts';
import { runSlice } from './run-slice.ts';
import type { RunningRun, RunSlice } from './running-run.ts';

/**
 * 全覆盖评价: scores every enterprise of the register, or those touched since the last run, slice after slice on several
 * sessions. A run that a crash cut is taken up first, from the slices that are missing; another model's is abandoned.
 * One run at a time in all processes: throws `evaluation.run_under_way`. Undefined: nothing was touched.
 */
export async function runEvaluation(
  context: RunContext,
  request: RunRequest,
): Promise<FinishedRun | undefined> {
  return await inTransaction(context.database, async (lock) => {
    const [turn] = await lock.rows<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
      RUN_LOCK,
    ]);
    if (turn?.mine !== true) throw evaluationRefusal('evaluation.run_under_way');
    const cut = await inTransaction(context.database, (tx) => takeUpCut(tx, context, request));
    const resumed = cut === undefined ? undefined : await complete(context, request, cut);
    if (resumed !== undefined && resumed.kind === request.kind) return resumed;
    const run = await inTransaction(context.database, (tx) => beginRun(tx, context, request));
    return run === undefined ? undefined : await complete(context, request, run);
  });
}

/** One evaluation run of the city at a time. Held by a transaction that does nothing else, so that a crash frees it. */
const RUN_LOCK = 7_241_031;

/** The run that was under way: to be completed when it was of this model and policy, else marked as abandoned. */
async function takeUpCut(
  tx: Tx,
  { policies, logger }: RunContext,
  request: RunRequest,
): Promise<RunningRun | undefined> {
  const [row] = await tx.rows<{ run_no: string; run_id: string; is_same: boolean }>(
    `select run_no, run_id, model_hash = $1 and indicators_hash = $2 and policy_hash = $3 and role = $4 as is_same
     from evaluation.runs where state = 'running'`,
    [request.model.hash, request.model.compiled.hash, policies.hash, request.role],
  );
  if (row === undefined) return undefined;
  if (row.is_same) return await openRun(tx, request, row.run_no);
  await tx.rows(`update evaluation.runs set state = 'abandoned' where run_no = $1`, [row.run_no]);
  logger.warn({ run: row.run_id }, 'evaluation run abandoned');
  return undefined;
}

async function complete(context: RunContext, request: RunRequest, run: RunningRun): Promise<FinishedRun> {
  const { pending, total } = await inTransaction(context.database, (tx) => readSlices(tx, run.runNo));
  let done = total - pending.length;
  request.onProgress?.(done, total);
  const work = pending.values();
  const session = async (): Promise<void> => {
    for (const slice of work) {
      await inTransaction(context.database, (tx) =>
        runSlice(tx, context, { run, slice, caller: request.caller }),
      );
      done += 1;
      request.onProgress?.(done, total);
    }
  };
  // All sessions end before the first failure is thrown: none writes on after its run was given up.
  const count = sessionsOf(request);
  const ended = await Promise.allSettled(Array.from({ length: count }, session));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return await inTransaction(context.database, (tx) =>
    finishRun(tx, context, { run, caller: request.caller }),
  );
}

async function readSlices(tx: Tx, runNo: string): Promise<{ pending: RunSlice[]; total: number }> {
  const rows = await tx.rows<{
    slice_no: number;
    from_id: string;
    until_id: string;
    ids: string[] | null;
    done: boolean;
  }>(
    `select slice_no, from_id, until_id, ids, digest is not null as done
     from evaluation.run_slices where run_no = $1 order by slice_no`,
    [runNo],
  );
  const pending = rows.flatMap((row) =>
    row.done
      ? []
      : [{ sliceNo: row.slice_no, from: BigInt(row.from_id), until: BigInt(row.until_id), ids: row.ids }],
  );
  return { pending, total: rows.length };
}
