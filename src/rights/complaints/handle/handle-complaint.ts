import type { Tx } from '#kernel';
import { requireAllowed } from '#security';
import type { ComplaintContext } from '../complaint-context.ts';
import { complaintRefusal } from '../definition/complaint-refusals.ts';
import { COMPLAINT_OUTCOMES, type ComplaintOutcome } from '../definition/complaint.ts';
import { advance, findComplaint, type StoredComplaint, takeComplaint } from '../store.ts';
import { endAnswerTerm, stopAnswerTerm } from '../terms.ts';
import { requireWords } from '../words.ts';
import { type HandlingAct, requireAssigned, takeAsAgainst, takeToHandle } from './require-handler.ts';

/** 受理: whoever acknowledges it has it in hand. Throws the policy's refusal, `complaints.unknown`, `complaints.not_in_state`. */
export async function acknowledgeComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: HandlingAct,
): Promise<StoredComplaint> {
  const { complaint, step } = await takeToHandle(tx, context, asked);
  await advance(tx, context, complaint, {
    ...step,
    act: 'acknowledge',
    changes: { assigned_to: asked.caller.id },
  });
  return await findComplaint(tx, complaint.complaintId);
}

/** 接办: another person goes on with it. Throws as `acknowledgeComplaint`. */
export async function takeOverComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: HandlingAct,
): Promise<StoredComplaint> {
  const { complaint, step } = await takeToHandle(tx, context, asked);
  await advance(tx, context, complaint, {
    ...step,
    act: 'take_over',
    changes: { assigned_to: asked.caller.id },
  });
  return await findComplaint(tx, complaint.complaintId);
}

/**
 * 要求补充: of the complainant, in words; the clock stands where the profile lets it. Throws as `acknowledgeComplaint`,
 * `complaints.not_assigned`, `complaints.asked_back_too_often`, `complaints.words_missing`.
 */
export async function askComplainant(
  tx: Tx,
  context: ComplaintContext,
  asked: HandlingAct,
): Promise<StoredComplaint> {
  const words = requireWords(context, asked.words);
  const { complaint, step } = await takeToHandle(tx, context, asked);
  requireAssigned(complaint, asked.caller);
  const { timesMax: max } = context.complaintRules.askBack;
  if (complaint.askedBack >= max) throw complaintRefusal('complaints.asked_back_too_often', { max });
  const changes = { asked_back: complaint.askedBack + 1 };
  await advance(tx, context, complaint, { ...step, act: 'ask_back', words, changes });
  await stopAnswerTerm(tx, context, complaint, step.at);
  return await findComplaint(tx, complaint.complaintId);
}

export type Answering = HandlingAct & { readonly outcome?: ComplaintOutcome };

/**
 * 书面答复: by the person who has it in hand, which is never the body that it is about. Throws as `askComplainant`,
 * `complaints.outcome_missing`.
 */
export async function answerComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: Answering,
): Promise<StoredComplaint> {
  const words = requireWords(context, asked.words);
  const outcome = requireOutcome(asked);
  const { complaint, step } = await takeToHandle(tx, context, asked);
  requireAssigned(complaint, asked.caller);
  const changes = { answered_by: asked.caller.id, answered_at: step.at, outcome };
  await advance(tx, context, complaint, { ...step, act: 'answer', words, outcome, changes });
  await endAnswerTerm(tx, context, complaint, step.at);
  return await findComplaint(tx, complaint.complaintId);
}

/** 陈述: the body complained about is heard, while somebody else has it in hand. Throws as `askComplainant`. */
export async function stateOnComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: HandlingAct,
): Promise<StoredComplaint> {
  const words = requireWords(context, asked.words);
  const { complaint, step } = await takeAsAgainst(tx, context, asked);
  await requireStatementsLeft(tx, complaint);
  await advance(tx, context, complaint, { ...step, act: 'state', words });
  return await findComplaint(tx, complaint.complaintId);
}

/** As often as a body has something to say of one complaint; more than that is not read. */
const STATEMENTS_MAX = 20;

/** Throws `complaints.stated_too_often`. */
async function requireStatementsLeft(tx: Tx, { enterpriseId, complaintId }: StoredComplaint): Promise<void> {
  const stated = await tx.rows(
    `select from rights.complaint_steps where enterprise_id = $1 and complaint_id = $2 and act = 'state'`,
    [enterpriseId, complaintId],
  );
  if (stated.length >= STATEMENTS_MAX)
    throw complaintRefusal('complaints.stated_too_often', { max: STATEMENTS_MAX });
}

/**
 * 监管决定: on what the complainant took further; final. Throws the policy's refusal, `complaints.unknown`,
 * `complaints.not_in_state`, `complaints.words_missing`, `complaints.outcome_missing`.
 */
export async function decideComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: Answering,
): Promise<StoredComplaint> {
  requireAllowed(context.policies, asked.caller, 'decide_complaint');
  const words = requireWords(context, asked.words);
  const outcome = requireOutcome(asked);
  const complaint = await takeComplaint(tx, asked.complaint);
  const grant = requireAllowed(context.policies, asked.caller, 'decide_complaint', {
    enterprise: complaint.enterpriseId,
  });
  const at = context.clock.now();
  const by = { kind: 'regulator', id: asked.caller.id } as const;
  const changes = { decided_outcome: outcome };
  await advance(tx, context, complaint, { act: 'decide', grant, by, at, words, outcome, changes });
  await endAnswerTerm(tx, context, complaint, at);
  return await findComplaint(tx, complaint.complaintId);
}

function requireOutcome({ outcome }: Answering): ComplaintOutcome {
  if (outcome !== undefined && COMPLAINT_OUTCOMES.includes(outcome)) return outcome;
  throw complaintRefusal('complaints.outcome_missing');
}
