import type { Tx } from '#kernel';
import type { Caller } from '#security';
import { readTerms } from '../../time-limits/running/read-terms.ts';
import type { Term } from '../../time-limits/running/term.ts';
import type { Responsible } from '../../time-limits/definition/term-kinds.ts';
import { personsRefusal } from '../definition/persons-refusals.ts';
import { requirePerson } from '../identity/require-person.ts';
import type { PersonsContext } from '../persons-context.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';
import { requireHandler } from './decide-request.ts';
import {
  matterOf,
  openTexts,
  readSteps,
  type RequestStep,
  selectOpenOf,
  selectOwn,
  type StoredRequest,
  takeRequest,
} from './request-store.ts';

/** A request without its words. */
export type RequestHead = Pick<
  StoredRequest,
  | 'requestId'
  | 'kind'
  | 'contract'
  | 'record'
  | 'disclosureId'
  | 'state'
  | 'responsible'
  | 'objectionId'
  | 'askedAt'
  | 'decidedAt'
>;

export type RequestView = RequestHead & {
  readonly words: string | null;
  readonly decision: string | null;
  readonly lookedBy: string | null;
  readonly terms: readonly Term[];
  readonly steps: readonly RequestStep[];
};

function headOf(request: StoredRequest): RequestHead {
  const {
    requestId,
    kind,
    contract,
    record,
    disclosureId,
    state,
    responsible,
    objectionId,
    askedAt,
    decidedAt,
  } = request;
  return {
    requestId,
    kind,
    contract,
    record,
    disclosureId,
    state,
    responsible,
    objectionId,
    askedAt,
    decidedAt,
  };
}

/** The person's own, the latest first, behind `after`. */
export async function listOwnRequests(
  tx: Tx,
  context: PersonsContext,
  { caller, after }: { readonly caller: Caller; readonly after?: string | undefined },
): Promise<RequestHead[]> {
  const { person } = await requirePerson(tx, context, caller);
  const found = await selectOwn(tx, person.personId, { after, limit: PERSONS_LIMITS.pageRows });
  return found.map(headOf);
}

/** With words, terms and every step. Throws `persons.request_unknown`, also for what somebody else has asked. */
export async function readOwnRequest(
  tx: Tx,
  context: PersonsContext,
  { caller, requestId }: { readonly caller: Caller; readonly requestId: string },
): Promise<RequestView> {
  const { person } = await requirePerson(tx, context, caller);
  const request = await takeRequest(tx, requestId);
  if (request.personId !== person.personId) throw personsRefusal('persons.request_unknown');
  return await viewOf(tx, context, request);
}

async function viewOf(tx: Tx, context: PersonsContext, request: StoredRequest): Promise<RequestView> {
  return {
    ...headOf(request),
    ...(await openTexts(tx, context, request)),
    terms: await readTerms(tx, matterOf(request), context.clock.now()),
    steps: await readSteps(tx, request),
  };
}

/** Open requests that the caller's body owes an answer to; the node's own for its people. */
export async function listHandledRequests(
  tx: Tx,
  context: PersonsContext,
  { caller, after }: { readonly caller: Caller; readonly after?: string | undefined },
): Promise<RequestHead[]> {
  const responsible = responsibleOf(caller);
  requireHandler(context, caller, { responsible });
  const found = await selectOpenOf(tx, responsible, { after, limit: PERSONS_LIMITS.pageRows });
  return found.map(headOf);
}

/** With the person's words, which say who asks only where the person did. */
export async function readHandledRequest(
  tx: Tx,
  context: PersonsContext,
  { caller, requestId }: { readonly caller: Caller; readonly requestId: string },
): Promise<RequestView> {
  const request = await takeRequest(tx, requestId);
  requireHandler(context, caller, request);
  return await viewOf(tx, context, request);
}

function responsibleOf({ kind, organisation, participantId }: Caller): Responsible {
  if (kind === 'provider' && organisation !== null) return { kind, id: organisation };
  if (kind === 'institution' && participantId !== null) return { kind, id: participantId };
  return { kind: 'node', id: 'node' };
}
