import assert from 'node:assert';
import { toEnterpriseId, type Tx } from '#kernel';
import { findEnterprise, readEnterprise, readMergedIds } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, requireAllowed } from '#security';
import { readTerms } from '../../time-limits/running/read-terms.ts';
import type { Term } from '../../time-limits/running/term.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import {
  type CorrectedField,
  type ItemState,
  type ObjectionItem,
  type ObjectionState,
  stateOf,
} from '../definition/objection.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { openValues, valuesPlace } from '../sealed-values.ts';
import {
  findObjection,
  type ItemRow,
  ITEMS,
  openItems,
  selectObjections,
  type StoredObjection,
} from '../store.ts';
import { matterOf } from '../terms.ts';

export const OBJECTION_LIMITS = Object.freeze({
  /** Objections of one enterprise that a list shows, the latest first. */
  ownShownMax: 500,
  /** Lines of one page for whoever handles them. */
  pageMax: 200,
  /** Notices that one answer holds, the latest first. */
  noticesShownMax: 200,
  /** Records of a report file that are looked up at once; a report prints fewer. */
  recordsAskedMax: 20_000,
});

/** What was done, by which side and in which words; persons stay in the log. */
export type ObjectionStep = {
  readonly stepNo: number;
  readonly itemNo: number | null;
  readonly act: string;
  readonly byKind: 'enterprise' | 'node' | 'provider' | 'delivery';
  readonly at: Date;
  readonly words: string | null;
  readonly fields: readonly CorrectedField[] | null;
  readonly receiptId: string | null;
};

export type ObjectionHead = StoredObjection & { readonly state: ObjectionState };
export type ObjectionView = ObjectionHead & {
  readonly code: string | null;
  readonly name: string;
  readonly terms: readonly Term[];
  readonly steps: readonly ObjectionStep[];
};

export type OwnObjections = { readonly caller: Caller; readonly code: string };

/** The enterprise's own objections, the latest first. Throws the policy's refusal, what `proveMandate` throws. */
export async function listOwnObjections(
  tx: Tx,
  context: ObjectionContext,
  asked: OwnObjections,
): Promise<ObjectionHead[]> {
  const ids = await requireOwnIds(tx, context, asked);
  const found = await selectObjections(tx, context, ids, OBJECTION_LIMITS.ownShownMax);
  return found.map((one) => ({ ...one, state: stateOf(one.items) }));
}

/** One of its own with terms and every step. Throws as `listOwnObjections`, `objections.unknown`. */
export async function readOwnObjection(
  tx: Tx,
  context: ObjectionContext,
  asked: OwnObjections & { readonly objection: string },
): Promise<ObjectionView> {
  const ids = await requireOwnIds(tx, context, asked);
  const found = await findObjection(tx, context, asked.objection);
  if (!ids.includes(found.enterpriseId))
    throw objectionRefusal('objections.unknown', { objection: asked.objection });
  return await complete(tx, context, found);
}

async function requireOwnIds(tx: Tx, { policies, clock }: ObjectionContext, { caller, code }: OwnObjections) {
  const { enterpriseId } = await findEnterprise(tx, code);
  requireAllowed(policies, caller, 'object', { enterprise: enterpriseId });
  await proveMandate(tx, clock, caller, 'object');
  return await readMergedIds(tx, enterpriseId);
}

/** With what the caller acts on: the node all items, a department its own. Throws the policy's refusal, `objections.unknown`. */
export async function readHandledObjection(
  tx: Tx,
  context: ObjectionContext,
  { caller, objection: id }: { readonly caller: Caller; readonly objection: string },
): Promise<ObjectionView> {
  const provider = requireHandler(context, caller);
  const found = await findObjection(tx, context, id);
  const items = found.items.filter((item) => isHandled(item, provider));
  if (items.length === 0) throw objectionRefusal('objections.unknown', { objection: id });
  const view = await complete(tx, context, { ...found, items });
  if (provider === null) return view;
  const own = new Set(items.map(({ itemNo }) => itemNo));
  return {
    ...view,
    terms: view.terms.filter(({ responsible }) => responsible.id === provider),
    steps: view.steps.filter(({ itemNo }) => itemNo !== null && own.has(itemNo)),
  };
}

const OF_DEPARTMENTS: ReadonlySet<ItemState> = new Set(['forwarded', 'upheld', 'rejected', 'review_asked']);

/** A department sees what came to it; what the node has decided alone, or not forwarded, it does not. */
function isHandled({ provider: own, state, decidedKind }: ObjectionItem, provider: string | null): boolean {
  if (provider === null) return true;
  return own === provider && OF_DEPARTMENTS.has(state) && decidedKind !== 'node';
}

/** Null: the node itself, which sees all. Throws the policy's refusal. */
function requireHandler({ policies }: ObjectionContext, caller: Caller): string | null {
  if (caller.kind !== 'provider') {
    requireAllowed(policies, caller, 'check_objection');
    return null;
  }
  const provider = caller.organisation ?? '';
  requireAllowed(policies, caller, 'decide_objection', { provider });
  return provider;
}

