import { createHash } from 'node:crypto';
import { newId, type Tx } from '#kernel';
import { recordLeaf, requireAllowed } from '#security';
import type { Acting } from '../acting.ts';
import { enterState, requireParticipant } from './enter-state.ts';
import { readState } from './list-participants.ts';
import { participantRefusal } from './participant-refusals.ts';
import type { ParticipantTables, WrittenState } from './participant-tables.ts';

export type AdmissionChange = {
  readonly participantId: string;
  readonly state: WrittenState;
  readonly validFrom: Date;
  /** From this instant it reads `expired`; null: until changed. */
  readonly validTo: Date | null;
  readonly reason: string;
  /** SHA-256 of the materials that were examined (assessments, agreement, undertaking), hex. */
  readonly materialsDigest: string | null;
};

/**
 * First step of any change that may open something: what is proposed changes nothing until another person approves.
 * Returns the proposal's id. Throws `participant.unknown` or `admission.time_wrong`.
 */
export async function proposeAdmission(tx: Tx, acting: Acting, change: AdmissionChange): Promise<string> {
  requireAllowed(acting.policies, acting.caller, 'admit_participant');
  requireTimes(change);
  await requireParticipant(tx, change.participantId);
  const at = acting.clock.now();
  const proposalId = newId('adm', at);
  await tx
    .tables<ParticipantTables>()
    .insertInto('platform.admission_proposals')
    .values({
      proposal_id: proposalId,
      participant_id: change.participantId,
      state: change.state,
      valid_from: change.validFrom,
      valid_to: change.validTo,
      reason: change.reason,
      materials_digest: change.materialsDigest,
      versions_seen: await countVersions(tx, change.participantId),
      proposed_by: acting.caller.id,
      proposed_at: at,
      decision: null,
      decided_by: null,
      decided_at: null,
    })
    .execute();
  await leafOf(tx, acting, { act: 'admission_proposed', proposal: proposalId, ...bodyOf(change) });
  return proposalId;
}

/**
 * Second step, by another person than the proposer: the state stands from its `validFrom` on, and what was planned
 * from then on falls away. Throws `admission.proposal_unknown`, `admission.proposal_stale` (a state that came in since
 * would be undone unseen) or `policy.two_persons`.
 */
export async function approveAdmission(tx: Tx, acting: Acting, proposalId: string): Promise<void> {
  const proposal = await openProposal(tx, proposalId);
  const earlierPersons = [proposal.proposed_by];
  requireAllowed(acting.policies, acting.caller, 'admit_participant', { earlierPersons });
  const change: AdmissionChange = {
    participantId: proposal.participant_id,
    state: proposal.state,
    validFrom: proposal.valid_from,
    validTo: proposal.valid_to,
    reason: proposal.reason,
    materialsDigest: proposal.materials_digest,
  };
  const receiptId = await leafOf(tx, acting, {
    act: 'admission_approved',
    proposal: proposalId,
    proposedBy: proposal.proposed_by,
    ...bodyOf(change),
  });
  await decideProposal(tx, acting, { proposalId, decision: 'approved' });
  await requireUnchanged(tx, proposal);
  await enterState(tx, {
    ...change,
    proposedBy: proposal.proposed_by,
    approvedBy: acting.caller.id,
    at: acting.clock.now(),
    receiptId,
  });
}

/** Ends a proposal without effect; the proposer may do so too. Throws `admission.proposal_unknown`. */
export async function rejectAdmission(tx: Tx, acting: Acting, proposalId: string): Promise<void> {
  requireAllowed(acting.policies, acting.caller, 'admit_participant');
  const proposal = await openProposal(tx, proposalId);
  await decideProposal(tx, acting, { proposalId, decision: 'rejected' });
  const participant = proposal.participant_id;
  await leafOf(tx, acting, { act: 'admission_rejected', proposal: proposalId, participant });
}

/**
 * Suspends at once, by one person: what only takes away cannot wait for a second one; opening again takes two.
 * Throws `participant.unknown` or `admission.not_live`.
 */
export async function suspendAdmission(
  tx: Tx,
  acting: Acting,
  { participantId, reason }: { participantId: string; reason: string },
): Promise<void> {
  requireAllowed(acting.policies, acting.caller, 'admit_participant');
  await requireParticipant(tx, participantId);
  const at = acting.clock.now();
  const state = await readState(tx, participantId, at);
  if (state !== 'trial' && state !== 'admitted') throw participantRefusal('admission.not_live');
  const change: AdmissionChange = {
    participantId,
    state: 'suspended',
    validFrom: at,
    validTo: null,
    reason,
    materialsDigest: null,
  };
  const receiptId = await leafOf(tx, acting, { act: 'admission_suspended', ...bodyOf(change) });
  const by = { proposedBy: acting.caller.id, approvedBy: acting.caller.id };
  await enterState(tx, { ...change, ...by, at, receiptId });
}

function requireTimes({ state, validFrom, validTo }: AdmissionChange): void {
  const isWrong = validTo !== null && (validTo <= validFrom || state === 'withdrawn');
  if (isWrong) throw participantRefusal('admission.time_wrong');
}

/** Locks the participant first: a suspension at the same moment comes before or after the whole approval. */
async function requireUnchanged(
  tx: Tx,
  { participant_id, versions_seen }: { participant_id: string; versions_seen: number },
): Promise<void> {
  await requireParticipant(tx, participant_id);
  if ((await countVersions(tx, participant_id)) !== versions_seen)
    throw participantRefusal('admission.proposal_stale');
}

/** Versions are never removed, so that their number tells whether any came in. */
async function countVersions(tx: Tx, participantId: string): Promise<number> {
  const [row] = await tx.rows<{ versions: number }>(
    'select count(*)::integer as versions from platform.admissions where participant_id = $1',
    [participantId],
  );
  return row?.versions ?? 0;
}

async function openProposal(tx: Tx, proposalId: string) {
  const proposal = await tx
    .tables<ParticipantTables>()
    .selectFrom('platform.admission_proposals')
    .selectAll()
    .where('proposal_id', '=', proposalId)
    .where('decision', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (proposal === undefined) throw participantRefusal('admission.proposal_unknown');
  return proposal;
}

async function decideProposal(
  tx: Tx,
  { caller, clock }: Acting,
  { proposalId, decision }: { proposalId: string; decision: 'approved' | 'rejected' },
): Promise<void> {
  await tx
    .tables<ParticipantTables>()
    .updateTable('platform.admission_proposals')
    .set({ decision, decided_by: caller.id, decided_at: clock.now() })
    .where('proposal_id', '=', proposalId)
    .execute();
}

/** Words a person wrote stay out of the leaf; their digest goes in. */
function bodyOf({ participantId, state, validFrom, validTo, reason, materialsDigest }: AdmissionChange) {
  return {
    participant: participantId,
    state,
    validFrom: validFrom.toISOString(),
    validTo: validTo?.toISOString() ?? null,
    reasonDigest: createHash('sha256').update(reason).digest('hex'),
    materialsDigest,
  };
}

async function leafOf(
  tx: Tx,
  { caller, clock, keys }: Acting,
  body: Readonly<Record<string, string | null>>,
): Promise<string> {
  const at = clock.now();
  const { id } = await recordLeaf(tx, keys, { kind: 'admission', at, body: { ...body, by: caller.id } });
  return id;
}
