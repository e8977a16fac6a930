import type { Tx } from '#kernel';
import { findEnterprise, readMergedIds } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, type Grant, requireAllowed } from '#security';
import { endTermsOf } from '../time-limits/running/change-term.ts';
import type { ComplaintContext } from './complaint-context.ts';
import { complaintRefusal } from './definition/complaint-refusals.ts';
import { advance, findComplaint, notInState, type StoredComplaint, takeComplaint } from './store.ts';
import { matterOf, resumeAnswerTerm, startAnswerTerm } from './terms.ts';
import { requireWords } from './words.ts';

const DAY_MS = 86_400_000;

/** What the enterprise does with a complaint of its own. */
export type OwnComplaintAct = {
  readonly caller: Caller;
  readonly code: string;
  readonly complaint: string;
  readonly words?: string;
};

/** 补充: what was asked for; the clock goes on. Throws the policy's refusal, what `proveMandate` throws, `complaints.…`. */
export async function completeComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: OwnComplaintAct,
): Promise<StoredComplaint> {
  const { own, step } = await takeOwn(tx, context, asked);
  const words = requireWords(context, asked.words);
  await advance(tx, context, own, { ...step, act: 'complete', words });
  await resumeAnswerTerm(tx, context, own, step.at);
  return await findComplaint(tx, own.complaintId);
}

/** 撤回: before the answer, or from the supervisor, when the answer stands. Throws as `completeComplaint`. */
export async function withdrawComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: OwnComplaintAct,
): Promise<StoredComplaint> {
  const { own, step } = await takeOwn(tx, context, asked);
  await advance(tx, context, own, { ...step, act: 'withdraw' });
  await endTermsOf(tx, context, { matter: matterOf(own), at: step.at });
  return await findComplaint(tx, own.complaintId);
}

/** 满意: the answer is accepted, and nothing follows. Throws as `completeComplaint`. */
export async function acceptAnswer(
  tx: Tx,
  context: ComplaintContext,
  asked: OwnComplaintAct,
): Promise<StoredComplaint> {
  const { own, step } = await takeOwn(tx, context, asked);
  await advance(tx, context, own, { ...step, act: 'accept' });
  return await findComplaint(tx, own.complaintId);
}

/** 不服答复: once, to the supervisor, within the days of the rules. Throws as `completeComplaint`, `complaints.escalation_too_late`. */
export async function escalateComplaint(
  tx: Tx,
  context: ComplaintContext,
  asked: OwnComplaintAct,
): Promise<StoredComplaint> {
  const { own, step } = await takeOwn(tx, context, asked);
  const words = requireWords(context, asked.words);
  if (own.state !== 'answered' || own.answeredAt === null) throw notInState(own);
  const { withinDays: days } = context.complaintRules.escalation;
  if (step.at.getTime() > own.answeredAt.getTime() + days * DAY_MS)
    throw complaintRefusal('complaints.escalation_too_late', { days });
  await advance(tx, context, own, { ...step, act: 'escalate', words });
  await startAnswerTerm(tx, context, own, step.at);
  return await findComplaint(tx, own.complaintId);
}

type Taken = {
  readonly own: StoredComplaint;
  readonly step: {
    readonly grant: Grant;
    readonly by: { readonly kind: 'enterprise'; readonly id: string };
    readonly at: Date;
  };
};

/** One of another enterprise is none. Whoever filed it: who acts for the enterprise now may go on with it. */
async function takeOwn(
  tx: Tx,
  context: ComplaintContext,
  { caller, code, complaint: id }: OwnComplaintAct,
): Promise<Taken> {
  const { enterpriseId } = await findEnterprise(tx, code);
  const grant = requireAllowed(context.policies, caller, 'file_complaint', { enterprise: enterpriseId });
  await proveMandate(tx, context.clock, caller, 'object');
  const own = await takeComplaint(tx, id);
  const ids = await readMergedIds(tx, enterpriseId);
  if (!ids.includes(own.enterpriseId)) throw complaintRefusal('complaints.unknown', { complaint: id });
  return { own, step: { grant, by: { kind: 'enterprise', id: caller.id }, at: context.clock.now() } };
}
