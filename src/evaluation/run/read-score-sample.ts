import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';

/** The bands of one enterprise in the order of the model's leaves. */
export type ScoreSample = { readonly enterpriseId: EnterpriseId; readonly bins: readonly number[] };

export type SampledRun = {
  readonly runId: string;
  readonly modelHash: string;
  readonly asOf: string;
  readonly scores: readonly ScoreSample[];
};

/**
 * Scores of the latest full run of the model in use, as known at the Permit's instant: of the enterprises named, or of a
 * sample in the order of a hash, the same each time. Undefined: there is no such run. For figures over groups.
 */
export async function readScoreSample(
  tx: Tx,
  permit: PopulationPermit,
  { ids, limit }: { ids?: readonly EnterpriseId[]; limit: number },
): Promise<SampledRun | undefined> {
  permit.assertUsable(tx);
  const [run] = await tx.rows<{ run_no: string; run_id: string; model_hash: string; as_of: string }>(
    `select run_no, run_id, model_hash, as_of::text as as_of from evaluation.runs
     where state = 'finished' and role = 'champion' and kind = 'full' and finished_at <= $1
     order by run_no desc limit 1`,
    [permit.asOf.knownAt],
  );
  if (run === undefined) return undefined;
  const rows = await tx.rows<{ enterprise_id: string; bins: number[] }>(
    `select s.enterprise_id, s.bins from evaluation.scores s
     where s.run_no = $1 and s.score is not null and ($2::bigint[] is null or s.enterprise_id = any($2))
     order by hashint8extended(s.enterprise_id, 11), s.enterprise_id limit $3`,
    [run.run_no, ids ?? null, limit],
  );
  const scores = rows.map((row) => ({ enterpriseId: toEnterpriseId(row.enterprise_id), bins: row.bins }));
  return { runId: run.run_id, modelHash: run.model_hash, asOf: run.as_of, scores };
}
