import {
  beijingDate,
  canonicalHash,
  canonicalJson,
  type FieldPlace,
  newId,
  sealField,
  type Tx,
} from '#kernel';
import { addDays } from '#lists';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { processingRefusal } from '../processing-refusals.ts';
import type { RegisterActivity } from '../register/generate-register.ts';
import { keepRegister } from '../register/keep-register.ts';
import { type Answers, judgeAnswers, type Risk } from './answers.ts';

export type Assessment = {
  readonly assessmentId: string;
  readonly activityId: string;
  readonly versionNo: number;
  readonly risk: Risk;
  readonly state: 'waiting' | 'approved' | 'rejected';
  readonly validUntil: string | null;
};

/** Where answers and reasons stand sealed: with the assessment they die. */
export function assessmentPlace(assessmentId: string, column: 'answers' | 'reason'): FieldPlace {
  return { table: 'rights.impact_assessments', column, owner: `file:${assessmentId}` };
}

/**
 * One person answers the template for an activity of the register in force; it counts from the approval of another. Throws the
 * policy's refusal, `processing.activity_unknown`, `processing.answers_not_valid`, `processing.assessment_waiting`.
 */
export async function fillAssessment(
  tx: Tx,
  context: ProcessingContext,
  asked: { readonly caller: Caller; readonly activity: string; readonly answers: Answers },
): Promise<Assessment> {
  requireAllowed(context.policies, asked.caller, 'fill_assessment');
  const { registerNo, register } = await keepRegister(tx, context);
  const activity = requireActivity(register.activities, asked.activity);
  const risk = judgeAnswers(context.assessment, asked.answers);
  await tx.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`assessment ${activity.id}`]);
  const versionNo = await nextVersionNo(tx, activity.id);
  await keepTemplate(tx, context);
  const at = context.clock.now();
  const assessmentId = newId('pia', at);
  const answersDigest = canonicalHash(asked.answers);
  const said = {
    activity: activity.id,
    version: versionNo,
    risk,
    answersDigest,
    scopeDigest: activity.scopeDigest,
  };
  const body = { act: 'assessment_filled', assessment: assessmentId, ...said, by: asked.caller.id };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
  await tx.rows(
    `insert into rights.impact_assessments (assessment_id, activity_id, version_no, template_hash, register_no, scope_digest,
       answers_sealed, answers_digest, risk, state, filled_by, filled_at, filled_receipt_id, kept_until)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, $11, $12, $13)`,
    [
      assessmentId,
      activity.id,
      versionNo,
      context.assessment.hash,
      registerNo,
      activity.scopeDigest,
      await sealField(
        tx,
        context.cipher,
        assessmentPlace(assessmentId, 'answers'),
        canonicalJson(asked.answers),
      ),
      answersDigest,
      risk,
      asked.caller.id,
      at,
      receiptId,
      keptUntil(context, at),
    ],
  );
  return { assessmentId, activityId: activity.id, versionNo, risk, state: 'waiting', validUntil: null };
}

/**
 * Another person approves an assessment, which then holds for the template's days, or returns it with a reason. Throws the
 * policy's refusal (also to whoever filled it in), `processing.assessment_unknown`, `processing.assessment_decided`,
 * `processing.assessment_outdated`, `processing.reason_missing`.
 */
