import { inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type Caller, decide } from '#security';
import { computeOne } from '../../indicators/compute/compute-one.ts';
import { evaluationRefusal } from '../../run/evaluation-refusals.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { ModelContext } from '../model-store.ts';
import { openCardModel } from '../cards/card-store.ts';
import { type CardScore, scoreSlice } from './run-card.ts';

export type CardReplay = {
  readonly run: string;
  readonly model: string;
  readonly asOf: string;
  readonly knownAt: Date;
  readonly isIdentical: boolean;
  /** Variables whose bin is another now: records withheld, repaired or annulled since. */
  readonly differing: readonly string[];
};

type Kept = CardScore & { readonly modelHash: string; readonly asOf: string; readonly knownAt: Date };

/**
 * Computes a kept score of a card again (`RUN/CODE`) from the records, by its own card and definitions, as of its own day and
 * instant, and compares every bit. Neither score is given out. Throws `evaluation.score_unknown`,
 * `evaluation.definitions_changed`.
 */
export async function replayCardScore(
  context: RunContext & ModelContext,
  { caller, score }: { readonly caller: Caller; readonly score: string },
): Promise<CardReplay> {
  const [runId = '', code = ''] = score.split('/');
  return await inTransaction(
    context.database,
    async (tx) => {
      const { enterpriseId } = await findEnterprise(tx, code);
      const kept = await readKept(tx, { runId, enterpriseId });
      if (kept === undefined) throw evaluationRefusal('evaluation.score_unknown', { score });
      const { modelHash, asOf, knownAt, ...row } = kept;
      const model = await openCardModel(tx, context, modelHash);
      const permit = decide(tx, context.policies, {
        caller,
        purpose: 'evaluation',
        subject: enterpriseId,
        contracts: model.compiled.sources.map(({ contract }) => contract),
        asOf: { knownAt },
      });
      const { values } = await computeOne(tx, permit, model.compiled, { asOf });
      const [again] = scoreSlice(model, [{ enterpriseId, values }]);
      return {
        run: runId,
        model: modelHash,
        asOf,
        knownAt,
        isIdentical: JSON.stringify(again) === JSON.stringify(row),
        differing: model.card.binnings.flatMap(({ variable }, at) =>
          again?.bins[at] === row.bins[at] ? [] : [variable],
        ),
      };
    },
    'snapshot',
  );
}

/** Members in the order of `scoreSlice`. */
async function readKept(
  tx: Tx,
  { runId, enterpriseId }: { runId: string; enterpriseId: string },
): Promise<Kept | undefined> {
  const [row] = await tx.rows<Kept>(
    `select s.enterprise_id::text as "enterpriseId", s.score, s.chance, s.grade, s.known_values as known, s.bins,
       r.model_hash as "modelHash", r.as_of::text as "asOf", r.known_at as "knownAt"
     from evaluation.card_scores s join evaluation.card_runs r using (card_run_no)
     where r.run_id = $1 and s.enterprise_id = $2`,
    [runId, enterpriseId],
  );
  return row;
}
