import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { CODE } from './consent-setting.ts';
import { addPerson, basic, keepingLogger, type LoggedLine, openTestApp, openTestClock } from './http-node.ts';
import {
  fillVerificationSetting,
  givenConsent,
  SECRET_NUMBER,
  TRUE_ASSETS_YUAN,
} from './verification-setting.ts';

test('verification by HTTP: strict, typed, once per key, and without a claim or a value in any error or log line', async (t: TestContext) => {
  const [clock, lines] = [openTestClock(), [] as LoggedLine[]];
  const { app, node } = await openTestApp(t, { clock, logger: keepingLogger(lines) });
  const setting = await fillVerificationSetting(node.lists, clock);
  const consentId = await givenConsent(setting);
  await addPerson(node, {
    login: 'bank-inquirer',
    kind: 'institution',
    roles: ['inquirer'],
    participantId: 'bank',
  });
  const send = (body: object, key: string | undefined = randomUUID()) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/verifications',
      headers: { authorization: basic('bank-inquirer'), ...(key === '' ? {} : { 'idempotency-key': key }) },
      payload: {
        enterprise: CODE,
        consentId,
        purpose: 'loan_origination',
        contract: 'v02_financials',
        application: 'LN-1',
        operator: '柜员 7',
        claims: [
          {
            field: 'total_assets',
            value: '99887766',
          },
        ],
        ...body,
      },
    });
  const key = randomUUID();
  const first = await send({}, key);
  assert.equal(first.statusCode, 200, first.body);
  assert.partialDeepStrictEqual(first.json(), {
    institution: 'bank',
    outcome: 'ok',
    claims: [{ field: 'total_assets', answer: 'mismatch', band: null }],
    receipt: { kind: 'verification' },
  });
  const again = await send({}, key);
  assert.deepEqual([again.body, again.headers['idempotent-replayed']], [first.body, 'true']);
  const secret = {
    contract: 'n08_penalty',
    claims: [{ field: 'representative_cert_no', value: SECRET_NUMBER }],
  };
  const refused: [Awaited<ReturnType<typeof send>>, number, string][] = [
    [
      await send({ claims: [{ field: 'total_assets', value: '99887767000' }] }),
      403,
      'verification.sliding_value',
    ],
    [await send(secret), 403, 'verification.field_not_verifiable'],
    [await send({}, ''), 400, 'idempotency.key_missing'],
    [await send({ purpose: 'curiosity' }), 400, 'request.invalid'],
    [await send({ extra: 1 }), 400, 'request.invalid'],
    [await send({ claims: [] }), 400, 'request.invalid'],
    [await send({ consentId: consentId.toUpperCase() }), 400, 'request.invalid'],
  ];
  for (const [answer, status, code] of refused) {
    assert.equal(answer.json().error?.code, code, answer.body);
    assert.equal(answer.statusCode, status, code);
  }
  const texts = [first.body, JSON.stringify(lines), ...refused.map(([answer]) => answer.body)].join('\n');
  for (const value of [TRUE_ASSETS_YUAN, TRUE_ASSETS_YUAN.replace('.', ''), SECRET_NUMBER, '99887766'])
    assert.ok(!texts.includes(value), `${value} stands in an answer, an error or a log line`);
});
