import { beijingDate, newId, type Tx } from '#kernel';
import { readRecordLives } from '#lists';
import { type Act, type Caller, type Grant, recordLeaf, requireAllowed } from '#security';
import { type Hold, HOLD_WORDS, type HoldScope, type HoldState, stateOfHold } from './hold.ts';
import {
  insertHold,
  lockRetention,
  readHold,
  readHolds,
  readKeepingHolds,
  updateHold,
} from './hold-store.ts';
import type { RetentionContext } from './retention-context.ts';
import { RETENTION_LIMITS } from './retention-limits.ts';
import { retentionRefusal } from './retention-refusals.ts';

export type NewHold = HoldScope & {
  readonly caller: Caller;
  /** Document and ground, without names of persons. */
  readonly reason: string;
  /** Last Beijing day; null: until it is lifted. */
  readonly until: string | null;
};

/** A hold with the state in which it is read. */
export type ShownHold = Hold & { readonly state: HoldState };

/**
 * Puts a hold: it keeps records from now on, and lapses unless another person confirms it in time. Waits for a batch that is
 * removing; the next sees it. Throws the policy's refusal and `retention.hold_…`, `retention.holds_too_many`,
 * `retention.not_adverse`.
 */
export async function proposeHold(tx: Tx, context: RetentionContext, asked: NewHold): Promise<ShownHold> {
  const { caller, reason, until, ...scope } = asked;
  const grant = requireAllowed(context.policies, caller, 'propose_hold');
  requireReason(reason);
  const at = context.clock.now();
  if (until !== null && until < beijingDate(at)) throw retentionRefusal('retention.hold_past', { until });
  await requireScope(tx, context, grant, scope);
  await lockRetention(tx);
  const { holdsMax } = RETENTION_LIMITS;
  if ((await readKeepingHolds(tx, at)).length >= holdsMax)
    throw retentionRefusal('retention.holds_too_many', { holdsMax });
  const holdId = newId('hld', at);
  const steps = { approvedBy: null, approvedAt: null, liftReason: null, liftProposedBy: null };
  const ends = { liftProposedAt: null, liftedBy: null, liftedAt: null };
  const said = { holdId, reason, until, proposedBy: caller.id, proposedAt: at };
  const lapsesAt = new Date(at.getTime() + RETENTION_LIMITS.proposalDays * 86_400_000);
  const bare: Hold = { ...scope, ...said, ...steps, ...ends, lapsesAt, receiptId: '' };
  const hold = { ...bare, receiptId: await record(tx, context, bare, { act: 'hold_proposed', caller, at }) };
  await insertHold(tx, hold);
  return shown(hold, at);
}

/** Another person confirms it. Throws the policy's refusal, `retention.hold_unknown`, `retention.hold_state`. */
export async function approveHold(tx: Tx, context: RetentionContext, asked: HoldStep): Promise<ShownHold> {
  return await step(tx, context, asked, {
    act: 'approve_hold',
    from: 'proposed',
    leaf: 'hold_put',
    earlier: ({ proposedBy }) => [proposedBy],
    next: (hold, at) => ({ ...hold, approvedBy: asked.caller.id, approvedAt: at }),
  });
}

/** Says why it should end; it keeps until another person agrees. Throws as `approveHold` and `retention.hold_reason_missing`. */
export async function proposeLift(
  tx: Tx,
  context: RetentionContext,
  { reason, ...asked }: HoldStep & { readonly reason: string },
): Promise<ShownHold> {
  requireReason(reason);
  return await step(tx, context, asked, {
    act: 'propose_hold',
    from: 'in_force',
    leaf: 'hold_lift_proposed',
    earlier: () => [],
    next: (hold, at) => ({
      ...hold,
      liftReason: reason,
      liftProposedBy: asked.caller.id,
      liftProposedAt: at,
    }),
  });
}

