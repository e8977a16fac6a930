import { newId, type Tx } from '#kernel';
import { type InstitutionType, recordLeaf, requireAllowed } from '#security';
import type { Acting } from '../acting.ts';
import { participantRefusal } from './participant-refusals.ts';
import type { ParticipantKind, ParticipantTables } from './participant-tables.ts';

export type NewParticipant = {
  /** 2 to 64 lower-case letters, digits, dashes and underscores; absent: the node makes one. */
  readonly participantId?: string;
  readonly kind: ParticipantKind;
  readonly institutionType: InstitutionType | null;
  /** The office above; null for a head office. */
  readonly parentId: string | null;
  readonly name: { readonly zh: string; readonly en: string };
  /** Unified social credit code, or licence number where there is none. */
  readonly code: string | null;
  readonly isDemonstration?: boolean;
};

/** Head office, branch, sub-branch, outlet. */
const LEVELS_MAX = 4;
const PARTICIPANT_ID = /^[a-z0-9][a-z0-9_-]{1,63}$/;

/**
 * Registers a participant or an office of one, with its leaf; returns its id. Registered is not admitted: it may do
 * nothing yet. Throws `participant.shape_wrong`, `participant.unknown` (the office above) or `participant.taken`.
 */
export async function registerParticipant(
  tx: Tx,
  acting: Acting,
  participant: NewParticipant,
): Promise<string> {
  requireAllowed(acting.policies, acting.caller, 'admit_participant');
  const at = acting.clock.now();
  const participantId = participant.participantId ?? newId('ptc', at);
  const above = await lineageAbove(tx, participant);
  if (!isWellShaped(participant, { participantId, levels: above.length + 1 }))
    throw participantRefusal('participant.shape_wrong', { levelsMax: LEVELS_MAX });
  const made = await tx
    .tables<ParticipantTables>()
    .insertInto('platform.participants')
    .values({
      participant_id: participantId,
      kind: participant.kind,
      institution_type: participant.institutionType,
      parent_id: participant.parentId,
      lineage: [...above, participantId],
      name_zh: participant.name.zh,
      name_en: participant.name.en,
      code: participant.code,
      is_demonstration: participant.isDemonstration ?? false,
      made_by: acting.caller.id,
      made_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('participant_id')
    .executeTakeFirst();
  if (made === undefined) throw participantRefusal('participant.taken');
  await recordLeaf(tx, acting.keys, {
    kind: 'admission',
    at,
    body: {
      act: 'participant_registered',
      participant: participantId,
      participantKind: participant.kind,
      by: acting.caller.id,
    },
  });
  return participantId;
}

function isWellShaped(
  { kind, institutionType, name }: NewParticipant,
  { participantId, levels }: { participantId: string; levels: number },
): boolean {
  return (
    PARTICIPANT_ID.test(participantId) &&
    (kind === 'institution') === (institutionType !== null) &&
    name.zh.trim() !== '' &&
    name.en.trim() !== '' &&
    levels <= LEVELS_MAX
  );
}

/** An office is of the kind and type of the one above it. */
async function lineageAbove(
  tx: Tx,
  { parentId, kind, institutionType }: NewParticipant,
): Promise<readonly string[]> {
  if (parentId === null) return [];
  const parent = await tx
    .tables<ParticipantTables>()
    .selectFrom('platform.participants')
    .select(['kind', 'institution_type', 'lineage'])
    .where('participant_id', '=', parentId)
    .executeTakeFirst();
  if (parent === undefined) throw participantRefusal('participant.unknown');
  if (parent.kind !== kind || parent.institution_type !== institutionType)
    throw participantRefusal('participant.shape_wrong', { levelsMax: LEVELS_MAX });
  return parent.lineage;
}
