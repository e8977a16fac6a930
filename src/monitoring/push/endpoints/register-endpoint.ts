import { newId, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import { newWebhookSecret } from '../connect/sign-webhook.ts';
import { requireTarget } from '../connect/target-url.ts';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';
import { pushRefusal } from '../push-refusals.ts';
import { findEndpoint, participantOf, requireOfParticipant } from './find-endpoint.ts';
import { sealSecret } from './secrets.ts';

/** Its secret is shown this once. */
export type NewSecret = { readonly endpointId: string; readonly secret: string };

/**
 * Registers where an institution or platform is pushed to. Nothing but a challenge is sent there before `verifyEndpoint`.
 * Throws `push.target_not_allowed`, `push.participant_missing`, `push.endpoints_full` or what the policy says.
 */
export async function registerEndpoint(
  tx: Tx,
  context: PushContext,
  { caller, url }: { readonly caller: Caller; readonly url: string },
): Promise<NewSecret> {
  const participantId = await participantOf(tx, caller);
  if (participantId === undefined) throw pushRefusal('push.participant_missing');
  await requireOfParticipant(tx, context, { caller, act: 'manage_endpoint', participantId });
  const target = requireTarget(url, context.network).href;
  await requireRoom(tx, participantId);
  const at = context.clock.now();
  const endpointId = newId('wep', at);
  const secret = newWebhookSecret();
  const sealed = await sealSecret(tx, context, { participantId, endpointId, secret });
  await tx.rows(
    `insert into monitoring.endpoints (endpoint_id, participant_id, url, state, sealed_secret, registered_by, registered_at)
     values ($1, $2, $3, 'unverified', $4, $5, $6)`,
    [endpointId, participantId, target, sealed, caller.id, at],
  );
  const body = { act: 'endpoint_registered', endpoint: endpointId, participant: participantId, url: target };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body: { ...body, by: caller.id } });
  return { endpointId, secret };
}

/** Two registrations at once are counted one after the other. */
async function requireRoom(tx: Tx, participantId: string): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended('monitoring.endpoints ' || $1, 0))`, [
    participantId,
  ]);
  const rows = await tx.rows(
    `select from monitoring.endpoints where participant_id = $1 and state <> 'removed'`,
    [participantId],
  );
  const { endpointsPerParticipantMax: max } = PUSH_LIMITS;
  if (rows.length >= max) throw pushRefusal('push.endpoints_full', { max });
}

/**
 * Gives the endpoint a new secret; the old one signs beside it for `rotationMs`, so that the receiver may change over when
 * it likes. Throws `push.endpoint_unknown` or `push.rotation_under_way`.
 */
export async function rotateSecret(
  tx: Tx,
  context: PushContext,
  { caller, endpointId }: { readonly caller: Caller; readonly endpointId: string },
): Promise<NewSecret & { readonly previousUntil: Date }> {
  const found = await findEndpoint(tx, context, { caller, act: 'manage_endpoint', endpointId });
  const { participantId, previousUntil: until } = found;
  const at = context.clock.now();
  if (until !== null && at < until) {
    throw pushRefusal('push.rotation_under_way', { until: until.toISOString() });
  }
  const secret = newWebhookSecret();
  const sealed = await sealSecret(tx, context, { participantId, endpointId, secret });
  const previousUntil = new Date(at.getTime() + PUSH_LIMITS.rotationMs);
  await tx.rows(
    `update monitoring.endpoints set sealed_previous = sealed_secret, previous_until = $3, sealed_secret = $2
     where endpoint_id = $1`,
    [endpointId, sealed, previousUntil],
  );
  const body = { act: 'endpoint_secret_rotated', endpoint: endpointId, by: caller.id };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
  return { endpointId, secret, previousUntil };
}
