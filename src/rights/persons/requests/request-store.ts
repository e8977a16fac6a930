import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Responsible, TermMatter } from '../../time-limits/definition/term-kinds.ts';
import { personsRefusal } from '../definition/persons-refusals.ts';
import { openFor, sealFor } from '../identity/person-store.ts';
import type { PersonsContext } from '../persons-context.ts';
import { NO_ENTERPRISE } from '../persons-limits.ts';

/** What is answered by a decision; access and copy are given at once, with a leaf of their own (`readOwnData`). */
export const REQUEST_KINDS = ['correction', 'deletion', 'consent_withdrawal', 'explanation'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export const REQUEST_STATES = ['submitted', 'forwarded', 'granted', 'refused', 'withdrawn'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** A request as it stands; its words stay sealed until somebody entitled reads them. */
export type StoredRequest = {
  readonly personId: string;
  readonly requestId: string;
  readonly kind: RequestKind;
  readonly enterpriseId: EnterpriseId | null;
  readonly contract: string | null;
  readonly record: string | null;
  readonly role: string | null;
  readonly disclosureId: string | null;
  readonly wordsSealed: string | null;
  readonly state: RequestState;
  readonly responsible: Responsible;
  readonly objectionId: string | null;
  readonly decisionSealed: string | null;
  readonly lookedBySealed: string | null;
  readonly decidedAt: Date | null;
  readonly askedAt: Date;
  readonly receiptId: string;
};

const REQUESTS = `select person_id as "personId", request_id as "requestId", kind, enterprise_id::text as "enterpriseId",
    contract_id as contract, record_id as record, role, disclosure_id as "disclosureId", words_sealed as "wordsSealed",
    state, jsonb_build_object('kind', responsible_kind, 'id', responsible_id) as responsible,
    objection_id as "objectionId", decision_sealed as "decisionSealed", looked_by_sealed as "lookedBySealed",
    decided_at as "decidedAt", asked_at as "askedAt", receipt_id as "receiptId"
  from rights.person_requests`;

type Row = Omit<StoredRequest, 'enterpriseId'> & { readonly enterpriseId: string | null };

function toRequest(row: Row): StoredRequest {
  return { ...row, enterpriseId: row.enterpriseId === null ? null : toEnterpriseId(row.enterpriseId) };
}

/** Held until the transaction ends. Throws `persons.request_unknown`. */
export async function takeRequest(tx: Tx, requestId: string): Promise<StoredRequest> {
  const [row] = await tx.rows<Row>(`${REQUESTS} where request_id = $1 for update`, [requestId]);
  if (row === undefined) throw personsRefusal('persons.request_unknown');
  return toRequest(row);
}

/** The person's own, the latest first, behind `after`. */
export async function selectOwn(
  tx: Tx,
  personId: string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<StoredRequest[]> {
  const rows = await tx.rows<Row>(
    `${REQUESTS} where person_id = $1 and ($2::text is null or request_id < $2) order by request_id desc limit $3`,
    [personId, after ?? null, limit],
  );
  return rows.map(toRequest);
}

/** Open ones that this party owes an answer to, the oldest first. */
export async function selectOpenOf(
  tx: Tx,
  { kind, id }: Responsible,
  { after = '', limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<StoredRequest[]> {
  const rows = await tx.rows<Row>(
    `${REQUESTS} where responsible_kind = $1 and responsible_id = $2 and state in ('submitted', 'forwarded')
       and request_id > $3
     order by request_id limit $4`,
    [kind, id, after, limit],
  );
  return rows.map(toRequest);
}

/** Those that have become an objection and wait for it, behind `after`. */
export async function selectWithObjection(tx: Tx, after: string, limit: number): Promise<StoredRequest[]> {
  const rows = await tx.rows<Row>(
    `${REQUESTS} where state = 'forwarded' and objection_id is not null and request_id > $1
     order by request_id limit $2`,
    [after, limit],
  );
  return rows.map(toRequest);
}

export async function countOpen(tx: Tx, personId: string): Promise<number> {
  const [row] = await tx.rows<{ n: number }>(
    `select count(*)::integer as n from rights.person_requests
     where person_id = $1 and state in ('submitted', 'forwarded')`,
    [personId],
  );
  return row?.n ?? 0;
}

export type NewRequest = Omit<
  StoredRequest,
  'wordsSealed' | 'decisionSealed' | 'lookedBySealed' | 'decidedAt' | 'objectionId'
> & { readonly words: string | null };

export async function insertRequest(tx: Tx, context: PersonsContext, request: NewRequest): Promise<void> {
  const { personId, words, responsible } = request;
  const sealed = words === null ? null : await sealFor(tx, context, { personId, column: 'words' }, words);
  await tx.rows(
    `insert into rights.person_requests (person_id, request_id, kind, enterprise_id, contract_id, record_id, role,
       disclosure_id, words_sealed, state, responsible_kind, responsible_id, asked_at, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      personId,
      request.requestId,
      request.kind,
      request.enterpriseId,
      request.contract,
      request.record,
      request.role,
      request.disclosureId,
      sealed,
      request.state,
      responsible.kind,
      responsible.id,
      request.askedAt,
      request.receiptId,
    ],
  );
}

/** Who owes the answer from now on. */
export async function forwardRequest(
  tx: Tx,
  { personId, requestId }: Pick<StoredRequest, 'personId' | 'requestId'>,
  { responsible, objectionId }: { readonly responsible: Responsible; readonly objectionId: string | null },
): Promise<void> {
  await tx.rows(
    `update rights.person_requests set state = 'forwarded', responsible_kind = $3, responsible_id = $4, objection_id = $5
     where person_id = $1 and request_id = $2`,
    [personId, requestId, responsible.kind, responsible.id, objectionId],
  );
}

export type Settled = {
  readonly state: 'granted' | 'refused' | 'withdrawn';
  /** In writing; null: the person has withdrawn it. */
  readonly decision: string | null;
  readonly lookedBy: string | null;
  readonly by: string;
  readonly at: Date;
};

export async function settleRequest(
  tx: Tx,
  context: PersonsContext,
  { personId, requestId }: Pick<StoredRequest, 'personId' | 'requestId'>,
  { state, decision, lookedBy, by, at }: Settled,
): Promise<void> {
  const seal = async (column: string, plain: string | null): Promise<string | null> =>
    plain === null ? null : await sealFor(tx, context, { personId, column }, plain);
  await tx.rows(
    `update rights.person_requests set state = $3, decision_sealed = $4, looked_by_sealed = $5, decided_by = $6,
       decided_at = $7
     where person_id = $1 and request_id = $2`,
    [personId, requestId, state, await seal('decision', decision), await seal('looked_by', lookedBy), by, at],
  );
}

export type RequestStep = {
  readonly act: string;
  readonly byKind: 'person' | 'node' | 'provider' | 'institution';
  readonly byId: string;
  readonly at: Date;
  readonly receiptId: string | null;
};

/** The next step of a request that the caller holds. */
export async function addStep(
  tx: Tx,
  { personId, requestId }: Pick<StoredRequest, 'personId' | 'requestId'>,
  step: RequestStep,
): Promise<void> {
  await tx.rows(
    `insert into rights.person_request_steps (person_id, request_id, step_no, act, by_kind, by_id, at, receipt_id)
     select $1, $2, coalesce(max(step_no), 0) + 1, $3, $4, $5, $6::timestamptz, $7::text
     from rights.person_request_steps where person_id = $1 and request_id = $2`,
    [personId, requestId, step.act, step.byKind, step.byId, step.at, step.receiptId],
  );
}

export async function readSteps(
  tx: Tx,
  { personId, requestId }: Pick<StoredRequest, 'personId' | 'requestId'>,
): Promise<RequestStep[]> {
  return await tx.rows<RequestStep>(
    `select act, by_kind as "byKind", by_id as "byId", at, receipt_id as "receiptId" from rights.person_request_steps
     where person_id = $1 and request_id = $2 order by step_no`,
    [personId, requestId],
  );
}

/** Terms of a person's request are no enterprise's. */
export function matterOf({ requestId }: Pick<StoredRequest, 'requestId'>): TermMatter {
  return { kind: 'person_request', id: requestId, enterpriseId: NO_ENTERPRISE };
}

/** What the person wrote, and what was answered; in clear for whoever is entitled. */
export async function openTexts(tx: Tx, context: PersonsContext, request: StoredRequest) {
  const { personId } = request;
  return {
    words: await openFor(tx, context, { personId, column: 'words' }, request.wordsSealed),
    decision: await openFor(tx, context, { personId, column: 'decision' }, request.decisionSealed),
    lookedBy: await openFor(tx, context, { personId, column: 'looked_by' }, request.lookedBySealed),
  };
}
