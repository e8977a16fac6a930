import type { Tx } from '#kernel';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import type { RightsContext } from '../../rights-context.ts';
import { unknownProfile } from '../definition/load-time-limits.ts';
import {
  findProfileInForce,
  keepProfile,
  lockProfile,
  readKeptProfile,
  readProfileInForce,
} from '../definition/profile-in-force.ts';
import type { Profile } from '../definition/profile-shape.ts';
import type { TimeLimitTables } from '../tables.ts';
import { timeLimitRefusal } from '../time-limit-refusals.ts';
import { recompute, type Recomputed } from './recompute.ts';

export type ProposedSwitch = {
  readonly switchNo: number;
  readonly profile: string;
  readonly version: string;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
};

/** What a switch to a profile of the files would change today; changes nothing. Throws `time_limits.profile_unknown`. */
export async function foreseeSwitch(
  tx: Tx,
  { timeLimits, calendar, clock }: RightsContext,
  profileId: string,
): Promise<Recomputed> {
  const profile = timeLimits.profiles.get(profileId);
  if (profile === undefined) throw unknownProfile(profileId, timeLimits.profiles.keys());
  return await recompute(tx, profile, { calendar, at: clock.now() });
}

/**
 * Proposes a profile of the files; it comes into force by `switchProfile` of another person. Throws the policy's refusal,
 * `time_limits.profile_unknown`, `time_limits.reason_missing`, `time_limits.already_in_force`,
 * `time_limits.switch_pending`.
 */
export async function proposeProfile(
  tx: Tx,
  context: RightsContext,
  {
    caller,
    profile: id,
    reason,
  }: { readonly caller: Caller; readonly profile: string; readonly reason: string },
): Promise<ProposedSwitch> {
  const { policies, timeLimits, clock } = context;
  requireAllowed(policies, caller, 'propose_profile');
  const profile = timeLimits.profiles.get(id);
  if (profile === undefined) throw unknownProfile(id, timeLimits.profiles.keys());
  if (reason.trim() === '' || reason.length > 500) throw timeLimitRefusal('time_limits.reason_missing');
  await lockProfile(tx);
  if ((await readProfileInForce(tx, context)).hash === profile.hash)
    throw timeLimitRefusal('time_limits.already_in_force', { profile: id });
  const pending = await findPending(tx);
  if (pending !== undefined)
    throw timeLimitRefusal('time_limits.switch_pending', { profile: pending.profile });
  const at = clock.now();
  await keepProfile(tx, profile, at);
  const receiptId = await record(tx, context, { act: 'time_limits_proposed', profile, caller, at, reason });
  const switchNo = await nextSwitchNo(tx);
  await tx
    .tables<TimeLimitTables>()
    .insertInto('rights.profile_switches')
    .values({
      switch_no: switchNo,
      profile_hash: profile.hash,
      reason,
      proposed_by: caller.id,
      proposed_at: at,
      approved_by: null,
      approved_at: null,
      withdrawn_at: null,
      receipt_id: receiptId,
    })
    .execute();
  return { switchNo, profile: id, version: profile.version, reason, proposedBy: caller.id, proposedAt: at };
}

/**
 * Approves the proposed profile: it is in force, every running term is reckoned again, and the days that were due so far stay
 * on record. Throws `time_limits.no_switch_pending`, the policy's refusal to whoever proposed it.
 */
export async function switchProfile(
  tx: Tx,
  context: RightsContext,
  { caller }: { readonly caller: Caller },
): Promise<Recomputed & { readonly profile: string }> {
  await lockProfile(tx);
  const pending = await requirePending(tx);
  requireAllowed(context.policies, caller, 'switch_profile', { earlierPersons: [pending.proposedBy] });
  const profile = await readKeptProfile(tx, context.timeLimits, pending.hash);
  const approval = { switchNo: pending.switchNo, profile, caller, reason: pending.reason };
  return { ...(await bringIntoForce(tx, context, approval)), profile: profile.id };
}

/** Ends a proposal without effect; whoever may propose may. Throws `time_limits.no_switch_pending`. */
export async function withdrawProposal(
  tx: Tx,
  { policies, clock }: RightsContext,
  { caller }: { readonly caller: Caller },
): Promise<{ readonly profile: string }> {
  requireAllowed(policies, caller, 'propose_profile');
  await lockProfile(tx);
  const { switchNo, profile } = await requirePending(tx);
  await tx
    .tables<TimeLimitTables>()
    .updateTable('rights.profile_switches')
    .set({ withdrawn_at: clock.now() })
    .where('switch_no', '=', switchNo)
    .execute();
  return { profile };
}

