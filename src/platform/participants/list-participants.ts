import type { Tx } from '#kernel';
import type { AdmissionState, InstitutionType } from '#security';
import { stateAt, stateOfOffice } from './admission-state.ts';
import type { ParticipantKind, ParticipantTables, WrittenState } from './participant-tables.ts';

/** What a city publishes of a participant: who is connected, in which state, through whom. */
export type Participant = {
  readonly participantId: string;
  readonly kind: ParticipantKind;
  readonly institutionType: InstitutionType | null;
  readonly parentId: string | null;
  readonly name: { readonly zh: string; readonly en: string };
  readonly code: string | null;
  readonly isDemonstration: boolean;
  /** Of an office: its head office's, unless its own opens less. */
  readonly state: AdmissionState;
  /** End of the state that is its own; null: no end, or nothing of its own. */
  readonly validTo: Date | null;
  /** Agreements in force: of a platform its institutions, of an institution its platforms. */
  readonly agreements: readonly { readonly with: string; readonly signedAt: Date }[];
};

/** Every participant as of an instant, heads before their offices, by kind and id. */
export async function listParticipants(tx: Tx, at: Date): Promise<Participant[]> {
  const rows = await tx.rows<ParticipantRow>(LIST_PARTICIPANTS, [at]);
  const own = new Map(rows.map((row) => [row.participant_id, ownState(row, at)]));
  const agreements = Map.groupBy(await listAgreements(tx, at), ({ of }) => of);
  return rows.map((row) => ({
    participantId: row.participant_id,
    kind: row.kind,
    institutionType: row.institution_type,
    parentId: row.parent_id,
    name: { zh: row.name_zh, en: row.name_en },
    code: row.code,
    isDemonstration: row.is_demonstration,
    state: stateOfOffice(row.lineage.map((id) => own.get(id) ?? 'none')),
    validTo: row.valid_to,
    agreements: (agreements.get(row.participant_id) ?? []).map(({ of: _of, ...agreement }) => agreement),
  }));
}

/** The state of one participant at an instant, as known now; `none` for one that is not registered. */
export async function readState(tx: Tx, participantId: string, at: Date): Promise<AdmissionState> {
  const rows = await tx.rows<StateRow & { lineage: string[] }>(READ_STATE, [participantId, at]);
  const own = new Map(rows.map((row) => [row.participant_id, ownState(row, at)]));
  const lineage = rows.find((row) => row.participant_id === participantId)?.lineage ?? [];
  return stateOfOffice(lineage.map((id) => own.get(id) ?? 'none'));
}

export type AdmissionVersion = {
  readonly state: WrittenState;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly reason: string;
  readonly proposedBy: string;
  readonly approvedBy: string;
  readonly knownFrom: Date;
  /** Null: what the node knows now. */
  readonly knownTo: Date | null;
  readonly receiptId: string;
};

/** Every version ever known of one participant's admission, in the order in which the node learnt them. */
export async function readAdmissionHistory(tx: Tx, participantId: string): Promise<AdmissionVersion[]> {
  return await tx.rows<AdmissionVersion>(READ_HISTORY, [participantId]);
}

export type OpenProposal = {
  readonly proposalId: string;
  readonly participantId: string;
  readonly state: WrittenState;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
};

/** What waits for a second person, oldest first. */
export async function listProposals(tx: Tx): Promise<OpenProposal[]> {
  const rows = await tx
    .tables<ParticipantTables>()
    .selectFrom('platform.admission_proposals')
    .selectAll()
    .where('decision', 'is', null)
    .orderBy('proposal_id')
    .execute();
  return rows.map((row) => ({
    proposalId: row.proposal_id,
    participantId: row.participant_id,
    state: row.state,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    reason: row.reason,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
  }));
}

type StateRow = { participant_id: string; state: WrittenState | null; valid_to: Date | null };
type ParticipantRow = StateRow & {
  kind: ParticipantKind;
  institution_type: InstitutionType | null;
  parent_id: string | null;
  lineage: string[];
  name_zh: string;
  name_en: string;
  code: string | null;
  is_demonstration: boolean;
};
type Agreement = { of: string; with: string; signedAt: Date };

function ownState({ state, valid_to }: StateRow, at: Date): AdmissionState {
  return stateAt(state === null ? undefined : { state, validTo: valid_to }, at);
}

/** Each agreement twice: once of either party. */
async function listAgreements(tx: Tx, at: Date): Promise<Agreement[]> {
  return await tx.rows<Agreement>(
    `with live as (
       select * from platform.agreements
       where signed_at <= $1 and (valid_to is null or valid_to > $1) and (ended_at is null or ended_at > $1)
     )
     select platform_id as of, institution_id as with, signed_at as "signedAt" from live
     union all
     select institution_id, platform_id, signed_at from live
     order by 1, 2`,
    [at],
  );
}

const LIST_PARTICIPANTS = `
  select p.participant_id, p.kind, p.institution_type, p.parent_id, p.lineage, p.name_zh, p.name_en, p.code,
    p.is_demonstration, a.state, a.valid_to
  from platform.participants p
  left join lateral (
    select state, valid_to from platform.admissions
    where participant_id = p.participant_id and known_to = 'infinity' and valid_from <= $1
    order by valid_from desc limit 1
  ) a on true
  order by p.kind, p.lineage`;

const READ_STATE = `
  select p.participant_id, p.lineage, a.state, a.valid_to
  from platform.participants p
  left join lateral (
    select state, valid_to from platform.admissions
    where participant_id = p.participant_id and known_to = 'infinity' and valid_from <= $2
    order by valid_from desc limit 1
  ) a on true
  where p.participant_id in (select unnest(lineage) from platform.participants where participant_id = $1)`;

const READ_HISTORY = `
  select state, valid_from as "validFrom", valid_to as "validTo", reason, proposed_by as "proposedBy",
    approved_by as "approvedBy", known_from as "knownFrom", nullif(known_to, 'infinity') as "knownTo",
    receipt_id as "receiptId"
  from platform.admissions where participant_id = $1
  order by known_from, valid_from`;
