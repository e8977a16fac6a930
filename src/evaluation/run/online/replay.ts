import { inTransaction, Refusal, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type Caller, decide } from '#security';
import { computeOne } from '../../indicators/compute/compute-one.ts';
import { scoreEnterprise } from '../../index-system/scoring/score-enterprise.ts';
import type { EvaluationModel } from '../../models/evaluation-model.ts';
import { type ModelContext, openEvaluationModel } from '../../models/model-store.ts';
import { evaluationRefusal } from '../evaluation-refusals.ts';
import type { RunContext } from '../run-context.ts';
import { type ScoreRow, toScoreRow } from '../score-row.ts';
import { valuesById } from '../values-by-id.ts';
import { type KeptScore, readScoreOfRun } from './read-rows.ts';

export type Replay = {
  readonly run: string;
  readonly model: string;
  readonly asOf: string;
  readonly knownAt: Date;
  readonly kept: ScoreRow | null;
  readonly again: ScoreRow;
  /** Every integer is the same. */
  readonly isIdentical: boolean;
  /** Leaves whose band differs: their records were withheld, repaired or annulled since, see docs/evaluation.md. */
  readonly differing: readonly string[];
};

/**
 * Computes a kept score again from the records, by its own model, as of its own day and instant. `score` is `RUN/CODE`.
 * Records withheld today are left out for everyone but the enterprise itself, so that such a score may differ and says where.
 * Throws `evaluation.score_unknown`, or `evaluation.not_replayable` when this node no longer has the run's definitions.
 */
export async function replayScore(
  context: RunContext & ModelContext,
  { caller, score }: { readonly caller: Caller; readonly score: string },
): Promise<Replay> {
  const [runId = '', code = ''] = score.split('/');
  return await inTransaction(
    context.database,
    async (tx) => {
      const { enterpriseId } = await findEnterprise(tx, code);
      const row = await readScoreOfRun(tx, { enterpriseId, runId });
      if (row === undefined) throw evaluationRefusal('evaluation.score_unknown', { score });
      const model = await openModelOf(tx, context, row);
      const permit = decide(tx, context.policies, {
        caller,
        purpose: caller.kind === 'enterprise' ? 'self' : 'evaluation',
        subject: enterpriseId,
        contracts: model.compiled.sources.map(({ contract }) => contract),
        asOf: { knownAt: row.knownAt },
      });
      const { values } = await computeOne(tx, permit, model.compiled, { asOf: row.asOf });
      const { system, grading } = model;
      const scored = scoreEnterprise(system, valuesById(model, values), { grading });
      const medians = new Map(Object.entries(row.baseline));
      const again = toScoreRow(model, scored, { run: row.baselineRun, medians });
      const kept = keptRow(row);
      return {
        run: row.runId,
        model: row.modelHash,
        asOf: row.asOf,
        knownAt: row.knownAt,
        kept,
        again,
        isIdentical: kept !== null && JSON.stringify(kept) === JSON.stringify(again),
        differing: system.leaves.flatMap(({ indicator }, at) =>
          kept === null || kept.bins[at] === again.bins[at] ? [] : [indicator],
        ),
      };
    },
    'snapshot',
  );
}

async function openModelOf(
  tx: Tx,
  context: RunContext & ModelContext,
  { runId, modelHash }: KeptScore,
): Promise<EvaluationModel> {
  try {
    return await openEvaluationModel(tx, context, modelHash);
  } catch (error) {
    const isChanged = error instanceof Refusal && error.code === 'evaluation.definitions_changed';
    throw isChanged ? evaluationRefusal('evaluation.not_replayable', { run: runId }) : error;
  }
}

/** Members in the order of `toScoreRow`; null: it was not evaluated. */
function keptRow(row: KeptScore): ScoreRow | null {
  const { score, coveredMarks, ceilings, state, grade, gradeByScore, bins, reasons } = row;
  if (score === null || coveredMarks === null || gradeByScore === null || state > 1) return null;
  return { score, coveredMarks, ceilings, state: state === 0 ? 0 : 1, grade, gradeByScore, bins, reasons };
}
