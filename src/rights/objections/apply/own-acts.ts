import type { Tx } from '#kernel';
import { findEnterprise, readMergedIds } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, type Grant, recordLeaf, requireAllowed } from '#security';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import { type ObjectionItem, OPEN_STATES } from '../definition/objection.ts';
import { stepOf } from '../handle/check-items.ts';
import { liftItemMark, markWhileOpen, putItemMark } from '../item-marks.ts';
import type { ObjectionContext } from '../objection-context.ts';
import {
  addStep,
  findObjection,
  requireItem,
  requireState,
  type StoredObjection,
  takeObjection,
  updateItem,
  wasNotAccepted,
} from '../store.ts';
import { endMetTerms, responsibleFor, startUnlessRunning } from '../terms.ts';

const DAY_MS = 86_400_000;

/** What the enterprise does with an objection of its own. */
export type OwnAct = { readonly caller: Caller; readonly code: string; readonly objection: string };

/**
 * 撤回: what is not decided yet, or the whole of it; of a review that was asked, the decision stands. By whoever acts for the
 * enterprise now. Throws the policy's refusal, what `proveMandate` throws, `objections.unknown`, `objections.nothing_open`,
 * `objections.not_in_state`.
 */
export async function withdrawItems(
  tx: Tx,
  context: ObjectionContext,
  act: OwnAct & { readonly items?: readonly number[] },
): Promise<StoredObjection> {
  const { objection, grant } = await takeOwn(tx, context, act);
  const isUndecided = ({ state }: ObjectionItem): boolean =>
    OPEN_STATES.includes(state) || state === 'review_asked';
  const items =
    act.items?.map((itemNo) => requireItem(objection, itemNo)) ?? objection.items.filter(isUndecided);
  if (items.length === 0)
    throw objectionRefusal('objections.nothing_open', { objection: objection.objectionId });
  const at = context.clock.now();
  const receiptId = await recordAct(tx, context, grant, { act: 'objection_withdrawn', objection, items, at });
  for (const item of items) {
    requireState(item, [...OPEN_STATES, 'review_asked']);
    await liftItemMark(tx, context, grant, item);
    await updateItem(tx, item, {
      state: await stateAfter(tx, item),
      mark: null,
      is_followed: false,
    });
    const by = { kind: 'enterprise', id: act.caller.id } as const;
    await addStep(tx, { ...stepOf(item), act: 'withdrawn', by, at, receiptId });
  }
  await endMetTerms(tx, context, objection, at);
  return await findObjection(tx, context, objection.objectionId);
}

/** Withdrawn while a review was under way: what was decided before stands. */
async function stateAfter(tx: Tx, item: ObjectionItem): Promise<'withdrawn' | 'refused' | 'rejected'> {
  if (item.state !== 'review_asked') return 'withdrawn';
  return (await wasNotAccepted(tx, item)) ? 'refused' : 'rejected';
}

/**
 * 申请复核: once, within the days of the rules; the record is marked again. Throws as `withdrawItems`,
 * `objections.reviewed_already`, `objections.review_too_late`, `objections.reasons_missing`.
 */
export async function askReview(
  tx: Tx,
  context: ObjectionContext,
  act: OwnAct & { readonly item: number; readonly reason: string },
): Promise<StoredObjection> {
  const { objection, grant } = await takeOwn(tx, context, act);
  const item = requireItem(objection, act.item);
  const at = context.clock.now();
  const reason = requireReviewable(context, item, { reason: act.reason, at });
  const receiptId = await recordAct(tx, context, grant, {
    act: 'review_asked',
    objection,
    items: [item],
    at,
  });
  const mark = await putItemMark(tx, context, grant, { item, mark: markWhileOpen(item) });
  await updateItem(tx, item, {
    state: 'review_asked',
    mark,
    review_asked_at: at,
    review_reason: reason,
    is_followed: item.recordId !== null,
  });
  const by = { kind: 'enterprise', id: act.caller.id } as const;
  await addStep(tx, { ...stepOf(item), act: 'review_asked', by, at, words: reason, receiptId });
  await startUnlessRunning(tx, context, {
    of: objection,
    term: 'review',
    responsible: responsibleFor(item),
    at,
  });
  return await findObjection(tx, context, objection.objectionId);
}

function requireReviewable(
  { objectionRules: { review, bounds } }: ObjectionContext,
  item: ObjectionItem,
  { reason, at }: { readonly reason: string; readonly at: Date },
): string {
  requireState(item, ['rejected', 'refused']);
  if (item.reviewAskedAt !== null) throw objectionRefusal('objections.reviewed_already');
  const text = reason.trim();
  const { reasonCharactersMax: charactersMax } = bounds;
  if (text === '' || [...text].length > charactersMax)
    throw objectionRefusal('objections.reasons_missing', { charactersMax });
  const decidedAt = item.decidedAt?.getTime() ?? 0;
  if (at.getTime() > decidedAt + review.withinDays * DAY_MS)
    throw objectionRefusal('objections.review_too_late', { days: review.withinDays });
  return text;
}

/**
 * 声明: what the enterprise says beside a record that stays as it is. The last one holds. Throws as `withdrawItems`,
 * `objections.statement_not_valid`.
 */
export async function addStatement(
  tx: Tx,
  context: ObjectionContext,
  act: OwnAct & { readonly item: number; readonly statement: string },
): Promise<StoredObjection> {
  const { objection, grant } = await takeOwn(tx, context, act);
  const item = requireItem(objection, act.item);
  requireState(item, ['rejected', 'refused']);
  const { statementCharactersMax: charactersMax } = context.objectionRules.bounds;
  const statement = act.statement.trim();
  if (statement === '' || [...statement].length > charactersMax || /\p{C}/u.test(statement))
    throw objectionRefusal('objections.statement_not_valid', { charactersMax });
  const at = context.clock.now();
  const receiptId = await recordAct(tx, context, grant, {
    act: 'statement_added',
    objection,
    items: [item],
    at,
  });
  await updateItem(tx, item, { statement });
  const by = { kind: 'enterprise', id: act.caller.id } as const;
  await addStep(tx, { ...stepOf(item), act: 'stated', by, at, words: statement, receiptId });
  return await findObjection(tx, context, objection.objectionId);
}

type Own = { readonly objection: StoredObjection; readonly grant: Grant };

/** One of another enterprise is none. Whoever raised it: who acts for the enterprise now may go on with it. */
async function takeOwn(
  tx: Tx,
  context: ObjectionContext,
  { caller, code, objection: id }: OwnAct,
): Promise<Own> {
  const { enterpriseId } = await findEnterprise(tx, code);
  const grant = requireAllowed(context.policies, caller, 'object', { enterprise: enterpriseId });
  await proveMandate(tx, context.clock, caller, 'object');
  const objection = await takeObjection(tx, context, id);
  const ids = await readMergedIds(tx, enterpriseId);
  if (!ids.includes(objection.enterpriseId)) throw objectionRefusal('objections.unknown', { objection: id });
  return { objection, grant };
}

async function recordAct(
  tx: Tx,
  { keys }: ObjectionContext,
  { caller, policyHash }: Grant,
  of: { act: string; objection: StoredObjection; items: readonly ObjectionItem[]; at: Date },
): Promise<string> {
  const { objection, items, at, act } = of;
  const { id } = await recordLeaf(tx, keys, {
    kind: 'correction',
    at,
    subject: objection.enterpriseId,
    body: {
      act,
      objection: objection.objectionId,
      items: items.map(({ itemNo }) => itemNo),
      by: caller.id,
      policyHash,
    },
  });
  return id;
}
