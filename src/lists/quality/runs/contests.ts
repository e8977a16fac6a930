import { beijingDate, type KeyStore, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { qualityRefusal } from '../quality-refusals.ts';
import { addWorkingDays, type WorkingCalendar } from '../working-days.ts';
import { readDefinitions } from './definitions.ts';
import { readScore } from './snapshot.ts';

export type Contest = {
  readonly contestNo: string;
  readonly scoreNo: string;
  readonly runId: string;
  readonly period: string;
  readonly scope: string;
  readonly subject: string;
  readonly dimension: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly provider: string;
  readonly ground: string;
  readonly evidence: readonly string[];
  readonly state: 'contested' | 'upheld' | 'dismissed';
  readonly contestedBy: string;
  readonly contestedAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decision: string | null;
  readonly correctedNumerator: number | null;
};

/** What a provider says against one number; `evidence` are rule and row ids of the opened score. */
export type ContestRequest = {
  readonly scoreNo: string;
  readonly provider: string;
  readonly ground: string;
  readonly evidence: readonly string[];
  /** Id of the caller, already allowed to contest for this provider. */
  readonly by: string;
};

/**
 * Contests one share of the provider's own: of a delivery, a dataset or all of it. One open contest per number, within
 * the working days that the run's weights give. Nothing changes until another person decides.
 */
export async function contestScore(
  tx: Tx,
  request: ContestRequest,
  { calendar, at }: { calendar: WorkingCalendar; at: Date },
): Promise<Contest> {
  const { score, run } = await readScore(tx, request.scoreNo);
  if (score.provider !== request.provider) throw qualityRefusal('quality.contest_not_yours');
  if (score.dimension === 'overall' || score.dimension === 'freshness') {
    throw qualityRefusal('quality.contest_not_a_share', { dimension: score.dimension });
  }
  const { weights } = await readDefinitions(tx, run.definitionsHash);
  const until = addWorkingDays(calendar, beijingDate(run.computedAt), weights.contestWorkingDays).date;
  if (beijingDate(at) > until) throw qualityRefusal('quality.contest_too_late', { until });
  const [made] = await tx.rows<{ contest_no: string }>(
    `insert into lists.quality_contests (score_no, provider, ground, evidence, contested_by, contested_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (score_no) where state = 'contested' do nothing returning contest_no`,
    [request.scoreNo, request.provider, request.ground, JSON.stringify(request.evidence), request.by, at],
  );
  if (made === undefined) throw qualityRefusal('quality.contest_open');
  return await readContest(tx, made.contest_no);
}

export type ContestDecision = {
  readonly contestNo: string;
  /** Upholding says what the numerator should have been. */
  readonly outcome:
    | { readonly state: 'upheld'; readonly correctedNumerator: number }
    | { readonly state: 'dismissed' };
  readonly decision: string;
  /** Id of the caller, already allowed to decide; never the one who contested. */
  readonly by: string;
};

/**
 * Decides a contest once, with a leaf. The frozen number stays; the correction is in every computation from now on.
 * Refuses the person who contested with `quality.contest_same_person`.
 */
export async function decideContest(
  tx: Tx,
  request: ContestDecision,
  { keys, at }: { keys: KeyStore; at: Date },
): Promise<Contest> {
  const contest = await readContest(tx, request.contestNo, 'for update of c');
  if (contest.state !== 'contested') {
    throw qualityRefusal('quality.contest_decided', {
      contest: contest.contestNo,
      state: STATE_ZH[contest.state],
    });
  }
  if (contest.contestedBy === request.by) throw qualityRefusal('quality.contest_same_person');
  const { outcome } = request;
  const corrected =
    outcome.state === 'upheld' ? requireCorrection(contest, outcome.correctedNumerator) : null;
  await tx.rows(
    `update lists.quality_contests
     set state = $2, decided_by = $3, decided_at = $4, decision = $5, corrected_numerator = $6 where contest_no = $1`,
    [contest.contestNo, outcome.state, request.by, at, request.decision, corrected],
  );
  await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at,
    body: {
      act: 'decide_quality_contest',
      contest: contest.contestNo,
      score: contest.scoreNo,
      state: outcome.state,
      by: request.by,
    },
  });
  return await readContest(tx, contest.contestNo);
}

/** Contests, newest first; a provider sees its own. */
export async function listContests(
  tx: Tx,
  { provider, limit }: { provider?: string; limit: number },
): Promise<Contest[]> {
  return await tx.rows<Contest>(
    `${CONTEST} where ($1::text is null or c.provider = $1) order by c.contest_no desc limit $2`,
    [provider ?? null, limit],
  );
}

const STATE_ZH = { contested: '待处理', upheld: '已支持', dismissed: '不予支持' } as const;

const CONTEST = `
  select c.contest_no as "contestNo", c.score_no as "scoreNo", r.run_id as "runId", r.period, s.scope, s.subject,
    s.dimension, s.numerator::float8 as numerator, s.denominator::float8 as denominator, c.provider, c.ground,
    c.evidence, c.state, c.contested_by as "contestedBy", c.contested_at as "contestedAt", c.decided_by as "decidedBy",
    c.decided_at as "decidedAt", c.decision, c.corrected_numerator::float8 as "correctedNumerator"
  from lists.quality_contests c
  join lists.quality_scores s on s.score_no = c.score_no
  join lists.quality_runs r on r.run_no = s.run_no`;

async function readContest(tx: Tx, contestNo: string, lock: '' | 'for update of c' = ''): Promise<Contest> {
  const isNumber = /^[1-9][0-9]{0,17}$/.test(contestNo);
  const [row] = isNumber
    ? await tx.rows<Contest>(`${CONTEST} where c.contest_no = $1 ${lock}`, [contestNo])
    : [];
  if (row === undefined) throw qualityRefusal('quality.contest_unknown', { contest: contestNo });
  return row;
}

function requireCorrection(contest: Contest, corrected: number): number {
  const { numerator, denominator } = contest;
  const isPossible = Number.isSafeInteger(corrected) && corrected >= 0 && corrected <= denominator;
  if (!isPossible || corrected === numerator) {
    throw qualityRefusal('quality.contest_correction_wrong', { min: 0, max: denominator });
  }
  return corrected;
}