/** Another person than who proposed it ends the hold: what is past its years goes with the next run. Throws as `approveHold`. */
export async function approveLift(tx: Tx, context: RetentionContext, asked: HoldStep): Promise<ShownHold> {
  return await step(tx, context, asked, {
    act: 'approve_hold',
    from: 'lift_proposed',
    leaf: 'hold_lifted',
    earlier: ({ liftProposedBy }) => (liftProposedBy === null ? [] : [liftProposedBy]),
    next: (hold, at) => ({ ...hold, liftedBy: asked.caller.id, liftedAt: at }),
  });
}

/** Holds, newest first, with their states. Throws the policy's refusal. */
export async function listHolds(
  tx: Tx,
  { policies, clock }: RetentionContext,
  { caller, before }: { readonly caller: Caller; readonly before?: string | undefined },
): Promise<ShownHold[]> {
  requireAllowed(policies, caller, 'see_retention');
  const now = clock.now();
  return (await readHolds(tx, before)).map((hold) => shown(hold, now));
}

export type HoldStep = { readonly caller: Caller; readonly holdId: string };

type Step = {
  readonly act: Act;
  readonly from: HoldState;
  readonly leaf: string;
  /** Who may not take it. */
  readonly earlier: (hold: Hold) => readonly string[];
  readonly next: (hold: Hold, at: Date) => Hold;
};

async function step(
  tx: Tx,
  context: RetentionContext,
  { caller, holdId }: HoldStep,
  { act, from, leaf, earlier, next }: Step,
): Promise<ShownHold> {
  requireAllowed(context.policies, caller, act);
  await lockRetention(tx);
  const hold = await readHold(tx, holdId);
  const at = context.clock.now();
  const state = stateOfHold(hold, at);
  if (state !== from) throw wrongState(holdId, state);
  requireAllowed(context.policies, caller, act, { earlierPersons: earlier(hold) });
  const moved = next(hold, at);
  const receiptId = await record(tx, context, moved, { act: leaf, caller, at });
  await updateHold(tx, { ...moved, receiptId });
  return shown({ ...moved, receiptId }, at);
}

function wrongState(hold: string, state: HoldState): Error {
  const { zh, en } = HOLD_WORDS[state];
  return retentionRefusal('retention.hold_state', { hold, state: zh, stateEn: en });
}

function shown(hold: Hold, now: Date): ShownHold {
  return { ...hold, state: stateOfHold(hold, now) };
}

function requireReason(reason: string): void {
  if (reason.trim() === '' || reason.length > RETENTION_LIMITS.reasonCharactersMax)
    throw retentionRefusal('retention.hold_reason_missing');
}

/** A hold on what is not there would keep nothing and say that it does. */
async function requireScope(
  tx: Tx,
  { retention, catalogue }: RetentionContext,
  grant: Grant,
  { enterpriseId, contract: id, recordId }: HoldScope,
): Promise<void> {
  if (id !== null && !(id in retention.contracts))
    throw retentionRefusal('retention.not_adverse', { contract: id.slice(0, 60) });
  if (enterpriseId === null && id === null) throw retentionRefusal('retention.hold_scope_missing');
  if (recordId === null) return;
  const contract = id === null ? undefined : catalogue.contracts.get(id);
  if (enterpriseId === null || contract === undefined) throw retentionRefusal('retention.hold_scope_missing');
  const lives = await readRecordLives(tx, grant, { contract, records: [{ enterpriseId, recordId }] });
  if (lives.length === 0) throw retentionRefusal('retention.hold_scope_missing');
}

/** About the enterprise, so that its body can be removed with the rest; without the reason. */
async function record(
  tx: Tx,
  { keys }: RetentionContext,
  { holdId, enterpriseId, contract, recordId, until }: Hold,
  { act, caller, at }: { readonly act: string; readonly caller: Caller; readonly at: Date },
): Promise<string> {
  const body = { act, hold: holdId, contract, record: recordId, until, operator: caller.id };
  const subject = enterpriseId === null ? {} : { subject: enterpriseId };
  const { id } = await recordLeaf(tx, keys, { kind: 'administrative_act', at, body, ...subject });
  return id;
}
