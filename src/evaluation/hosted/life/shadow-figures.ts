import type { Tx } from '#kernel';
import { HOSTED_LIMITS } from '../hosted-limits.ts';
import type { HostedVersion } from './find-model.ts';

/** What a version in shadow came to, over whole blocks of enterprises, each counted once by its first run. */
export type ShadowFigures = {
  readonly enterprises: number;
  readonly scored: number;
  readonly failed: number;
  /** Of those that the active version scored as well: mean distance of both scores; null: there are none. */
  readonly meanDistance: number | null;
  readonly sameScore: number;
};

export async function countShadowEnterprises(
  tx: Tx,
  { institution, model }: Pick<HostedVersion, 'institution' | 'model'>,
): Promise<number> {
  const [row] = await tx.rows<{ n: number }>(
    `select count(distinct enterprise_id)::integer as n from evaluation.hosted_shadow_runs
     where institution = $1 and model_hash = $2`,
    [institution, model],
  );
  return row?.n ?? 0;
}

/**
 * Figures over the first `n` enterprises, n a whole number of blocks: whoever reads twice learns about a block of
 * enterprises at least, and of no single one.
 */
export async function readShadowFigures(
  tx: Tx,
  version: Pick<HostedVersion, 'institution' | 'model'>,
): Promise<ShadowFigures> {
  const { shadowBlockEnterprises: block } = HOSTED_LIMITS;
  const seen = await countShadowEnterprises(tx, version);
  const enterprises = Math.floor(seen / block) * block;
  const [row] = await tx.rows<Omit<ShadowFigures, 'enterprises'>>(FIGURES, [
    version.institution,
    version.model,
    enterprises,
  ]);
  return { enterprises, ...(row ?? { scored: 0, failed: 0, meanDistance: null, sameScore: 0 }) };
}

const FIGURES = `
  with first_runs as (
    select distinct on (enterprise_id) enterprise_id, run_id, outcome, score, active_score
    from evaluation.hosted_shadow_runs where institution = $1 and model_hash = $2
    order by enterprise_id, run_id
  ), counted as (
    select * from first_runs order by run_id, enterprise_id limit $3
  )
  select count(*) filter (where outcome = 'scored')::integer as scored,
    count(*) filter (where outcome in ('too_slow', 'failed'))::integer as failed,
    avg(abs(score - active_score)) filter (where score is not null and active_score is not null) as "meanDistance",
    count(*) filter (where score = active_score)::integer as "sameScore"
  from counted`;
