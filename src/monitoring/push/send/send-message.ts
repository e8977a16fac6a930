import { type Channel, postEvent } from '../connect/post-event.ts';
import { signWebhook } from '../connect/sign-webhook.ts';
import { toCloudEvent } from '../messages/cloud-event.ts';
import type { PushContext } from '../push-context.ts';
import type { PushOutcome } from '../push-tables.ts';
import type { Claimed } from './claim-deliveries.ts';
import { type Finish, openFinisher } from './open-finisher.ts';

/** What one attempt goes through. */
export type Sending = {
  readonly endpointId: string;
  readonly channel: Channel;
  readonly secrets: readonly string[];
  readonly message: Claimed;
};

/** Sends one claimed message, no transaction open, then writes what came of it. */
export async function sendMessage(
  context: PushContext,
  sending: Sending,
  finish: Finish = openFinisher(context),
): Promise<PushOutcome> {
  const { endpointId, channel, secrets, message } = sending;
  const body = JSON.stringify(toCloudEvent(message, context.source));
  const headers = signWebhook({ id: message.messageId, at: context.clock.now(), body }, secrets);
  const outcome = await postEvent(channel, { headers: { ...headers }, body });
  const { number, attempt } = message;
  const at = context.clock.now();
  await finish({ endpointId, number, attempt, outcome, at });
  return outcome;
}
