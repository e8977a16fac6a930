import type { Tx } from '#kernel';
import { type Caller, type Grant, requireAllowed } from '#security';
import { requireGround } from '../apply/shape-item.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { ObjectionItem } from '../definition/objection.ts';
import { contractOf } from '../item-marks.ts';
import type { ObjectionContext } from '../objection-context.ts';
import {
  findObjection,
  requireItem,
  requireState,
  type StoredObjection,
  takeObjection,
  wasNotAccepted,
} from '../store.ts';
import { endMetTerms, startAgain } from '../terms.ts';
import { type DecisionAsked, isDecidedByNode, requireWords, shapeDecision } from './decision.ts';
import { type Settlement, settleItem } from './settle-item.ts';

export type ItemDecision = {
  readonly caller: Caller;
  readonly objection: string;
  readonly item: number;
  readonly decision: DecisionAsked;
};

/**
 * 处理决定: the department whose record it is decides on what was forwarded to it; the node on its own errors, and on datasets
 * without a department. Throws the policy's refusal, `objections.…`.
 */
export async function decideItem(
  tx: Tx,
  context: ObjectionContext,
  act: ItemDecision,
): Promise<StoredObjection> {
  const { caller, decision } = act;
  const { objection, item, grant } = await takeItem(tx, context, act, 'decide_objection');
  if (isOfNode(caller)) {
    requireState(item, ['checking']);
    requireOwnError(context, item, decision);
  } else {
    requireState(item, ['forwarded']);
  }
  const settlement = settlementOf(context, { act, item, kind: 'decided' });
  await settleItem(tx, context, { grant, item, settlement });
  await endMetTerms(tx, context, objection, settlement.at);
  return await findObjection(tx, context, objection.objectionId);
}

/**
 * 复核: once, by another person of the body that decided. A refused item that is upheld now is accepted. Throws as `decideItem`,
 * the policy's refusal to whoever decided.
 */
export async function reviewItem(
  tx: Tx,
  context: ObjectionContext,
  act: ItemDecision,
): Promise<StoredObjection> {
  const { objection, item, grant } = await takeItem(tx, context, act, 'review_objection');
  requireState(item, ['review_asked']);
  if (isOfNode(act.caller) !== (item.decidedKind === 'node'))
    throw objectionRefusal('objections.not_own_error');
  const wasRefused = await wasNotAccepted(tx, item);
  const settlement = settlementOf(context, { act, item, kind: 'reviewed', wasRefused });
  await settleItem(tx, context, { grant, item, settlement });
  if (settlement.state === 'checking') await startAgain(tx, context, objection, settlement.at);
  await endMetTerms(tx, context, objection, settlement.at);
  return await findObjection(tx, context, objection.objectionId);
}

function isOfNode({ kind }: Caller): boolean {
  return kind === 'operator';
}

type Taken = { readonly objection: StoredObjection; readonly item: ObjectionItem; readonly grant: Grant };

/** The policy is asked before anything of the objection is said. */
async function takeItem(
  tx: Tx,
  context: ObjectionContext,
  { caller, objection: id, item: itemNo }: ItemDecision,
  doing: 'decide_objection' | 'review_objection',
): Promise<Taken> {
  const { policies } = context;
  const own =
    caller.kind === 'provider' && caller.organisation !== null ? { provider: caller.organisation } : {};
  requireAllowed(policies, caller, doing, own);
  const objection = await takeObjection(tx, context, id);
  const item = requireItem(objection, itemNo);
  const grant = requireAllowed(policies, caller, doing, {
    enterprise: item.enterpriseId,
    ...(item.decidedKind === 'node' && doing === 'review_objection' ? {} : { provider: item.provider }),
    ...(doing === 'review_objection' && item.decidedBy !== null && { earlierPersons: [item.decidedBy] }),
  });
  return { objection, item, grant };
}

/** What is not of the node's making it forwards, where there is somebody to forward to. */
function requireOwnError(
  context: ObjectionContext,
  item: ObjectionItem,
  { upheld, fault }: DecisionAsked,
): void {
  if (isDecidedByNode(contractOf(context, item), context.objectionRules)) return;
  if (!upheld || fault === undefined) throw objectionRefusal('objections.not_own_error');
}

function settlementOf(
  context: ObjectionContext,
  of: {
    readonly act: ItemDecision;
    readonly item: ObjectionItem;
    readonly kind: 'decided' | 'reviewed';
    readonly wasRefused?: boolean;
  },
): Settlement {
  const { act, item, kind, wasRefused = false } = of;
  const { caller, decision } = act;
  const common = {
    words: requireWords(decision.words, context.objectionRules),
    by: { kind: isOfNode(caller) ? 'node' : 'provider', id: caller.id },
    act: kind,
    at: context.clock.now(),
  } as const;
  const nothing = { outcome: null, fault: null, fields: [] };
  if (wasRefused) return { ...common, ...nothing, state: decision.upheld ? 'checking' : 'refused' };
  const ground = requireGround(context.objectionRules, item.ground);
  const contract = contractOf(context, item);
  const { codeTables } = context.catalogue;
  const shaped = shapeDecision(ownFaultOnly(caller, decision), { item, ground, contract, codeTables });
  const state = decision.upheld ? 'upheld' : 'rejected';
  return {
    ...common,
    ...shaped,
    state,
    fault: decision.upheld && isOfNode(caller) ? (decision.fault ?? null) : null,
  };
}

/** A fault of the node is the node's to find. */
function ownFaultOnly(caller: Caller, decision: DecisionAsked): DecisionAsked {
  if (isOfNode(caller)) return decision;
  const { fault: _, ...rest } = decision;
  return rest;
}
