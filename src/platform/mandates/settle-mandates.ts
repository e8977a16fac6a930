import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { requireAllowed } from '#security';
import type { Act } from '../accounts.ts';
import type { Acting } from '../acting.ts';
import {
  changeMandate,
  type Changer,
  findMandate,
  type LiveMandate,
  lockMandates,
  readMandates,
} from './change-mandate.ts';
import { changerOf, endOthers } from './grant-mandate.ts';
import { mandateRefusal } from './mandate-refusals.ts';
import { requireRepresentative } from './prove-mandate.ts';

export type OfMandate = { readonly enterpriseId: EnterpriseId; readonly mandateId: string };

/**
 * The register names another legal representative: what the former one holds and gave rests until it is confirmed.
 * Returns how many mandates were frozen. For the node itself: whoever calls has seen the change in the register.
 */
export async function freezeMandates(
  tx: Tx,
  act: Act,
  { enterpriseId, reason }: { enterpriseId: EnterpriseId; reason: string },
): Promise<number> {
  await lockMandates(tx, enterpriseId);
  const mandates = await readMandates(tx, enterpriseId, act.clock.now());
  const granted = mandates.filter(({ standing }) => standing === 'granted');
  const frozen = { act: 'mandate_frozen', standing: 'frozen', reason } as const;
  for (const { mandateId } of granted)
    await changeMandate(tx, act, { enterpriseId, mandateId, change: frozen });
  // Paper of an agent that waits for its second person was signed by the former representative.
  const waiting = mandates.filter(({ standing, capacity }) => standing === 'entered' && capacity === 'agent');
  const ended = { act: 'mandate_ended', standing: 'ended', reason } as const;
  for (const { mandateId } of waiting)
    await changeMandate(tx, act, { enterpriseId, mandateId, change: ended });
  return granted.length;
}

/** `freezeMandates` for each of these enterprises that has any open mandate, in one order for all; returns the sum. */
export async function freezeMandatesOf(
  tx: Tx,
  act: Act,
  { enterpriseIds, reason }: { enterpriseIds: readonly EnterpriseId[]; reason: string },
): Promise<number> {
  const open = await tx.rows<{ enterprise_id: string }>(
    `select distinct enterprise_id from platform.mandates
     where enterprise_id = any($1::bigint[]) and known_to = 'infinity' and standing in ('entered', 'granted')
     order by enterprise_id`,
    [enterpriseIds],
  );
  let frozen = 0;
  for (const { enterprise_id } of open) {
    frozen += await freezeMandates(tx, act, { enterpriseId: toEnterpriseId(enterprise_id), reason });
  }
  return frozen;
}

/**
 * Confirms a mandate: an entered one by a second admission officer, a frozen agent's by the legal representative of
 * now. Throws `mandate.unknown`, `policy.two_persons`, or what `proveMandate` throws of the representative's own.
 */
export async function confirmMandate(tx: Tx, acting: Acting, of: OfMandate): Promise<void> {
  const { caller, policies, clock } = acting;
  await lockMandates(tx, of.enterpriseId);
  const mandate = await findMandate(tx, { ...of, at: clock.now() });
  if (caller.kind === 'operator') {
    const earlierPersons = mandate === undefined ? [] : [mandate.grantedBy];
    requireAllowed(policies, caller, 'admit_participant', { earlierPersons });
    await confirmEntered(tx, changerOf(acting), { ...of, mandate });
  } else {
    requireAllowed(policies, caller, 'manage_mandates', { enterprise: of.enterpriseId });
    await requireRepresentative(tx, clock, caller);
    await confirmFrozen(tx, changerOf(acting), { ...of, mandate });
  }
}

/**
 * Ends a mandate for good: the legal representative any of its enterprise, whoever holds it their own, an admission
 * officer one that was entered and not confirmed. Throws as `confirmMandate`.
 */
export async function endMandate(tx: Tx, acting: Acting, of: OfMandate): Promise<void> {
  const { caller, policies, clock } = acting;
  await lockMandates(tx, of.enterpriseId);
  const mandate = await findMandate(tx, { ...of, at: clock.now() });
  const isOperator = caller.kind === 'operator';
  const isHolder = caller.kind === 'enterprise' && mandate?.accountId === caller.id;
  if (isOperator) requireAllowed(policies, caller, 'admit_participant');
  else if (!isHolder) {
    requireAllowed(policies, caller, 'manage_mandates', { enterprise: of.enterpriseId });
    await requireRepresentative(tx, clock, caller);
  }
  const isOpen = mandate !== undefined && mandate.standing !== 'ended';
  if (!isOpen || (isOperator && mandate.standing !== 'entered')) throw mandateRefusal('mandate.unknown');
  const change = { act: 'mandate_ended', standing: 'ended', reason: null } as const;
  await changeMandate(tx, changerOf(acting), { ...of, change });
}

type Found = OfMandate & { readonly mandate: LiveMandate | undefined };

const GRANTED = { act: 'mandate_confirmed', standing: 'granted', reason: null } as const;

async function confirmEntered(tx: Tx, changer: Changer, { mandate, ...of }: Found): Promise<void> {
  if (mandate?.state !== 'pending') throw mandateRefusal('mandate.unknown');
  if (mandate.capacity === 'legal_representative')
    await replaceRepresentative(tx, changer, { ...of, mandate });
  await endOthers(tx, changer, { ...of, accountId: mandate.accountId, except: of.mandateId });
  await changeMandate(tx, changer, { ...of, change: GRANTED });
}

/** A frozen representative's is not the new one's to confirm; it ends when the new one is entered. */
async function confirmFrozen(tx: Tx, changer: Changer, { mandate, ...of }: Found): Promise<void> {
  if (mandate?.state !== 'frozen' || mandate.capacity !== 'agent') throw mandateRefusal('mandate.unknown');
  await changeMandate(tx, changer, { ...of, change: GRANTED });
}

/** Another person's mandate as representative ends, and what they gave rests; a renewal of the same changes nothing. */
async function replaceRepresentative(
  tx: Tx,
  changer: Changer,
  { mandate, enterpriseId }: OfMandate & { mandate: LiveMandate },
): Promise<void> {
  const all = await readMandates(tx, enterpriseId, changer.clock.now());
  const former = all.filter(
    (one) =>
      one.capacity === 'legal_representative' &&
      one.accountId !== mandate.accountId &&
      (one.standing === 'granted' || one.standing === 'frozen'),
  );
  const change = {
    act: 'mandate_ended',
    standing: 'ended',
    reason: 'representative_changed',
  } as const;
  for (const { mandateId } of former) await changeMandate(tx, changer, { enterpriseId, mandateId, change });
  if (former.length > 0)
    await freezeMandates(tx, changer, { enterpriseId, reason: 'representative_changed' });
}
