import { readParticipants } from '#platform';
import { type Act, type Caller, requireAllowed } from '#security';
import type { Tx } from '#kernel';
import type { PushContext } from '../push-context.ts';
import { pushRefusal } from '../push-refusals.ts';
import type { EndpointState } from '../push-tables.ts';

/** An endpoint without its secrets. */
export type Endpoint = {
  readonly endpointId: string;
  readonly participantId: string;
  readonly url: string;
  readonly state: EndpointState;
  readonly challengedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly previousUntil: Date | null;
};

/** The head office or platform that the caller belongs to; its offices share its endpoints. */
export async function participantOf(tx: Tx, { participantId }: Caller): Promise<string | undefined> {
  if (participantId === null) return undefined;
  return (await readParticipants(tx, [participantId])).get(participantId)?.lineage[0];
}

/** Puts the act to the policy: an endpoint is the caller's own when it is its participant's. */
export async function requireOfParticipant(
  tx: Tx,
  { policies }: Pick<PushContext, 'policies'>,
  { caller, act, participantId }: { caller: Caller; act: Act; participantId: string },
): Promise<void> {
  const isOwn = (await participantOf(tx, caller)) === participantId;
  requireAllowed(policies, caller, act, {
    participant: (isOwn ? caller.participantId : null) ?? participantId,
  });
}

/** Whether the caller is one of the node's own people, who operate endpoints and manage none. */
export function isOperator({ kind }: Caller): boolean {
  return kind === 'operator' || kind === 'system';
}

/**
 * The endpoint, locked until the transaction ends; `act` is what the caller wants to do to it. A caller of a participant
 * finds its own alone. Throws `push.endpoint_unknown`.
 */
export async function findEndpoint(
  tx: Tx,
  context: Pick<PushContext, 'policies'>,
  { caller, act, endpointId }: { caller: Caller; act: Act; endpointId: string },
): Promise<Endpoint> {
  const [endpoint] = await tx.rows<Endpoint>(
    `select ${ENDPOINT_COLUMNS} from monitoring.endpoints
     where endpoint_id = $1 and state <> 'removed' for update`,
    [endpointId],
  );
  if (endpoint === undefined) throw pushRefusal('push.endpoint_unknown');
  const { participantId } = endpoint;
  if (!isOperator(caller) && (await participantOf(tx, caller)) !== participantId)
    throw pushRefusal('push.endpoint_unknown');
  await requireOfParticipant(tx, context, { caller, act, participantId });
  return endpoint;
}

/** What the policy is asked about a step that both sides may take: the participant manages, the node operates. */
export function actOn(caller: Caller): Act {
  return isOperator(caller) ? 'operate_endpoint' : 'manage_endpoint';
}

const ENDPOINT_COLUMNS = `endpoint_id as "endpointId", participant_id as "participantId", url, state,
  challenged_at as "challengedAt", verified_at as "verifiedAt", previous_until as "previousUntil"`;
