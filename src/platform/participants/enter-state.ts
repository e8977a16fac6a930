import type { Tx } from '#kernel';
import { participantRefusal } from './participant-refusals.ts';
import type { WrittenState } from './participant-tables.ts';

export type StateEntry = {
  readonly participantId: string;
  readonly state: WrittenState;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly reason: string;
  readonly proposedBy: string;
  readonly approvedBy: string;
  readonly at: Date;
  readonly receiptId: string;
};

/**
 * Makes a state the one that stands from `validFrom` on. What was known before stays as versions that ended; of a state
 * that reaches over `validFrom` a version remains that ends there. Whoever calls has locked the participant
 * (`requireParticipant`), asked the policy and written the leaf.
 */
export async function enterState(tx: Tx, entry: StateEntry): Promise<void> {
  await tx.rows(ENTER_STATE, [
    entry.participantId,
    entry.validFrom,
    entry.validTo,
    entry.state,
    entry.reason,
    entry.proposedBy,
    entry.approvedBy,
    entry.at,
    entry.receiptId,
  ]);
}

/** Locks the participant, so that two changes at once come one after the other. Throws `participant.unknown`. */
export async function requireParticipant(tx: Tx, participantId: string): Promise<void> {
  const [row] = await tx.rows('select from platform.participants where participant_id = $1 for update', [
    participantId,
  ]);
  if (row === undefined) throw participantRefusal('participant.unknown');
}

/** Versions of one instant would hide each other: each change is known at least a millisecond after the last. */
const ENTER_STATE = `
  with moment as (
    select greatest($8::timestamptz, max(known_from) + interval '1 millisecond') as known_at
    from platform.admissions where participant_id = $1
  ), ended as (
    update platform.admissions a set known_to = moment.known_at
    from moment
    where a.participant_id = $1 and a.known_to = 'infinity'
      and (a.valid_from >= $2 or a.valid_to is null or a.valid_to > $2)
    returning a.*
  )
  insert into platform.admissions
    (participant_id, valid_from, valid_to, state, reason, proposed_by, approved_by, receipt_id, known_from)
  select participant_id, valid_from, $2, state, reason, proposed_by, approved_by, receipt_id, moment.known_at
  from ended, moment where valid_from < $2
  union all
  select $1, $2, $3, $4, $5, $6, $7, $9, known_at from moment`;
