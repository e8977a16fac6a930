import { openField, type Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { processingRefusal } from '../processing-refusals.ts';
import { keepRegister } from '../register/keep-register.ts';
import type { Answers } from './answers.ts';
import { type Assessment, assessmentPlace } from './assess.ts';
import { isMissing, readStandings, type Standing } from './standings.ts';

export type AssessmentHead = Assessment & {
  readonly registerNo: number;
  readonly answersDigest: string;
  readonly filledBy: string;
  readonly filledAt: Date;
  readonly filledReceiptId: string;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decidedReceiptId: string | null;
  readonly keptUntil: string;
};

/** With the questions as they were asked. */
export type AssessmentView = AssessmentHead & {
  readonly answers: readonly { id: string; zh: string; en: string; answer: string }[];
  readonly reason: string | null;
};

export type MissingAssessment = Standing & {
  readonly activityId: string;
  readonly zh: string;
  readonly en: string;
  readonly personalFields: number;
  readonly sensitiveFields: number;
};

/** Newest first; `before` is the last id of the page before. Throws the policy's refusal. */
export async function listAssessments(
  tx: Tx,
  context: ProcessingContext,
  asked: {
    readonly caller: Caller;
    readonly activity?: string | undefined;
    readonly before?: string | undefined;
  },
): Promise<AssessmentHead[]> {
  requireAllowed(context.policies, asked.caller, 'see_processing');
  return await tx.rows<AssessmentHead>(
    `select ${COLUMNS} from rights.impact_assessments
     where ($1::text is null or activity_id = $1) and ($2::text is null or assessment_id < $2)
     order by assessment_id desc limit $3`,
    [asked.activity ?? null, asked.before ?? null, PROCESSING_LIMITS.pageMax],
  );
}

/** One with its answers. Throws the policy's refusal, `processing.assessment_unknown`. */
export async function readAssessment(
  tx: Tx,
  context: ProcessingContext,
  { caller, assessment: id }: { readonly caller: Caller; readonly assessment: string },
): Promise<AssessmentView> {
  requireAllowed(context.policies, caller, 'see_processing');
  const [row] = await tx.rows<AssessmentHead & Sealed>(
    `select ${COLUMNS}, answers_sealed as "answersSealed", reason_sealed as "reasonSealed", t.definition
     from rights.impact_assessments a join rights.assessment_templates t using (template_hash)
     where assessment_id = $1`,
    [id],
  );
  if (row === undefined)
    throw processingRefusal('processing.assessment_unknown', { assessment: id.slice(0, 60) });
  const { answersSealed, reasonSealed, definition, ...head } = row;
  const open = async (column: 'answers' | 'reason', sealed: string): Promise<string> =>
    await openField(tx, context.cipher, assessmentPlace(id, column), sealed);
  const answers = JSON.parse(await open('answers', answersSealed)) as Answers;
  return {
    ...head,
    answers: definition.questions.map((one) => ({ ...one, answer: answers[one.id] ?? '' })),
    reason: reasonSealed === null ? null : await open('reason', reasonSealed),
  };
}

/** Activities that read something of persons without an approved assessment today. Throws the policy's refusal. */
export async function listMissingAssessments(
  tx: Tx,
  context: ProcessingContext,
  { caller }: { readonly caller: Caller },
): Promise<MissingAssessment[]> {
  requireAllowed(context.policies, caller, 'see_processing');
  const { activities } = (await keepRegister(tx, context)).register;
  const standings = await readStandings(tx, context, activities);
  return activities.flatMap(({ id: activityId, zh, en, personalFields, sensitiveFields }, at) => {
    const standing = standings[at];
    if (standing === undefined || !isMissing(standing)) return [];
    return [{ activityId, zh, en, personalFields, sensitiveFields, ...standing }];
  });
}

type Sealed = {
  readonly answersSealed: string;
  readonly reasonSealed: string | null;
  readonly definition: { readonly questions: readonly { id: string; zh: string; en: string }[] };
};

const COLUMNS = `assessment_id as "assessmentId", activity_id as "activityId", version_no as "versionNo", risk, state,
  valid_until::text as "validUntil", register_no as "registerNo", answers_digest as "answersDigest",
  filled_by as "filledBy", filled_at as "filledAt", filled_receipt_id as "filledReceiptId", decided_by as "decidedBy",
  decided_at as "decidedAt", decided_receipt_id as "decidedReceiptId", kept_until::text as "keptUntil"`;
