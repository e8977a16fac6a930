import type { Tx } from '#kernel';
import { putMark } from '#lists';
import { systemCaller } from '#platform';
import { type Caller, type Grant, type LeafBody, recordLeaf, requireAllowed } from '#security';
import { recallDisclosures } from '../../recall/recall-disclosures.ts';
import { endTermsOf } from '../../time-limits/running/change-term.ts';
import { personsRefusal } from '../definition/persons-refusals.ts';
import { foldName } from '../identity/digests.ts';
import type { PersonsContext } from '../persons-context.ts';
import { shredPerson } from './shred-person.ts';
import {
  addStep,
  countOpen,
  matterOf,
  settleRequest,
  type StoredRequest,
  takeRequest,
} from './request-store.ts';

export type DecisionOnRequest = {
  readonly caller: Caller;
  readonly requestId: string;
  readonly granted: boolean;
  /** In writing, to the person. */
  readonly decision: string;
  /** Of an explanation: the human who looked at the automated decision. */
  readonly lookedBy?: string | undefined;
};

/**
 * Decides a request, in writing and in one transaction with what it brings about: by the node, the department that provides the
 * record, or the institution that decided about the person. Nothing that must be kept is deleted, and no automated decision is
 * explained without a human's name. Throws `policy.…`, `persons.…`.
 */
export async function decideRequest(
  tx: Tx,
  context: PersonsContext,
  asked: DecisionOnRequest,
): Promise<StoredRequest> {
  const request = await takeRequest(tx, asked.requestId);
  const grant = requireHandler(context, asked.caller, request);
  requireOpen(request);
  const decision = requireReasons(context, asked.decision);
  const lookedBy = request.kind === 'explanation' ? requireHuman(asked) : null;
  await bringAbout(tx, context, { grant, request, asked });
  const at = context.clock.now();
  const state = asked.granted ? 'granted' : 'refused';
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'objection_decision',
    at,
    body: leafOf(grant, { request, state }),
  });
  const byKind = kindOf(asked.caller);
  const byId = asked.caller.id;
  const isShredded = request.kind === 'deletion' && request.record === null && asked.granted;
  if (isShredded) await settleWithoutWords(tx, request, { by: byId, at });
  else await settleRequest(tx, context, request, { state, decision, lookedBy, by: byId, at });
  await addStep(tx, request, { act: state, byKind, byId, at, receiptId });
  await endTermsOf(tx, context, { matter: matterOf(request), at });
  return await takeRequest(tx, asked.requestId);
}

/** Whoever owes the answer; to others it does not exist. Throws `policy.…`. */
export function requireHandler(
  { policies }: Pick<PersonsContext, 'policies'>,
  caller: Caller,
  { responsible: { kind, id } }: Pick<StoredRequest, 'responsible'>,
): Grant {
  return requireAllowed(policies, caller, 'decide_person_request', {
    ...(kind === 'provider' && { provider: id }),
    ...(kind === 'institution' && { participant: id }),
  });
}

function requireOpen({ state, objectionId }: StoredRequest): void {
  if (state !== 'submitted' && state !== 'forwarded') throw personsRefusal('persons.request_closed');
  if (objectionId !== null) throw personsRefusal('persons.request_elsewhere', { objection: objectionId });
}

function requireReasons({ persons }: PersonsContext, text: string): string {
  const { decisionCharactersMin: min, wordsCharactersMax: max } = persons.bounds;
  const said = text.trim();
  if ([...said].length < min) throw personsRefusal('persons.reasons_needed', { min });
  if ([...said].length > max) throw personsRefusal('persons.words_wrong', { max });
  return said;
}

/** A name of letters, given by somebody who is no program (articles 24, 48). */
function requireHuman({ caller, lookedBy = '' }: DecisionOnRequest): string {
  const isPerson = caller.kind !== 'system' && !caller.roles.includes('machine');
  if (!isPerson || !/^\p{L}{2,60}$/u.test(foldName(lookedBy))) throw personsRefusal('persons.human_needed');
  return lookedBy.trim();
}

type Deciding = {
  readonly grant: Grant;
  readonly request: StoredRequest;
  readonly asked: DecisionOnRequest;
};

async function bringAbout(tx: Tx, context: PersonsContext, deciding: Deciding): Promise<void> {
  const { request, asked } = deciding;
  if (request.kind !== 'deletion' || !asked.granted) return;
  if (request.record !== null) return await endUse(tx, context, deciding);
  if ((await countOpen(tx, request.personId)) > 1) throw personsRefusal('persons.open_requests');
  await shredPerson(tx, context, { personId: request.personId, by: asked.caller.id });
}

/**
 * Only what an enterprise filed of its own will may go: what departments provide is kept under the duty that its contract names.
 * The record is out of use from this transaction on, and whoever had it is told.
 */
async function endUse(tx: Tx, context: PersonsContext, { request }: Deciding): Promise<void> {
  const { enterpriseId, contract: id, record } = request;
  const contract = context.catalogue.contracts.get(id ?? '');
  if (contract === undefined || enterpriseId === null || record === null)
    throw personsRefusal('persons.not_about_you');
  if (contract.list !== 'voluntary') {
    const { name: duty, basis } = contract.duty;
    throw personsRefusal('persons.duty_to_keep', { duty, basis });
  }
  const grant = requireAllowed(context.policies, systemCaller('person_requests'), 'follow_persons', {
    enterprise: enterpriseId,
  });
  const ground = `person request ${request.requestId}`;
  await putMark(tx, grant, { contract, recordId: record, mark: 'withheld', ground });
  await recallDisclosures(tx, context, {
    enterpriseId,
    contract: contract.id,
    recordId: record,
    cause: { kind: 'withdrawal', id: request.requestId },
    at: context.clock.now(),
  });
}

/** Ids, the outcome and who decided; the words stay sealed, so that they die with the person's key. */
function leafOf(
  { caller, policyHash }: Grant,
  { request, state }: { readonly request: StoredRequest; readonly state: string },
): LeafBody {
  const { requestId, personId, kind, contract, record, disclosureId } = request;
  return {
    act: 'person_request_decided',
    request: requestId,
    person: personId,
    kind,
    contract,
    record,
    disclosure: disclosureId,
    state,
    by: caller.id,
    policyHash,
  };
}

function kindOf({ kind }: Caller): 'node' | 'provider' | 'institution' {
  return kind === 'provider' || kind === 'institution' ? kind : 'node';
}

/** The key that would seal the answer is gone with everything else; the person has it from whoever decided. */
async function settleWithoutWords(
  tx: Tx,
  { personId, requestId }: StoredRequest,
  { by, at }: { readonly by: string; readonly at: Date },
): Promise<void> {
  await tx.rows(
    `update rights.person_requests set state = 'granted', decided_by = $3, decided_at = $4
     where person_id = $1 and request_id = $2`,
    [personId, requestId, by, at],
  );
}