/** One item as a line of the list to be handled, with whose it is. */
export type HandledItem = ObjectionItem & {
  readonly code: string | null;
  readonly name: string;
  readonly appliedAt: Date;
};
export type HandledPage = {
  readonly caller: Caller;
  readonly states?: readonly ItemState[];
  readonly after?: { readonly objectionId: string; readonly itemNo: number };
};

/** Oldest first. Throws the policy's refusal. */
export async function listHandledItems(
  tx: Tx,
  context: ObjectionContext,
  { caller, states = ['submitted', 'checking', 'forwarded', 'review_asked'], after }: HandledPage,
): Promise<{ readonly items: HandledItem[]; readonly next: { objectionId: string; itemNo: number } | null }> {
  const provider = requireHandler(context, caller);
  const shown = provider === null ? states : states.filter((state) => OF_DEPARTMENTS.has(state));
  const rows = await tx.rows<ItemRow & { appliedAt: Date }>(
    `select l.*, o.applied_at as "appliedAt" from (${ITEMS} where i.state = any($1)
       and ($2::text is null or (i.provider = $2 and i.decided_kind is distinct from 'node'))
       and (i.objection_id, i.item_no) > ($3, $4)
       order by i.objection_id, i.item_no limit $5) l
     join rights.objections o on o.enterprise_id = l."enterpriseId"::bigint and o.objection_id = l."objectionId"
     order by l."objectionId", l."itemNo"`,
    [shown, provider, after?.objectionId ?? '', after?.itemNo ?? 0, OBJECTION_LIMITS.pageMax],
  );
  const last = rows.length < OBJECTION_LIMITS.pageMax ? undefined : rows.at(-1);
  return {
    items: await nameEnterprises(tx, context, rows),
    next: last === undefined ? null : { objectionId: last.objectionId, itemNo: last.itemNo },
  };
}

async function nameEnterprises(
  tx: Tx,
  context: ObjectionContext,
  rows: readonly (ItemRow & { readonly appliedAt: Date })[],
): Promise<HandledItem[]> {
  const names = new Map<string, { code: string | null; name: string }>();
  for (const id of new Set(rows.map(({ enterpriseId }) => enterpriseId))) {
    const { code, name } = await readEnterprise(tx, toEnterpriseId(id));
    names.set(id, { code, name });
  }
  const opened = await openItems(tx, context, rows);
  return opened.map((item, n) => ({
    ...item,
    appliedAt: rows[n]?.appliedAt ?? assert.fail('one for one'),
    ...(names.get(item.enterpriseId) ?? { code: null, name: '' }),
  }));
}

async function complete(tx: Tx, context: ObjectionContext, found: StoredObjection): Promise<ObjectionView> {
  const { code, name } = await readEnterprise(tx, found.enterpriseId);
  const terms = await readTerms(tx, matterOf(found), context.clock.now());
  return {
    ...found,
    state: stateOf(found.items),
    code,
    name,
    terms,
    steps: await readSteps(tx, context, found),
  };
}

const STEPS = `select enterprise_id::text as "enterpriseId", objection_id as "objectionId", step_no as "stepNo", item_no as "itemNo",
  act, by_kind as "byKind", at, words, fields, fields_sealed as "fieldsSealed", receipt_id as "receiptId"`;

type StepRow = ObjectionNotice & { readonly enterpriseId: string; readonly fieldsSealed: string | null };

async function openSteps(
  tx: Tx,
  { cipher }: ObjectionContext,
  rows: readonly StepRow[],
): Promise<ObjectionNotice[]> {
  const steps: ObjectionNotice[] = [];
  for (const row of rows) {
    const { enterpriseId: _own, fieldsSealed, fields, ...step } = row;
    const place = valuesPlace('rights.objection_steps', row);
    const opened = fields ?? (await openValues<CorrectedField>(tx, cipher, place, fieldsSealed));
    steps.push({ ...step, fields: opened });
  }
  return steps;
}

async function readSteps(
  tx: Tx,
  context: ObjectionContext,
  { enterpriseId, objectionId }: StoredObjection,
): Promise<ObjectionStep[]> {
  const rows = await tx.rows<StepRow>(
    `${STEPS}
     from rights.objection_steps where enterprise_id = $1 and objection_id = $2 order by step_no`,
    [enterpriseId, objectionId],
  );
  const steps = await openSteps(tx, context, rows);
  return steps.map(({ objectionId: _same, ...step }) => step);
}

export type ObjectionNotice = ObjectionStep & { readonly objectionId: string };

/** 告知: what others have done with the enterprise's objections, the latest first. Throws as `listOwnObjections`. */
export async function listObjectionNotices(
  tx: Tx,
  context: ObjectionContext,
  asked: OwnObjections,
): Promise<ObjectionNotice[]> {
  const ids = await requireOwnIds(tx, context, asked);
  const rows = await tx.rows<StepRow>(
    `${STEPS}
     from rights.objection_steps where enterprise_id = any($1::bigint[]) and by_kind <> 'enterprise'
     order by at desc, objection_id desc, step_no desc limit $2`,
    [ids, OBJECTION_LIMITS.noticesShownMax],
  );
  return await openSteps(tx, context, rows);
}
