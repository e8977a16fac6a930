import type { Tx } from '#kernel';
import type { ModelResult } from '../score-model.ts';
import type { AskedToScore, RunResults } from './run-shape.ts';

/** Keeps what versions in shadow said, beside what the active one said in the same run. */
export async function keepShadowRuns(
  tx: Tx,
  { asked, results, runId, at }: { asked: AskedToScore; results: RunResults; runId: string; at: Date },
): Promise<void> {
  const { permit, admission, versions } = asked;
  const active = versions.find(({ state }) => state === 'active');
  const activeScore = active === undefined ? null : scoreOf(results.get(active.model));
  const rows = versions.flatMap(({ model, state }) => {
    const result = results.get(model);
    if (state !== 'shadow' || result === undefined) return [];
    return [{ model, outcome: outcomeOf(result), score: scoreOf(result) }];
  });
  if (rows.length === 0) return;
  await tx.rows(
    `insert into evaluation.hosted_shadow_runs
       (enterprise_id, run_id, model_hash, institution, outcome, score, active_score, at)
     select $1, $2, model, $3, outcome, score, $4, $5
     from unnest($6::text[], $7::text[], $8::float8[]) as said (model, outcome, score)`,
    [
      permit.subject,
      runId,
      admission.institutionId,
      activeScore,
      at,
      rows.map(({ model }) => model),
      rows.map(({ outcome }) => outcome),
      rows.map(({ score }) => score),
    ],
  );
}

function scoreOf(result: ModelResult | 'not_permitted' | undefined): number | null {
  return typeof result === 'object' ? result.score : null;
}

function outcomeOf(result: ModelResult | 'not_permitted'): string {
  return result === 'not_permitted' ? result : (result.failure ?? result.outcome);
}
