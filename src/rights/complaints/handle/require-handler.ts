import type { Tx } from '#kernel';
import { type Act, type Caller, type Grant, readDisclosureParty, requireAllowed } from '#security';
import type { ComplaintContext } from '../complaint-context.ts';
import { complaintRefusal } from '../definition/complaint-refusals.ts';
import { isShownToAgainst } from '../definition/complaint.ts';
import { type StepBy, type StoredComplaint, takeComplaint } from '../store.ts';

/** What somebody does who is not the complainant. */
export type HandlingAct = {
  readonly caller: Caller;
  readonly complaint: string;
  readonly words?: string;
};

export type Handled = {
  readonly complaint: StoredComplaint;
  readonly step: { readonly grant: Grant; readonly by: StepBy; readonly at: Date };
};

/**
 * Whoever handles it at the node: the data administrator what is about others, the auditor, who takes no part in the node's
 * business, what is about the node. Nobody handles what he did himself. Throws the policy's refusal, `complaints.unknown`.
 */
export async function takeToHandle(
  tx: Tx,
  context: ComplaintContext,
  { caller, complaint: id }: HandlingAct,
): Promise<Handled> {
  requireAllowed(context.policies, caller, 'oversee_complaints');
  const complaint = await takeComplaint(tx, id);
  const act: Act = complaint.against.kind === 'node' ? 'handle_own_complaint' : 'handle_complaint';
  const grant = requireAllowed(context.policies, caller, act, {
    enterprise: complaint.enterpriseId,
    earlierPersons: await concernedPersons(tx, complaint),
  });
  return { complaint, step: { grant, by: { kind: 'node', id: caller.id }, at: context.clock.now() } };
}

/** Who took the access that it is about. */
async function concernedPersons(tx: Tx, { disclosureId }: StoredComplaint): Promise<string[]> {
  if (disclosureId === null) return [];
  const party = (await readDisclosureParty(tx, [disclosureId])).get(disclosureId);
  return party === undefined ? [] : [party.callerId];
}

/** Only the person in whose hands it is. Throws `complaints.not_assigned`. */
export function requireAssigned({ complaintId, assignedTo }: StoredComplaint, { id }: Caller): void {
  if (assignedTo !== id) throw complaintRefusal('complaints.not_assigned', { complaint: complaintId });
}

/** Whether the caller stands for the body that the complaint is about. */
export function isAbout({ against }: StoredComplaint, caller: Caller): boolean {
  if (against.kind === 'node') return caller.kind === 'operator';
  if (against.kind !== caller.kind) return false;
  return against.id === (against.kind === 'provider' ? caller.organisation : caller.participantId);
}

/**
 * Whoever speaks for the body complained about, once the complaint is in somebody's hands; before, it is as if it were not
 * there. Throws the policy's refusal, `complaints.unknown`.
 */
export async function takeAsAgainst(
  tx: Tx,
  context: ComplaintContext,
  { caller, complaint: id }: HandlingAct,
): Promise<Handled> {
  const grant = requireAllowed(context.policies, caller, 'state_on_complaint', ownMatter(caller));
  const complaint = await takeComplaint(tx, id);
  if (!isAbout(complaint, caller) || !isShownToAgainst(complaint))
    throw complaintRefusal('complaints.unknown', { complaint: id });
  const { kind } = complaint.against;
  return { complaint, step: { grant, by: { kind, id: caller.id }, at: context.clock.now() } };
}

/** The department, institution or platform that the caller is of. */
export function ownMatter({ organisation, participantId }: Caller) {
  return {
    ...(organisation !== null && { provider: organisation }),
    ...(participantId !== null && { participant: participantId }),
  };
}
