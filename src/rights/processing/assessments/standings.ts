import { beijingDate, type Tx } from '#kernel';
import type { ProcessingContext } from '../processing-context.ts';
import { needsAssessment, type RegisterActivity } from '../register/generate-register.ts';
import type { Risk } from './answers.ts';

/**
 * `not_needed`: reads nothing of persons. `none`: never approved; `waiting`: for its second person, and none holds meanwhile;
 * `outdated`: what the activity reads has changed since, such as by a new contract version; `expired`: past its last day.
 */
export const ASSESSMENT_STANDINGS = [
  'not_needed',
  'approved',
  'waiting',
  'outdated',
  'expired',
  'none',
] as const;
export type AssessmentStanding = (typeof ASSESSMENT_STANDINGS)[number];

/** How the assessment of one activity stands; the ids are of the one that the state is said of. */
export type Standing = {
  readonly state: AssessmentStanding;
  readonly assessmentId: string | null;
  readonly versionNo: number | null;
  readonly risk: Risk | null;
  readonly validUntil: string | null;
};

/** The last one approved and the one that waits, as the statement below gives them. */
export type AssessmentRow = Omit<Standing, 'state'> & {
  readonly activityId: string;
  readonly state: 'waiting' | 'approved';
  readonly scopeDigest: string;
};

/** In the order of the activities. */
export async function readStandings(
  tx: Tx,
  { clock }: ProcessingContext,
  activities: readonly RegisterActivity[],
): Promise<Standing[]> {
  const rows = await tx.rows<AssessmentRow>(
    `select distinct on (activity_id, state) activity_id as "activityId", state, scope_digest as "scopeDigest",
       assessment_id as "assessmentId", version_no as "versionNo", risk, valid_until::text as "validUntil"
     from rights.impact_assessments where activity_id = any($1) and state in ('waiting', 'approved')
     order by activity_id, state, version_no desc`,
    [activities.map(({ id }) => id)],
  );
  const today = beijingDate(clock.now());
  return activities.map((activity) => {
    const own = rows.filter(({ activityId }) => activityId === activity.id);
    return decideStanding(activity, own, today);
  });
}

/** An approved one that holds stands before one that waits; one that waits before one that does not hold. */
export function decideStanding(
  activity: Pick<RegisterActivity, 'personalFields' | 'nodeData' | 'scopeDigest'>,
  rows: readonly AssessmentRow[],
  today: string,
): Standing {
  const approved = rows.find(({ state }) => state === 'approved');
  const waiting = rows.find(({ state }) => state === 'waiting');
  const failing = approved === undefined ? undefined : failureOf(approved, activity.scopeDigest, today);
  if (!needsAssessment(activity)) return standing('not_needed', approved);
  if (approved !== undefined && failing === undefined) return standing('approved', approved);
  if (waiting !== undefined) return standing('waiting', waiting);
  return standing(failing ?? 'none', approved);
}

function failureOf(
  { scopeDigest, validUntil }: AssessmentRow,
  scope: string,
  today: string,
): 'outdated' | 'expired' | undefined {
  if (scopeDigest !== scope) return 'outdated';
  return validUntil !== null && validUntil < today ? 'expired' : undefined;
}

function standing(state: AssessmentStanding, row: AssessmentRow | undefined): Standing {
  const { assessmentId = null, versionNo = null, risk = null, validUntil = null } = row ?? {};
  return { state, assessmentId, versionNo, risk, validUntil };
}

/** Whether the law's assessment is missing today. */
export function isMissing({ state }: Pick<Standing, 'state'>): boolean {
  return state !== 'approved' && state !== 'not_needed';
}
