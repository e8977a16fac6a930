import type { Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type Caller, requireAllowed } from '#security';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { type Pledge, requireStanding, show } from './pledges.ts';
import { writeVersion } from './store.ts';

export type BreachDecision = {
  readonly caller: Caller;
  readonly code: string;
  readonly pledgeId: string;
  /** The body that decided, as its decision names it. */
  readonly authority: string;
  readonly decisionNo: string;
  /** Beijing date. */
  readonly decidedOn: string;
};

/**
 * Enters that an authority found a pledge broken: the node finds nothing itself. The enterprise may object.
 * Throws `policy.…`, `voluntary.decision_incomplete`, `voluntary.pledge_unknown`.
 */
export async function recordBreach(
  tx: Tx,
  context: VoluntaryContext,
  { caller, code, pledgeId, authority, decisionNo, decidedOn }: BreachDecision,
): Promise<Pledge> {
  requireAllowed(context.policies, caller, 'record_breach');
  const isDay = /^20\d\d-\d\d-\d\d$/.test(decidedOn);
  if (authority.trim().length < 4 || decisionNo.trim().length < 3 || !isDay)
    throw voluntaryRefusal('voluntary.decision_incomplete');
  const { enterpriseId } = await findEnterprise(tx, code);
  const row = await requireStanding(tx, { enterpriseId, pledgeId, standing: 'signed' });
  const next = { ...row, standing: 'breached' as const, authority, decisionNo, decidedOn };
  await writeVersion(tx, context, { ...next, by: caller.id, act: 'breach_recorded' });
  return await show(tx, context, next);
}

/** The authority took its decision back, or a review did: the breach is on record as what it was, and no more in force. */
export async function annulBreach(
  tx: Tx,
  context: VoluntaryContext,
  { caller, code, pledgeId }: { caller: Caller; code: string; pledgeId: string },
): Promise<Pledge> {
  requireAllowed(context.policies, caller, 'record_breach');
  const { enterpriseId } = await findEnterprise(tx, code);
  const row = await requireStanding(tx, { enterpriseId, pledgeId, standing: 'breached' });
  const next = { ...row, standing: 'signed' as const, authority: null, decisionNo: null, decidedOn: null };
  await writeVersion(tx, context, { ...next, by: caller.id, act: 'breach_annulled' });
  return await show(tx, context, next);
}
