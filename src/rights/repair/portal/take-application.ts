import type { Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type Caller, requireAllowed } from '#security';
import { contentDigestOf, enterRepair, type RepairApplication } from '../apply-repair.ts';
import { repairRefusal } from '../definition/repair-refusals.ts';
import type { RepairState } from '../definition/repair.ts';
import { readOwnRecords } from '../read-records.ts';
import type { RepairContext } from '../repair-context.ts';
import { findRepair } from '../store.ts';

/** What the portal is told of one of its applications: its own number, and how it stands. */
export type PortalState = {
  readonly number: string;
  readonly repairId: string;
  readonly state: RepairState;
  readonly appliedAt: Date;
  readonly decidedAt: Date | null;
};

/**
 * 总窗口交来的申请: under a number of the portal's own. The same number with the same content is the same application, however often and
 * at once it comes. Throws the policy's refusal, `repairs.portal_number_taken`, what `enterRepair` throws.
 */
export async function takePortalApplication(
  tx: Tx,
  context: RepairContext,
  asked: {
    readonly caller: Caller;
    readonly number: string;
    readonly code: string;
    readonly application: RepairApplication;
  },
): Promise<PortalState> {
  const { caller, number, application } = asked;
  const portal = requirePortal(context, caller);
  await tx.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `repair portal ${portal} ${number}`,
  ]);
  const { enterpriseId } = await findEnterprise(tx, asked.code);
  const digest = contentDigestOf(application);
  const known = await findNumber(tx, portal, number);
  if (known !== undefined) {
    if (known.contentDigest !== digest || known.enterpriseId !== enterpriseId)
      throw repairRefusal('repairs.portal_number_taken', { number });
    return await stateOf(tx, number, known.repairId);
  }
  const grant = requireAllowed(context.policies, caller, 'hand_in_repair', {
    enterprise: enterpriseId,
    provider: portal,
  });
  const records = await readOwnRecords(tx, context, { caller: 'node', enterpriseId });
  const by = { kind: 'portal', id: caller.id } as const;
  const entering = {
    grant,
    enterpriseId,
    mandateId: null,
    entrance: 'portal',
    by,
    records,
    application,
  } as const;
  const { repairId } = await enterRepair(tx, context, entering);
  await tx.rows(
    `insert into rights.repair_portal_numbers (portal, number, enterprise_id, repair_id, content_digest)
     values ($1, $2, $3, $4, $5)`,
    [portal, number, enterpriseId, repairId, digest],
  );
  return await stateOf(tx, number, repairId);
}

/** Throws the policy's refusal, `repairs.portal_number_unknown`. */
export async function readPortalApplication(
  tx: Tx,
  context: RepairContext,
  { caller, number }: { readonly caller: Caller; readonly number: string },
): Promise<PortalState> {
  const known = await findNumber(tx, requirePortal(context, caller), number);
  if (known === undefined) throw repairRefusal('repairs.portal_number_unknown', { number });
  return await stateOf(tx, number, known.repairId);
}

/** The organisation that the rules name as the single window. */
function requirePortal({ policies, repairRules }: RepairContext, caller: Caller): string {
  const { organisation } = repairRules.portal;
  requireAllowed(policies, caller, 'hand_in_repair', { provider: organisation });
  return organisation;
}

async function stateOf(tx: Tx, number: string, id: string): Promise<PortalState> {
  const { repairId, state, appliedAt, decidedAt } = await findRepair(tx, id);
  return { number, repairId, state, appliedAt, decidedAt };
}

type Known = { readonly enterpriseId: string; readonly repairId: string; readonly contentDigest: string };

async function findNumber(tx: Tx, portal: string, number: string): Promise<Known | undefined> {
  const [row] = await tx.rows<Known>(
    `select enterprise_id::text as "enterpriseId", repair_id as "repairId", content_digest as "contentDigest"
     from rights.repair_portal_numbers where portal = $1 and number = $2`,
    [portal, number],
  );
  return row;
}