export async function decideAssessment(
  tx: Tx,
  context: ProcessingContext,
  asked: {
    readonly caller: Caller;
    readonly assessment: string;
    readonly decision: 'approved' | 'rejected';
    readonly reason?: string | undefined;
  },
): Promise<Assessment> {
  const { caller, assessment: assessmentId, decision: state } = asked;
  const waiting = await takeAssessment(tx, assessmentId, (filledBy) =>
    requireAllowed(context.policies, caller, 'approve_assessment', { earlierPersons: [filledBy] }),
  );
  const reason = asked.reason?.trim() ?? '';
  if (reason.length > PROCESSING_LIMITS.wordsCharactersMax || (state === 'rejected' && reason === ''))
    throw processingRefusal('processing.reason_missing');
  if (state === 'approved') await requireCurrent(tx, context, waiting);
  const at = context.clock.now();
  const validUntil = state === 'approved' ? addDays(beijingDate(at), context.assessment.validDays) : null;
  const { activityId, versionNo, risk, answersDigest } = waiting;
  const said = { activity: activityId, version: versionNo, answersDigest, validUntil };
  const body = { act: `assessment_${state}`, assessment: assessmentId, ...said, by: caller.id };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
  const place = assessmentPlace(assessmentId, 'reason');
  const sealed = reason === '' ? null : await sealField(tx, context.cipher, place, reason);
  await tx.rows(
    `update rights.impact_assessments set state = $2, decided_by = $3, decided_at = $4, reason_sealed = $5,
       decided_receipt_id = $6, valid_until = $7, kept_until = greatest(kept_until, $8)
     where assessment_id = $1`,
    [assessmentId, state, caller.id, at, sealed, receiptId, validUntil, keptUntil(context, at)],
  );
  return { assessmentId, activityId, versionNo, risk, state, validUntil };
}

function requireActivity(activities: readonly RegisterActivity[], id: string): RegisterActivity {
  const found = activities.find((activity) => activity.id === id);
  if (found !== undefined) return found;
  const known = activities.map((activity) => activity.id).join(', ');
  throw processingRefusal('processing.activity_unknown', { activity: id.slice(0, 60), known });
}

type Waiting = Pick<Assessment, 'activityId' | 'versionNo' | 'risk'> & {
  readonly filledBy: string;
  readonly answersDigest: string;
  readonly scopeDigest: string;
};

/** Held until the transaction ends. Who may decide is asked before its state is told. */
async function takeAssessment(tx: Tx, id: string, allow: (filledBy: string) => void): Promise<Waiting> {
  const [row] = await tx.rows<Waiting & { state: string }>(
    `select activity_id as "activityId", version_no as "versionNo", risk, filled_by as "filledBy",
       answers_digest as "answersDigest", scope_digest as "scopeDigest", state
     from rights.impact_assessments where assessment_id = $1 for update`,
    [id],
  );
  allow(row?.filledBy ?? '');
  if (row === undefined)
    throw processingRefusal('processing.assessment_unknown', { assessment: id.slice(0, 60) });
  if (row.state !== 'waiting') throw processingRefusal('processing.assessment_decided', { assessment: id });
  return row;
}

async function requireCurrent(tx: Tx, context: ProcessingContext, waiting: Waiting): Promise<void> {
  const { register } = await keepRegister(tx, context);
  const activity = register.activities.find(({ id }) => id === waiting.activityId);
  if (activity?.scopeDigest !== waiting.scopeDigest)
    throw processingRefusal('processing.assessment_outdated');
}

async function nextVersionNo(tx: Tx, activityId: string): Promise<number> {
  const [last] = await tx.rows<{ versionNo: number; state: string; id: string }>(
    `select version_no as "versionNo", state, assessment_id as id from rights.impact_assessments
     where activity_id = $1 order by version_no desc limit 1`,
    [activityId],
  );
  if (last?.state === 'waiting')
    throw processingRefusal('processing.assessment_waiting', { assessment: last.id });
  return (last?.versionNo ?? 0) + 1;
}

async function keepTemplate(tx: Tx, { assessment, clock }: ProcessingContext): Promise<void> {
  const { hash, ...definition } = assessment;
  await tx.rows(
    `insert into rights.assessment_templates (template_hash, version, definition, known_from)
     values ($1, $2, $3, $4) on conflict (template_hash) do nothing`,
    [hash, definition.version, JSON.stringify(definition), clock.now()],
  );
}

/** At least so many years from this day on (article 56). */
function keptUntil({ processing }: ProcessingContext, at: Date): string {
  return addDays(beijingDate(at), processing.keptYears * 366);
}
