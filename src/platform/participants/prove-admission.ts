import assert from 'node:assert';
import { assertProof, type Clock, distinct, proofMaker, type Tx } from '#kernel';
import type { Admission, AdmissionFacts, AdmissionState, Caller, InstitutionType } from '#security';
import { stateAt, stateOfOffice } from './admission-state.ts';
import { participantRefusal } from './participant-refusals.ts';
import type { ParticipantKind, WrittenState } from './participant-tables.ts';

/** For whom and at whose hands something is used, as the request names them. */
export type AdmissionUse = {
  /** The institution a platform acts for; an institution may leave it out or name itself. */
  readonly institutionId?: string;
  /** The office that uses it; absent: the caller's own, or through a platform the institution itself. */
  readonly branchId?: string;
  readonly operator: string;
};

/** The only maker of admissions. */
const makeAdmission = proofMaker<'Admission', AdmissionFacts>('Admission');

/**
 * Proves who uses what is asked for and through whom, with the states as they are now; whether these suffice is the
 * policy's to say. One statement. An office acts for itself and the offices beneath it.
 * Throws `admission.not_a_participant`, `admission.institution_missing`, `admission.institution_unknown` or
 * `admission.branch_unknown`.
 */
export async function proveAdmission(
  tx: Tx,
  clock: Clock,
  caller: Caller,
  use: AdmissionUse,
): Promise<Admission> {
  assertProof(caller, 'Caller');
  const { participantId } = caller;
  if (participantId === null || (caller.kind !== 'institution' && caller.kind !== 'platform'))
    throw participantRefusal('admission.not_a_participant');
  const at = clock.now();
  const { institutionId = null, branchId = null } = use;
  const rows = await tx.together(findInvolved, { participantId, institutionId, branchId, at });
  const involved = new Map(rows.map((row) => [row.participant_id, row]));
  const found = caller.kind === 'institution' ? direct : throughPlatform;
  return makeAdmission({ ...found({ involved, participantId, use, at }), operator: use.operator });
}

/** For whom the node itself does something, without being asked. */
export type Served = {
  readonly institutionId: string;
  readonly branchId: string;
  /** Through which the institution is served; null: directly. */
  readonly platformId: string | null;
  /** The job that does it. */
  readonly operator: string;
};

/**
 * As `proveAdmission`, of an institution for which the node does by itself what the institution is entitled to, as monitoring
 * under its consent. It gives no right to the institution: the caller of the decision is the node. Throws the same refusals.
 */
export async function proveServed(tx: Tx, clock: Clock, served: Served): Promise<Admission> {
  const at = clock.now();
  const { institutionId, branchId, platformId, operator } = served;
  const participantId = platformId ?? institutionId;
  const rows = await tx.together(findInvolved, { participantId, institutionId, branchId, at });
  const involved = new Map(rows.map((row) => [row.participant_id, row]));
  const found = platformId === null ? direct : throughPlatform;
  const use = { institutionId, branchId, operator };
  return makeAdmission({ ...found({ involved, participantId, use, at }), operator });
}

type Involved = {
  readonly participantId: string;
  readonly institutionId: string | null;
  readonly branchId: string | null;
  readonly at: Date;
};

/** Calls of one institution ask alike; those who come together ask once, as of the latest of them. */
async function findInvolved(tx: Tx, asked: readonly Involved[]): Promise<InvolvedRow[][]> {
  const { unique, at } = distinct(asked, ({ participantId, institutionId, branchId }) =>
    [participantId, institutionId, branchId].join('|'),
  );
  const latest = new Date(Math.max(...asked.map((one) => one.at.getTime())));
  const rows = await tx.hotRows<InvolvedRow & { n: number }>('platform.find_involved', FIND_INVOLVED, [
    unique.map(({ participantId }) => participantId),
    unique.map(({ institutionId }) => institutionId),
    unique.map(({ branchId }) => branchId),
    latest,
  ]);
  const found = Map.groupBy(rows, ({ n }) => n - 1);
  return at.map((place) => found.get(place) ?? []);
}

type InvolvedRow = {
  participant_id: string;
  kind: ParticipantKind;
  institution_type: InstitutionType | null;
  lineage: string[];
  /** Along the lineage: the state whose time began last, and its end. */
  states: (WrittenState | null)[];
  ends: (Date | null)[];
  has_agreement: boolean;
};

