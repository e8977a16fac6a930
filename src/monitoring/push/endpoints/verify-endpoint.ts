import { randomBytes } from 'node:crypto';
import { equalSecrets, inTransaction, newId, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import { openChannel, postForAnswer } from '../connect/post-event.ts';
import { answerToChallenge, signWebhook } from '../connect/sign-webhook.ts';
import { requireTarget } from '../connect/target-url.ts';
import type { PushContext } from '../push-context.ts';
import { PUSH_LIMITS } from '../push-limits.ts';
import { pushRefusal } from '../push-refusals.ts';
import type { PushOutcome } from '../push-tables.ts';
import { findEndpoint } from './find-endpoint.ts';
import { readSecrets } from './secrets.ts';

type Verifying = { readonly caller: Caller; readonly endpointId: string };
type Asked = { readonly url: URL; readonly secrets: readonly string[] };

/**
 * Asks the endpoint to sign a challenge with its secret, and from then on pushes to it. Whoever only owns an address, or
 * only knows the secret, does not pass. No transaction is open while it is asked.
 * Throws `push.endpoint_unknown`, `push.challenge_too_soon` or `push.challenge_failed`.
 */
export async function verifyEndpoint(context: PushContext, verifying: Verifying): Promise<void> {
  const asked = await inTransaction(context.database, (tx) => beginChallenge(tx, context, verifying));
  const outcome = await challenge(context, asked);
  if (outcome !== 'taken') throw pushRefusal('push.challenge_failed', { outcome });
  await inTransaction(context.database, (tx) => enterVerified(tx, context, verifying));
}

async function beginChallenge(
  tx: Tx,
  context: PushContext,
  { caller, endpointId }: Verifying,
): Promise<Asked> {
  const found = await findEndpoint(tx, context, { caller, act: 'manage_endpoint', endpointId });
  const at = context.clock.now();
  const waitMs = (found.challengedAt?.getTime() ?? 0) + PUSH_LIMITS.challengeEveryMs - at.getTime();
  if (waitMs > 0) throw pushRefusal('push.challenge_too_soon', { seconds: Math.ceil(waitMs / 1000) });
  await tx.rows('update monitoring.endpoints set challenged_at = $2 where endpoint_id = $1', [
    endpointId,
    at,
  ]);
  const secrets = await readSecrets(tx, context, endpointId);
  return { url: requireTarget(found.url, context.network), secrets };
}

/** One event of the type `cn.xinqiao.endpoint.challenge`; the answer is `{"signature": "v1,…"}`. */
async function challenge(context: PushContext, { url, secrets }: Asked): Promise<PushOutcome> {
  const at = context.clock.now();
  const id = newId('chl', at);
  const word = randomBytes(24).toString('base64url');
  const body = JSON.stringify({
    specversion: '1.0',
    id,
    source: context.source,
    type: 'cn.xinqiao.endpoint.challenge',
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { challenge: word },
  });
  const channel = openChannel(url, context.network);
  try {
    const answer = await postForAnswer(channel, {
      headers: { ...signWebhook({ id, at, body }, secrets) },
      body,
    });
    if ('fault' in answer) return answer.fault;
    const given = signatureIn(answer.text);
    const isRight = secrets.some((secret) => equalSecrets(given, answerToChallenge(secret, word)));
    return isRight ? 'taken' : 'signature_wrong';
  } finally {
    channel.agent.destroy();
  }
}

function signatureIn(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || !('signature' in answer)) return '';
    return typeof answer.signature === 'string' ? answer.signature : '';
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

/** One that was paused stays paused: its owner or the operator had a reason. */
async function enterVerified(tx: Tx, context: PushContext, { caller, endpointId }: Verifying): Promise<void> {
  await findEndpoint(tx, context, { caller, act: 'manage_endpoint', endpointId });
  const at = context.clock.now();
  await tx.rows(
    `update monitoring.endpoints set verified_at = $2, failures = 0, rests_until = null,
       state = case when state = 'unverified' then 'active' else state end
     where endpoint_id = $1`,
    [endpointId, at],
  );
  const body = { act: 'endpoint_verified', endpoint: endpointId, by: caller.id };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
}
