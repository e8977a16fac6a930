import { createHash } from 'node:crypto';
import type { Tx } from '#kernel';
import { findEnterprise, readMergedIds } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, type Grant, recordLeaf, requireAllowed } from '#security';
import { endTerm, endTermsOf } from '../time-limits/running/change-term.ts';
import { startTerm } from '../time-limits/running/start-term.ts';
import { requireEligible, requireWords } from './apply-repair.ts';
import { repairRefusal } from './definition/repair-refusals.ts';
import type { RepairState, StoredRepair } from './definition/repair.ts';
import { endUse } from './end-use.ts';
import { noteToPortal } from './portal/queue-notice.ts';
import { readOwnRecords, requireRecord, sameMatter } from './read-records.ts';
import type { RepairContext } from './repair-context.ts';
import { addStep, findRepair, type NewStep, requireState, setState, type Side, takeRepair } from './store.ts';
import { matterOf, NODE } from './terms.ts';

export type RepairAct = { readonly caller: Caller; readonly repair: string };

/**
 * 受理, or 不予受理 with reasons: by the node, which checks that all is there and hands it to the body that decides. Throws the policy's
 * refusal, `repairs.unknown`, `repairs.not_in_state`, `repairs.words_not_valid`.
 */
export async function acceptRepair(
  tx: Tx,
  context: RepairContext,
  act: RepairAct & { readonly accept: boolean; readonly words?: string },
): Promise<StoredRepair> {
  requireAllowed(context.policies, act.caller, 'accept_repair');
  const repair = await takeRepair(tx, act.repair);
  const { enterpriseId } = repair;
  const grant = requireAllowed(context.policies, act.caller, 'accept_repair', { enterprise: enterpriseId });
  requireState(repair, ['submitted']);
  const at = context.clock.now();
  const by = { kind: 'node', id: act.caller.id } as const;
  const words = act.accept ? act.words : requireWords(act.words ?? '', charactersMaxOf(context));
  const state = act.accept ? 'accepted' : 'refused';
  await moveOn(tx, context, {
    repair,
    grant,
    state,
    step: { by, at, ...(words !== undefined && { words }) },
  });
  const matter = matterOf(repair);
  await endTerm(tx, context, { matter, term: 'repair_acceptance', responsible: NODE, at });
  if (act.accept) {
    const responsible = { kind: 'provider', id: repair.provider } as const;
    await startTerm(tx, context, { matter, term: 'repair_decision', startedAt: at, responsible });
  }
  return await findRepair(tx, repair.repairId);
}

/**
 * 修复决定，谁认定谁修复: by the body that made the entry, or the department that carries its records here, in writing. Granted, the
 * record and its copies of the same decision go out of publication, sharing and use in this transaction. Throws the policy's
 * refusal, `repairs.unknown`, `repairs.not_in_state`, `repairs.words_not_valid`, `repairs.not_eligible`, `repairs.record_changed`.
 */
export async function decideRepair(
  tx: Tx,
  context: RepairContext,
  act: RepairAct & { readonly granted: boolean; readonly words: string },
): Promise<StoredRepair> {
  const { policies, clock } = context;
  const { caller } = act;
  const own = caller.organisation === null ? {} : { provider: caller.organisation };
  requireAllowed(policies, caller, 'decide_repair', own);
  const repair = await takeRepair(tx, act.repair);
  const { enterpriseId } = repair;
  const provider = caller.organisation === repair.body ? repair.body : repair.provider;
  const grant = requireAllowed(policies, caller, 'decide_repair', { enterprise: enterpriseId, provider });
  requireState(repair, ['accepted']);
  const words = requireWords(act.words, charactersMaxOf(context));
  const at = clock.now();
  if (act.granted) await endAll(tx, context, { repair, grant, at });
  const by = { kind: 'provider', id: caller.id } as const;
  const state = act.granted ? 'granted' : 'denied';
  await moveOn(tx, context, { repair, grant, state, step: { by, at, words } });
  const matter = matterOf(repair);
  await endTerm(tx, context, { matter, term: 'repair_decision', at });
  if (act.granted)
    await startTerm(tx, context, { matter, term: 'repair_sync', startedAt: at, responsible: NODE });
  return await findRepair(tx, repair.repairId);
}

