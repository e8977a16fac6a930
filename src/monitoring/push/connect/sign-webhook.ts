import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A secret as Standard Webhooks writes it: `whsec_` and Base64 of 24 to 64 bytes. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

export type SignedHeaders = {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** One `v1,<base64>` per secret, apart by a space. */
  readonly 'webhook-signature': string;
};

/**
 * Headers of one attempt (Standard Webhooks 1.0): HMAC-SHA-256 over `id.timestamp.body`. While a secret is being replaced
 * both sign, and a receiver that knows either takes it.
 */
export function signWebhook(
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
  secrets: readonly string[],
): SignedHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => `v1,${macOf(secret, `${id}.${timestamp}.${body}`)}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** What a receiver answers to a challenge: nobody can who was not given the secret. */
export function answerToChallenge(secret: string, challenge: string): string {
  return `v1,${macOf(secret, `challenge.${challenge}`)}`;
}

function macOf(secret: string, text: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return createHmac('sha256', key).update(text).digest('base64');
}
