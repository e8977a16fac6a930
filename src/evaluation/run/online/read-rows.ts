import type { EnterpriseId, Tx } from '#kernel';

/** A score as it was written, with what the run says of all its scores. */
export type KeptScore = {
  readonly runId: string;
  readonly runNo: string;
  readonly modelHash: string;
  /** Beijing day. */
  readonly asOf: string;
  readonly knownAt: Date;
  readonly baselineRun: string;
  readonly baseline: Readonly<Record<string, number>>;
  readonly score: number | null;
  readonly coveredMarks: number | null;
  readonly ceilings: number;
  readonly state: number;
  readonly grade: number | null;
  readonly gradeByScore: number | null;
  readonly shownGrade: number | null;
  readonly noticedUntil: string | null;
  readonly undisputedScore: number | null;
  readonly undisputedGrade: number | null;
  readonly bins: readonly number[];
  readonly reasons: readonly number[];
};

const COLUMNS = `r.run_id as "runId", r.run_no as "runNo", r.model_hash as "modelHash", r.as_of::text as "asOf",
  r.known_at as "knownAt", r.baseline_run as "baselineRun", r.baseline, s.score, s.covered_marks as "coveredMarks",
  s.ceilings, s.state, s.grade, s.grade_by_score as "gradeByScore", s.shown_grade as "shownGrade",
  s.noticed_until::text as "noticedUntil", s.undisputed_score as "undisputedScore",
  s.undisputed_grade as "undisputedGrade", s.bins, s.reasons`;

const LATEST = `select ${COLUMNS}
  from evaluation.scores s join evaluation.runs r on r.run_no = s.run_no
  where s.enterprise_id = $1 and r.state = 'finished' and r.role = 'champion'`;

/** The latest score of the model in use; the enterprise may read it at once. */
export async function readLatestScore(tx: Tx, id: EnterpriseId): Promise<KeptScore | undefined> {
  const [row] = await tx.hotRows<KeptScore>(
    'evaluation.latest_score',
    `${LATEST} order by s.run_no desc limit 1`,
    [id],
  );
  return row;
}

/**
 * The latest score that others may read on a Beijing day: one that is being shown to the enterprise first is not there for
 * them, so that nothing tells a notice from no change.
 */
export async function readPublishedScore(
  tx: Tx,
  id: EnterpriseId,
  today: string,
): Promise<KeptScore | undefined> {
  const [row] = await tx.hotRows<KeptScore>(
    'evaluation.published_score',
    `${LATEST} and (s.noticed_until is null or s.noticed_until <= $2) order by s.run_no desc limit 1`,
    [id, today],
  );
  return row;
}

/** The score of one enterprise in one run, whatever the model was used for. */
export async function readScoreOfRun(
  tx: Tx,
  { enterpriseId, runId }: { enterpriseId: EnterpriseId; runId: string },
): Promise<KeptScore | undefined> {
  const [row] = await tx.rows<KeptScore>(
    `select ${COLUMNS} from evaluation.scores s join evaluation.runs r on r.run_no = s.run_no
     where s.enterprise_id = $1 and r.run_id = $2 and r.state = 'finished'`,
    [enterpriseId, runId],
  );
  return row;
}