/** The record and whatever else says the same of the same decision. */
async function endAll(
  tx: Tx,
  context: RepairContext,
  { repair, grant, at }: { readonly repair: StoredRepair; readonly grant: Grant; readonly at: Date },
): Promise<void> {
  const { enterpriseId, contractId: contract, recordId: record, repairId: causeId } = repair;
  const records = await readOwnRecords(tx, context, { caller: 'node', enterpriseId });
  const found = requireRecord(context, records, { contract, record });
  requireEligible(context, found);
  for (const { contract: of, version } of sameMatter(context, records, found))
    await endUse(tx, context, {
      grant,
      enterpriseId,
      contract: of,
      recordId: version.recordId,
      cause: 'repair',
      causeId,
      at,
    });
}

/**
 * 撤回: what is not decided yet, by whoever acts for the enterprise now. Throws the policy's refusal, what `proveMandate` throws,
 * `repairs.unknown`, `repairs.not_in_state`.
 */
export async function withdrawRepair(
  tx: Tx,
  context: RepairContext,
  { caller, code, repair: id }: RepairAct & { readonly code: string },
): Promise<StoredRepair> {
  const { enterpriseId } = await findEnterprise(tx, code);
  const grant = requireAllowed(context.policies, caller, 'apply_repair', { enterprise: enterpriseId });
  await proveMandate(tx, context.clock, caller, 'object');
  const repair = await takeRepair(tx, id);
  const ids = await readMergedIds(tx, enterpriseId);
  if (!ids.includes(repair.enterpriseId)) throw repairRefusal('repairs.unknown', { repair: id });
  requireState(repair, ['submitted', 'accepted']);
  const at = context.clock.now();
  const by = { kind: 'enterprise', id: caller.id } as const;
  await moveOn(tx, context, { repair, grant, state: 'withdrawn', step: { by, at } });
  await endTermsOf(tx, context, { matter: matterOf(repair), at });
  return await findRepair(tx, id);
}

type Move = {
  readonly repair: StoredRepair;
  readonly grant: Grant;
  readonly state: Exclude<RepairState, 'submitted'>;
  readonly step: { readonly by: Side; readonly at: Date; readonly words?: string };
};

/** State, step and leaf, and a notice where the portal waits for one. */
async function moveOn(tx: Tx, context: RepairContext, { repair, grant, state, step }: Move): Promise<void> {
  const receiptId = await recordMove(tx, context, { repair, grant, state, step });
  const isDecided = state === 'granted' || state === 'denied' || state === 'refused';
  await setState(tx, repair, { state, decidedAt: isDecided ? step.at : null });
  await addStep(tx, context.cipher, repair, { ...step, act: state, receiptId } satisfies NewStep);
  await noteToPortal(tx, { repair, state, at: step.at });
}

/** Words stay out of the log, their digest goes in. */
async function recordMove(
  tx: Tx,
  { keys }: RepairContext,
  { repair, grant, state, step }: Move,
): Promise<string> {
  const { at, by, words } = step;
  const { id } = await recordLeaf(tx, keys, {
    kind: 'repair_decision',
    at,
    subject: repair.enterpriseId,
    body: {
      act: `repair_${state}`,
      repair: repair.repairId,
      contract: repair.contractId,
      record: repair.recordId,
      by: by.id,
      words: words === undefined ? null : createHash('sha256').update(words).digest('hex'),
      policyHash: grant.policyHash,
    },
  });
  return id;
}

function charactersMaxOf({ repairRules }: RepairContext): number {
  return repairRules.bounds.wordsCharactersMax;
}