type Asked = {
  readonly involved: ReadonlyMap<string, InvolvedRow>;
  readonly participantId: string;
  readonly use: AdmissionUse;
  readonly at: Date;
};
type Found = Omit<AdmissionFacts, 'operator'>;

function direct({ involved, participantId, use, at }: Asked): Found {
  const own = ofKind(involved, participantId, 'institution');
  if (own === undefined) throw participantRefusal('admission.not_a_participant');
  if (use.institutionId !== undefined && use.institutionId !== headOf(own))
    throw participantRefusal('admission.institution_unknown');
  const office = officeOf({ involved, above: own, branchId: use.branchId });
  const platform = { platformId: null, platformState: 'none', hasAgreement: true } as const;
  return { ...institutionFacts(office, at), ...platform };
}

function throughPlatform({ involved, participantId, use, at }: Asked): Found {
  const platform = ofKind(involved, participantId, 'platform');
  if (platform === undefined) throw participantRefusal('admission.not_a_participant');
  if (use.institutionId === undefined) throw participantRefusal('admission.institution_missing');
  const institution = ofKind(involved, use.institutionId, 'institution');
  // An agreement is signed by the institution as a whole, so that an office cannot stand for it here.
  if (institution === undefined || institution.lineage.length > 1)
    throw participantRefusal('admission.institution_unknown');
  const office = officeOf({ involved, above: institution, branchId: use.branchId });
  return {
    ...institutionFacts(office, at),
    platformId: headOf(platform),
    platformState: stateOf(platform, at),
    hasAgreement: platform.has_agreement,
  };
}

function officeOf({
  involved,
  above,
  branchId,
}: {
  involved: Asked['involved'];
  above: InvolvedRow;
  branchId: string | undefined;
}): InvolvedRow {
  if (branchId === undefined) return above;
  const office = ofKind(involved, branchId, 'institution');
  if (office === undefined || !office.lineage.includes(above.participant_id))
    throw participantRefusal('admission.branch_unknown');
  return office;
}

function institutionFacts(office: InvolvedRow, at: Date) {
  assert(office.institution_type !== null, 'an institution has a type');
  return {
    institutionId: headOf(office),
    institutionType: office.institution_type,
    institutionState: stateOf(office, at),
    branchId: office.participant_id,
  };
}

function stateOf({ states, ends }: InvolvedRow, at: Date): AdmissionState {
  return stateOfOffice(
    states.map((state, level) =>
      stateAt(state === null ? undefined : { state, validTo: ends[level] ?? null }, at),
    ),
  );
}

function ofKind(involved: Asked['involved'], id: string, kind: ParticipantKind): InvolvedRow | undefined {
  const row = involved.get(id);
  return row?.kind === kind ? row : undefined;
}

function headOf({ lineage }: InvolvedRow): string {
  const [head] = lineage;
  assert(head !== undefined, 'a lineage ends with the office itself');
  return head;
}

/**
 * Those asked for, each with the latest states of its lineage. Written so that the plan does not depend on the values:
 * PostgreSQL then keeps one plan, and planning, which takes longer than the statement itself, is done once.
 */
const FIND_INVOLVED = `
  select asked.n::integer as n, p.participant_id, p.kind, p.institution_type, p.lineage, latest.states, latest.ends,
    p.kind = 'platform' and exists (
      select from platform.agreements g
      where g.platform_id = p.lineage[1] and g.institution_id = asked.institution_id and g.signed_at <= $4
        and (g.valid_to is null or g.valid_to > $4) and (g.ended_at is null or g.ended_at > $4)
    ) as has_agreement
  from unnest((select $1::text[]), (select $2::text[]), (select $3::text[])) with ordinality
    as asked (participant_id, institution_id, branch_id, n)
  join platform.participants p
    on p.participant_id = any(array[asked.participant_id, asked.institution_id, asked.branch_id])
  cross join lateral (
    select array_agg(a.state order by level) as states, array_agg(a.valid_to order by level) as ends
    from unnest(p.lineage) with ordinality office (id, level)
    left join lateral (
      select state, valid_to from platform.admissions
      where participant_id = office.id and known_to = 'infinity' and valid_from <= $4
      order by valid_from desc limit 1
    ) a on true
  ) latest`;
