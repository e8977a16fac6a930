import type { Tx } from '#kernel';
import { proveAdmission } from '#platform';
import { type Caller, requireAllowed } from '#security';
import type { RightsContext } from '../rights-context.ts';

/** Whose recalls a caller may read and confirm; of an office those of its institution. */
export type RecallReceiver = { readonly kind: 'institution' | 'platform' | 'node'; readonly id: string };

/**
 * A recall reaches its recipient whatever became of its admission: who may no longer ask must still stop using. Throws the
 * policy's refusal.
 */
export async function requireReceiver(
  tx: Tx,
  { policies, clock }: RightsContext,
  caller: Caller,
  act: 'see_recalls' | 'acknowledge_recall',
): Promise<RecallReceiver> {
  const { participantId, kind, id: operator } = caller;
  requireAllowed(policies, caller, act, participantId === null ? {} : { participant: participantId });
  if (participantId === null) return { kind: 'node', id: 'node' };
  if (kind === 'platform') return { kind, id: participantId };
  const { institutionId } = await proveAdmission(tx, clock, caller, { operator });
  return { kind: 'institution', id: institutionId };
}

/** What is for this receiver, of the row `r`; $1 is its kind, $2 its id. A platform has its own, and those that came through it. */
export const FOR_RECEIVER = `(r.recipient_kind = 'node') = ($1 = 'node')
  and (r.recipient_id = $2 or $1 = 'platform' and r.platform_id = $2)`;
