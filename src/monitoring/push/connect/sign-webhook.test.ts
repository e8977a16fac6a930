import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { answerToChallenge, newWebhookSecret, signWebhook } from './sign-webhook.ts';

/** The example of the Standard Webhooks libraries. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  at: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

test('the published example of Standard Webhooks comes out', () => {
  const { secret, signature, ...event } = VECTOR;
  assert.deepEqual(signWebhook(event, [secret]), {
    'webhook-id': event.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': signature,
  });
});

test('two secrets give two signatures, each right by itself', () => {
  const { secret, signature, ...event } = VECTOR;
  const other = newWebhookSecret();
  const given = signWebhook(event, [other, secret])['webhook-signature'].split(' ');
  assert.equal(given.length, 2);
  assert.equal(given[1], signature);
  assert.notEqual(given[0], signature);
});

test('a secret is 32 bytes of chance', () => {
  const [one, other] = [newWebhookSecret(), newWebhookSecret()];
  assert.match(one, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(one, other);
});

test('the answer to a challenge is no signature of an event', () => {
  const { secret } = VECTOR;
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update('challenge.word')
    .digest('base64');
  assert.equal(answerToChallenge(secret, 'word'), `v1,${mac}`);
});
