import { beijingDate, type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Grading } from '../index-system/definition/index-system.ts';
import type { GradeEdition, ReadGradeHistory } from './portrait-context.ts';
import type { PopulationPermit } from '#security';

type Gradings = ReadonlyMap<string, Grading>;

/**
 * Grades that others may read, of these enterprises: of each the latest finished run of a champion known at the Permit's
 * instant. A grade under notice is not published yet, and the former one stands.
 */
export function gradeReader(
  gradings: Gradings,
): (
  tx: Tx,
  permit: PopulationPermit,
  ids: readonly EnterpriseId[],
) => Promise<ReadonlyMap<EnterpriseId, string>> {
  return async (tx, permit, ids) => {
    permit.assertUsable(tx);
    const { knownAt } = permit.asOf;
    const rows = await tx.rows<{ enterprise_id: string; grading_hash: string; grade: number | null }>(
      LATEST,
      [ids, knownAt, beijingDate(knownAt)],
    );
    const named = rows.flatMap(({ enterprise_id, grading_hash, grade }) => {
      const name = nameOf(gradings, grading_hash, grade);
      return name === undefined ? [] : [[toEnterpriseId(enterprise_id), name] as const];
    });
    return new Map(named);
  };
}

const LATEST = `
  select distinct on (s.enterprise_id) s.enterprise_id, r.grading_hash,
    case when s.noticed_until > $3::date then s.shown_grade else s.grade end as grade
  from evaluation.scores s join evaluation.runs r using (run_no)
  where s.enterprise_id = any($1::bigint[]) and r.role = 'champion' and r.state = 'finished' and r.finished_at <= $2
  order by s.enterprise_id, s.run_no desc`;

/** Editions of one enterprise, the latest of each day: its own with points, anyone else's as published and without. */
export function gradeHistoryReader(gradings: Gradings): ReadGradeHistory {
  return async (tx, permit) => {
    permit.assertUsable(tx);
    const { knownAt } = permit.asOf;
    const isSelf = permit.purpose === 'self';
    const rows = await tx.rows<HistoryRow>(HISTORY, [
      permit.subject,
      knownAt,
      beijingDate(knownAt),
      isSelf,
      EDITIONS_MAX,
    ]);
    return rows.reverse().map(
      (row): GradeEdition => ({
        asOf: row.as_of,
        grade: nameOf(gradings, row.grading_hash, row.grade) ?? null,
        score: isSelf ? row.score : null,
      }),
    );
  };
}

/** Three years of months, or a year of weeks. */
const EDITIONS_MAX = 60;

type HistoryRow = {
  readonly as_of: string;
  readonly grading_hash: string;
  readonly grade: number | null;
  readonly score: number | null;
};

const HISTORY = `
  select as_of, grading_hash, grade, score from (
    select distinct on (r.as_of) r.as_of::text as as_of, r.grading_hash, s.score,
      case when not $4 and s.noticed_until > $3::date then s.shown_grade else s.grade end as grade
    from evaluation.scores s join evaluation.runs r using (run_no)
    where s.enterprise_id = $1 and r.role = 'champion' and r.state = 'finished' and r.finished_at <= $2
    order by r.as_of desc, s.run_no desc) edition
  order by as_of desc limit $5`;

/** A grade by its place in the rules it was given under; undefined when those are not in force any more. */
function nameOf(gradings: Gradings, hash: string, place: number | null): string | undefined {
  if (place === null) return undefined;
  return [...gradings.values()].find((grading) => grading.hash === hash)?.grades[place]?.grade;
}
