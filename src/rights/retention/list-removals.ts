import type { Tx } from '#kernel';
import { readMergedIds } from '#lists';
import { type Caller, type Permit, requireAllowed } from '#security';
import {
  readBatches,
  readRemovalsOf,
  readRemovalsOfRecord,
  type Removal,
  type RemovalBatch,
} from './removal-store.ts';
import type { RetentionContext } from './retention-context.ts';
import { retentionRefusal } from './retention-refusals.ts';

/** What was removed, batch by batch, newest first. Throws the policy's refusal. */
export async function listRemovals(
  tx: Tx,
  { policies }: RetentionContext,
  { caller, before }: { readonly caller: Caller; readonly before?: string | undefined },
): Promise<RemovalBatch[]> {
  requireAllowed(policies, caller, 'see_retention');
  return await readBatches(tx, before);
}

/**
 * When a record was removed, with its proof, for whoever oversees that; `record`: any of its versions. Throws the policy's
 * refusal, `retention.removal_unknown`.
 */
export async function readRemoval(
  tx: Tx,
  { policies }: RetentionContext,
  { caller, recordId }: { readonly caller: Caller; readonly recordId: string },
): Promise<Removal> {
  requireAllowed(policies, caller, 'see_retention');
  const [removal] = await readRemovalsOfRecord(tx, recordId);
  if (removal === undefined)
    throw retentionRefusal('retention.removal_unknown', { record: recordId.slice(0, 60) });
  return removal;
}

/** The records of the Permit's subject, and of those merged into it, that were removed. For the enterprise itself alone. */
export async function listOwnRemovals(tx: Tx, permit: Permit): Promise<Removal[]> {
  permit.assertUsable(tx);
  if (permit.purpose !== 'self' || !permit.mayListAccesses)
    throw retentionRefusal('retention.removal_unknown', { record: '' });
  return await readRemovalsOf(tx, await readMergedIds(tx, permit.subject));
}
