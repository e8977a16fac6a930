import { beijingDate, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';

/** A published grade that is lower than the one before it, under the same grading rules. */
export type GradeDrop = {
  readonly enterpriseId: EnterpriseId;
  /** Beijing day that the lower one was evaluated as of. */
  readonly asOf: string;
  /** Places fallen, 1 at least. */
  readonly places: number;
  readonly publishedAt: Date;
};

/**
 * Of these enterprises, those whose latest published grade is lower than the edition before: as known at the Permit's
 * instant, and, with `since`, published after it. A grade under notice is not published yet, and the former one stands.
 * An edition without a grade is neither a fall nor a rise, and is passed over.
 */
export async function readGradeDrops(
  tx: Tx,
  permit: PopulationPermit,
  { enterpriseIds, since }: { enterpriseIds: readonly EnterpriseId[]; since: Date | null },
): Promise<GradeDrop[]> {
  permit.assertUsable(tx);
  const { knownAt } = permit.asOf;
  const rows = await tx.rows<{ enterprise_id: string; as_of: string; places: number; published_at: Date }>(
    DROPS,
    [enterpriseIds, knownAt, beijingDate(knownAt), since],
  );
  return rows.map((row) => ({
    enterpriseId: toEnterpriseId(row.enterprise_id),
    asOf: row.as_of,
    places: row.places,
    publishedAt: row.published_at,
  }));
}

const DROPS = `
  with edition as (
    select s.enterprise_id, s.run_no, r.as_of, r.finished_at, r.grading_hash,
      case when s.noticed_until > $3::date then s.shown_grade else s.grade end as grade
    from evaluation.scores s join evaluation.runs r using (run_no)
    where s.enterprise_id = any($1::bigint[]) and r.role = 'champion' and r.state = 'finished' and r.finished_at <= $2
  ), step as (
    select *, lag(grade) over own as former, lag(grading_hash) over own as former_hash,
      row_number() over (partition by enterprise_id order by run_no desc) as latest
    from edition where grade is not null
    window own as (partition by enterprise_id order by run_no)
  )
  select enterprise_id, as_of::text, (grade - former)::integer as places, finished_at as published_at
  from step
  where latest = 1 and grade > former and grading_hash = former_hash
    and ($4::timestamptz is null or finished_at > $4)
  order by enterprise_id`;
