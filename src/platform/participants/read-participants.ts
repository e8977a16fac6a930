import type { Tx } from '#kernel';
import type { InstitutionType } from '#security';
import type { ParticipantKind, ParticipantTables } from './participant-tables.ts';

/** What anyone may know of a participant. */
export type ParticipantName = {
  readonly participantId: string;
  readonly kind: ParticipantKind;
  readonly institutionType: InstitutionType | null;
  /** From the head office down to this office itself. */
  readonly lineage: readonly string[];
  readonly name: { readonly zh: string; readonly en: string };
};

/** Reads participants by id; ids that are not registered are absent from the answer. */
export async function readParticipants(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ParticipantName>> {
  const rows = await tx
    .tables<ParticipantTables>()
    .selectFrom('platform.participants')
    .select(['participant_id', 'kind', 'institution_type', 'lineage', 'name_zh', 'name_en'])
    .where('participant_id', 'in', ['', ...ids])
    .execute();
  return new Map(
    rows.map((row) => [
      row.participant_id,
      {
        participantId: row.participant_id,
        kind: row.kind,
        institutionType: row.institution_type,
        lineage: row.lineage,
        name: { zh: row.name_zh, en: row.name_en },
      },
    ]),
  );
}

/** Ids of departments by the name that contracts write; names that are not registered are absent. */
export async function findProviderIds(
  tx: Tx,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .tables<ParticipantTables>()
    .selectFrom('platform.participants')
    .select(['participant_id', 'name_zh'])
    .where('kind', '=', 'provider')
    .where('parent_id', 'is', null)
    .where('name_zh', 'in', ['', ...names])
    .execute();
  return new Map(rows.map(({ participant_id, name_zh }) => [name_zh, participant_id]));
}
