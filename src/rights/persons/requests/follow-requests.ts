import { inTransaction, type Tx } from '#kernel';
import { systemCaller } from '#platform';
import { recordLeaf, requireAllowed } from '#security';
import type { ObjectionItem } from '../../objections/definition/objection.ts';
import { findObjection } from '../../objections/store.ts';
import { endTermsOf } from '../../time-limits/running/change-term.ts';
import type { PersonsContext } from '../persons-context.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';
import { forward } from './ask-request.ts';
import {
  addStep,
  matterOf,
  selectWithObjection,
  settleRequest,
  type StoredRequest,
  takeRequest,
} from './request-store.ts';

/** Answers corrections whose objection is decided; what the enterprise has withdrawn goes on to the department. */
export async function followPersonRequests(context: PersonsContext): Promise<{ readonly answered: number }> {
  requireAllowed(context.policies, systemCaller('follow_persons'), 'follow_persons');
  let [after, answered] = ['', 0];
  for (;;) {
    const limit = PERSONS_LIMITS.followPageRows;
    const page = await inTransaction(context.database, (tx) => selectWithObjection(tx, after, limit));
    for (const { requestId } of page)
      if (await inTransaction(context.database, (tx) => followOne(tx, context, requestId))) answered += 1;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return { answered };
    after = last.requestId;
  }
}

/** Looked at again under its lock: the person may have taken it back meanwhile. */
async function followOne(tx: Tx, context: PersonsContext, requestId: string): Promise<boolean> {
  const request = await takeRequest(tx, requestId);
  if (request.state !== 'forwarded' || request.objectionId === null) return false;
  const { items } = await findObjection(tx, context, request.objectionId);
  const [item] = items;
  if (item === undefined) return false;
  if (item.state === 'withdrawn') {
    const responsible = { kind: 'provider', id: item.provider } as const;
    await forward(tx, context, { request, responsible, objectionId: null });
    return false;
  }
  const state = OUTCOMES[item.state];
  if (state === undefined) return false;
  await answer(tx, context, { request, item, state });
  return true;
}

const OUTCOMES: Partial<Record<ObjectionItem['state'], 'granted' | 'refused'>> = {
  upheld: 'granted',
  rejected: 'refused',
  refused: 'refused',
};

async function answer(
  tx: Tx,
  context: PersonsContext,
  {
    request,
    item,
    state,
  }: {
    readonly request: StoredRequest;
    readonly item: ObjectionItem;
    readonly state: 'granted' | 'refused';
  },
): Promise<void> {
  const at = context.clock.now();
  const byId = item.decidedBy ?? systemCaller('person_requests').id;
  const { requestId, personId, objectionId } = request;
  const body = {
    act: 'person_request_decided',
    request: requestId,
    person: personId,
    objection: objectionId,
    state,
  };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'objection_decision', at, body });
  const decision = item.decision ?? state;
  await settleRequest(tx, context, request, { state, decision, lookedBy: null, by: byId, at });
  const byKind = item.decidedKind === 'node' ? 'node' : 'provider';
  await addStep(tx, request, { act: state, byKind, byId, at, receiptId });
  await endTermsOf(tx, context, { matter: matterOf(request), at });
}
