import { inTransaction, type Tx } from '#kernel';
import { systemCaller } from '#platform';
import { requireAllowed } from '#security';
import type { ComplaintContext } from './complaint-context.ts';
import type { ComplaintAct } from './definition/complaint.ts';
import { advance, selectComplaints, takeComplaint } from './store.ts';
import { resumeAnswerTerm } from './terms.ts';

export type FollowedComplaints = { readonly closed: number; readonly resumed: number };

/** So many in one transaction each run takes; the next run takes the rest. */
const PER_RUN_MAX = 500;
const DAY_MS = 86_400_000;

/**
 * An answer that nobody takes further within its days is final; where the complainant was asked and says nothing, handling goes
 * on. Idempotent: each complaint is looked at again in the transaction that changes it.
 */
export async function followComplaints(context: ComplaintContext): Promise<FollowedComplaints> {
  const { escalation, askBack } = context.complaintRules;
  const closed = await follow(context, { act: 'lapse', state: 'answered', days: escalation.withinDays });
  const resumed = await follow(context, { act: 'go_on', state: 'asked_back', days: askBack.withinDays });
  return { closed, resumed };
}

type Lapse = {
  readonly act: Extract<ComplaintAct, 'lapse' | 'go_on'>;
  readonly state: 'answered' | 'asked_back';
  readonly days: number;
};

async function follow(context: ComplaintContext, lapse: Lapse): Promise<number> {
  const { database, clock } = context;
  const before = new Date(clock.now().getTime() - lapse.days * DAY_MS);
  const due = await inTransaction(database, (tx) =>
    selectComplaints(tx, 'where c.state = $1 and c.state_at < $2 order by c.complaint_id limit $3', [
      lapse.state,
      before,
      PER_RUN_MAX,
    ]),
  );
  let done = 0;
  for (const { complaintId } of due)
    if (await inTransaction(database, (tx) => settle(tx, context, { ...lapse, complaintId, before })))
      done += 1;
  return done;
}

async function settle(
  tx: Tx,
  context: ComplaintContext,
  { act, state, complaintId, before }: Lapse & { readonly complaintId: string; readonly before: Date },
): Promise<boolean> {
  const complaint = await takeComplaint(tx, complaintId);
  if (complaint.state !== state || complaint.stateAt >= before) return false;
  const at = context.clock.now();
  const caller = systemCaller('follow_complaints');
  const grant = requireAllowed(context.policies, caller, 'follow_complaints');
  await advance(tx, context, complaint, { act, grant, at, by: { kind: 'system', id: caller.id } });
  if (act === 'go_on') await resumeAnswerTerm(tx, context, complaint, at);
  return true;
}
