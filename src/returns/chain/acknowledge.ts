import type { Tx } from '#kernel';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import type { ReturnsContext } from '../returns-context.ts';
import { returnsRefusal } from '../returns-refusals.ts';
import { NODE } from './expect-hops.ts';
import { changeHop, findHopById, type HopRow } from './hops.ts';

export type Acknowledgement = {
  readonly caller: Caller;
  readonly hopId: string;
  readonly decision: 'acknowledge' | 'reject';
  /** Needed to reject. */
  readonly reason?: string | undefined;
};

/**
 * The receiver of a hop takes it or sends it back with a reason. Throws `returns.hop_unknown`, `returns.not_waiting`,
 * `returns.reason_missing`, `policy.…`.
 */
export async function acknowledgeReturn(
  tx: Tx,
  context: ReturnsContext,
  { caller, hopId, decision, reason = '' }: Acknowledgement,
): Promise<void> {
  const hop = await findHopById(tx, hopId);
  if (hop === undefined) throw returnsRefusal('returns.hop_unknown');
  requireReceiver(context, caller, hop);
  if (hop.state !== 'handed_in') throw returnsRefusal('returns.not_waiting', { state: hop.state });
  if (decision === 'reject' && reason.trim() === '') throw returnsRefusal('returns.reason_missing');
  const at = context.clock.now();
  const { content_hash: contentHash } = hop;
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'push_receipt',
    at,
    body: { act: 'acknowledge_return', hop: hopId, decision, contentHash, caller: caller.id },
  });
  await changeHop(tx, hopId, {
    state: decision === 'reject' ? 'rejected' : 'acknowledged',
    acknowledged_by: caller.id,
    acknowledged_at: at,
    answer_reason: reason.trim() === '' ? null : reason.trim(),
    acknowledge_receipt_id: receipt.id,
  });
}

/** The node's own people answer what comes to the node, and nothing that goes to somebody else. */
function requireReceiver(
  { policies }: ReturnsContext,
  caller: Caller,
  { route, to_party: to }: HopRow,
): void {
  const isOwn = route === 'node_to_department' ? { provider: to } : to === NODE ? {} : { participant: to };
  requireAllowed(policies, caller, 'acknowledge_return', isOwn);
  if (caller.kind === 'operator' && to !== NODE) throw returnsRefusal('returns.hop_unknown');
}
