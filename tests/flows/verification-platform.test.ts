import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import * as oauth from 'openid-client';
import { inTransaction } from '#kernel';
import { type BankClient, freePort, getToken, openBank, registerBank } from '../support/oidc-client.ts';
import { CODE } from './consent-setting.ts';
import { endingOf, openTestApp, type TestClock } from './http-node.ts';
import { fillVerificationSetting, givenConsent, TRUE_ASSETS_YUAN } from './verification-setting.ts';

/** Clients of the outside sign their proofs with the time of the day: this node has it too. */
const clock: TestClock = { now: () => new Date(), advance: () => {} };
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const { app, node } = await openTestApp(endingOf(after), { clock, publicUrl });
const setting = await fillVerificationSetting(node.lists, clock);
await app.listen({ host: '127.0.0.1', port });
const issuer = `${publicUrl}/oidc`;
const platform = await openBank(
  issuer,
  await registerBank(node, { clientId: 'platform-app', participantId: 'platform' }),
);
const viaPlatform = await givenConsent(setting, { platforms: ['platform'] });
const direct = await givenConsent(setting);

type Asked = { readonly consentId?: string; readonly token?: string; readonly body?: object };

/** As a platform's program does: a token for the one consent, a proof per call, the institution it acts for. */
async function verifyAs(client: BankClient, { consentId = viaPlatform, token, body }: Asked = {}) {
  const answer = await oauth.fetchProtectedResource(
    client.config,
    token ?? (await getToken(client, consentId)),
    new URL(`${publicUrl}/api/v1/verifications`),
    'POST',
    JSON.stringify({
      enterprise: CODE,
      consentId,
      purpose: 'loan_origination',
      contract: 'v02_financials',
      claims: [{ field: 'total_assets', value: TRUE_ASSETS_YUAN }],
      application: 'LN-1',
      operator: '柜员 7',
      institution: 'bank',
      ...body,
    }),
    new Headers({ 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    { DPoP: client.dpop },
  );
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> & Failed };
}

type Failed = { readonly error?: { readonly code: string } };

test('a platform verifies for the institution that signed with it, under a token bound to its key', async () => {
  const { status, body } = await verifyAs(platform);
  assert.equal(status, 200, JSON.stringify(body));
  assert.partialDeepStrictEqual(body, {
    institution: 'bank',
    platform: 'platform',
    operator: '柜员 7',
    isPartial: false,
    claims: [{ field: 'total_assets', answer: 'match' }],
    receipt: { kind: 'verification' },
  });
  const [disclosure] = await inTransaction(node.database, (tx) =>
    tx.rows(`select kind, institution, platform, operator, consent_id from security.disclosures`),
  );
  assert.deepEqual(disclosure, {
    kind: 'verification',
    institution: 'bank',
    platform: 'platform',
    operator: '柜员 7',
    consent_id: viaPlatform,
  });
});

test('a consent that does not name the platform, an institution that has not signed, a token for another consent: refused', async () => {
  const cases: [Asked, number, string][] = [
    [
      { consentId: viaPlatform, body: { institution: 'other-bank' } },
      403,
      'policy.platform_without_agreement',
    ],
    [{ token: await getToken(platform) }, 403, 'query.token_without_consent'],
    [
      { token: await getToken(platform, viaPlatform), body: { consentId: direct } },
      403,
      'query.token_of_other_consent',
    ],
  ];
  for (const [asked, status, code] of cases) {
    const answer = await verifyAs(platform, asked);
    assert.deepEqual([answer.status, answer.body.error?.code], [status, code], code);
  }
  await assert.rejects(getToken(platform, direct), 'no token for a consent that does not name the platform');
});