/**
 * At start: the initial profile comes into force if there is none; where the file of the one in force says something else by
 * now, that version does, as contracts of the package and the city do.
 */
export async function bringProfileIntoForce(
  tx: Tx,
  context: Omit<RightsContext, 'catalogue'>,
  { caller }: { readonly caller: Caller },
): Promise<{ readonly profile: string; readonly recomputed: number }> {
  const { timeLimits, clock } = context;
  const found = await findProfileInForce(tx, timeLimits);
  const filed = found === undefined ? timeLimits.initial : timeLimits.profiles.get(found.id);
  if (filed === undefined || filed.hash === found?.hash)
    return { profile: found?.id ?? timeLimits.initial.id, recomputed: 0 };
  await lockProfile(tx);
  // Another process may have done it while this one waited.
  if ((await findProfileInForce(tx, timeLimits))?.hash === filed.hash)
    return { profile: filed.id, recomputed: 0 };
  await keepProfile(tx, filed, clock.now());
  const approval = { switchNo: await nextSwitchNo(tx), profile: filed, caller, reason: 'package' };
  await enterSwitch(tx, approval, clock.now());
  const { recomputed } = await bringIntoForce(tx, context, approval);
  return { profile: filed.id, recomputed };
}

type Approval = {
  readonly switchNo: number;
  readonly profile: Profile;
  readonly caller: Caller;
  readonly reason: string;
};

async function enterSwitch(tx: Tx, { switchNo, profile, caller, reason }: Approval, at: Date): Promise<void> {
  await tx
    .tables<TimeLimitTables>()
    .insertInto('rights.profile_switches')
    .values({
      switch_no: switchNo,
      profile_hash: profile.hash,
      reason,
      proposed_by: caller.id,
      proposed_at: at,
      approved_by: caller.id,
      approved_at: at,
      withdrawn_at: null,
      receipt_id: null,
    })
    .execute();
}

async function bringIntoForce(
  tx: Tx,
  context: Omit<RightsContext, 'catalogue'>,
  { switchNo, profile, caller, reason }: Approval,
): Promise<Recomputed> {
  const at = context.clock.now();
  const done = await recompute(tx, profile, { calendar: context.calendar, at, writeAt: at });
  const { recomputed, breachedCount: breached } = done;
  const counts = { recomputed, breached };
  const leaf = { act: 'time_limits_in_force', profile, caller, at, reason, counts };
  const receiptId = await record(tx, context, leaf);
  await tx
    .tables<TimeLimitTables>()
    .updateTable('rights.profile_switches')
    .set({ approved_by: caller.id, approved_at: at, recomputed, breached, receipt_id: receiptId })
    .where('switch_no', '=', switchNo)
    .execute();
  return done;
}

type Recording = {
  readonly act: string;
  readonly profile: Profile;
  readonly caller: Caller;
  readonly at: Date;
  readonly reason: string;
  readonly counts?: object;
};

async function record(
  tx: Tx,
  { keys }: Pick<RightsContext, 'keys'>,
  { act, profile, caller, at, reason, counts = {} }: Recording,
): Promise<string> {
  const { id, version, hash } = profile;
  const body = { act, profile: id, version, hash, by: caller.id, reason, ...counts };
  return (await recordLeaf(tx, keys, { kind: 'definition_change', at, body })).id;
}

async function nextSwitchNo(tx: Tx): Promise<number> {
  const [row] = await tx.rows<{ no: number }>(
    'select coalesce(max(switch_no), 0) + 1 as no from rights.profile_switches',
  );
  return row?.no ?? 1;
}

type Pending = ProposedSwitch & { readonly hash: string };

/** The switch that waits for a second person, if any. */
export async function findPending(tx: Tx): Promise<Pending | undefined> {
  const [pending] = await tx.rows<Pending>(
    `select s.switch_no as "switchNo", p.profile_id as profile, p.version, s.profile_hash as hash, s.reason,
       s.proposed_by as "proposedBy", s.proposed_at as "proposedAt"
     from rights.profile_switches s join rights.time_limit_profiles p on p.profile_hash = s.profile_hash
     where s.approved_at is null and s.withdrawn_at is null`,
  );
  return pending;
}

async function requirePending(tx: Tx): Promise<Pending> {
  const pending = await findPending(tx);
  if (pending === undefined) throw timeLimitRefusal('time_limits.no_switch_pending');
  return pending;
}
