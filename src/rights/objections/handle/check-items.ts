import type { Tx } from '#kernel';
import { type Caller, type Grant, requireAllowed } from '#security';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import { ITEM_WORDS, type ItemState, type ObjectionItem } from '../definition/objection.ts';
import { contractOf } from '../item-marks.ts';
import type { ObjectionContext } from '../objection-context.ts';
import {
  addStep,
  findObjection,
  requireItem,
  requireState,
  type StoredObjection,
  takeObjection,
  updateItem,
} from '../store.ts';
import { endMetTerms, providerOf, startUnlessRunning } from '../terms.ts';
import { isDecidedByNode, requireWords } from './decision.ts';
import { settleItem } from './settle-item.ts';

/** Items of one objection, by number; left out: all that are in the state which the act begins from. */
export type ItemsAct = {
  readonly caller: Caller;
  readonly objection: string;
  readonly items?: readonly number[];
};

/**
 * 受理: the node's own check begins. By the node's data administrator. Throws the policy's refusal, `objections.unknown`,
 * `objections.item_unknown`, `objections.not_in_state`.
 */
export async function acceptItems(
  tx: Tx,
  context: ObjectionContext,
  act: ItemsAct,
): Promise<StoredObjection> {
  const { objection, items } = await takeToCheck(tx, context, act, 'submitted');
  const at = context.clock.now();
  for (const item of items) {
    await updateItem(tx, item, { state: 'checking' });
    await addStep(tx, { ...stepOf(item), act: 'accepted', by: { kind: 'node', id: act.caller.id }, at });
  }
  return await finish(tx, context, objection, at);
}

/** 不予受理: with reasons in writing; the mark ends, and a review can be asked. Throws as `acceptItems`, `objections.reasons_missing`. */
export async function refuseItems(
  tx: Tx,
  context: ObjectionContext,
  act: ItemsAct & { readonly words: string },
): Promise<StoredObjection> {
  const words = requireWords(act.words, context.objectionRules);
  const { objection, items, grant } = await takeToCheck(tx, context, act, 'submitted');
  const at = context.clock.now();
  const by = { kind: 'node', id: act.caller.id } as const;
  const settlement = {
    state: 'refused',
    outcome: null,
    fault: null,
    fields: [],
    words,
    by,
    act: 'refused',
    at,
  } as const;
  for (const item of items) await settleItem(tx, context, { grant, item, settlement });
  return await finish(tx, context, objection, at);
}

/**
 * 转办: the node did nothing wrong itself, and the department that provides the record decides. Throws as `acceptItems`,
 * `objections.nobody_to_forward_to`.
 */
export async function forwardItems(
  tx: Tx,
  context: ObjectionContext,
  act: ItemsAct,
): Promise<StoredObjection> {
  const { objection, items } = await takeToCheck(tx, context, act, 'checking');
  const at = context.clock.now();
  for (const item of items) {
    if (isDecidedByNode(contractOf(context, item), context.objectionRules))
      throw objectionRefusal('objections.nobody_to_forward_to');
    await updateItem(tx, item, { state: 'forwarded' });
    const by = { kind: 'node', id: act.caller.id } as const;
    await addStep(tx, { ...stepOf(item), act: 'forwarded', by, at });
    const responsible = providerOf(item);
    await startUnlessRunning(tx, context, { of: objection, term: 'provider_decision', responsible, at });
  }
  return await finish(tx, context, objection, at);
}

export function stepOf({ enterpriseId, objectionId, itemNo, provider }: ObjectionItem) {
  return { enterpriseId, objectionId, itemNo, provider };
}

async function finish(
  tx: Tx,
  context: ObjectionContext,
  objection: StoredObjection,
  at: Date,
): Promise<StoredObjection> {
  await endMetTerms(tx, context, objection, at);
  return await findObjection(tx, context, objection.objectionId);
}

type ToCheck = {
  readonly objection: StoredObjection;
  readonly items: readonly ObjectionItem[];
  readonly grant: Grant;
};

async function takeToCheck(
  tx: Tx,
  context: ObjectionContext,
  { caller, objection: id, items: asked }: ItemsAct,
  from: ItemState,
): Promise<ToCheck> {
  requireAllowed(context.policies, caller, 'check_objection');
  const objection = await takeObjection(tx, context, id);
  const enterprise = objection.enterpriseId;
  const grant = requireAllowed(context.policies, caller, 'check_objection', { enterprise });
  return { objection, grant, items: chosen(objection, asked, from) };
}

/** Throws `objections.item_unknown`, `objections.not_in_state`. */
function chosen(
  objection: StoredObjection,
  asked: readonly number[] | undefined,
  from: ItemState,
): readonly ObjectionItem[] {
  const items =
    asked === undefined
      ? objection.items.filter(({ state }) => state === from)
      : [...new Set(asked)].map((itemNo) => requireItem(objection, itemNo));
  for (const item of items) requireState(item, [from]);
  if (items.length > 0) return items;
  const { zh: state, en: stateEn } = ITEM_WORDS[objection.items[0]?.state ?? 'withdrawn'];
  throw objectionRefusal('objections.not_in_state', {
    objection: objection.objectionId,
    item: 1,
    state,
    stateEn,
  });
}
