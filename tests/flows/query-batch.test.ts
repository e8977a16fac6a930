import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { BATCH_LIMITS } from '#information';
import { getToken } from '../support/oidc-client.ts';
import { CODE, OTHER_CODE } from './consent-setting.ts';
import { basic, endingOf } from './http-node.ts';
import {
  batchLineOf,
  disclosuresSince,
  givenConsent,
  linesOf,
  type Mark,
  markOf,
  ndjson,
  openBatchSetting,
  refusalsSince,
  revoke,
  sendBatch,
  tokenFor,
} from './query-batch-setting.ts';

const setting = await openBatchSetting(endingOf(after));
const { bank, otherBank } = setting;
const sent = async (token: string, body: string) =>
  await linesOf(await sendBatch(setting, bank, { token, body }));

let mark: Mark;
beforeEach(async () => {
  mark = await markOf(setting);
});

describe('a batch of queries', () => {
  it('answers each line in its order under a token that names every consent, each a disclosure of its own', async () => {
    const consents = [await givenConsent(setting), await givenConsent(setting, OTHER_CODE)];
    const [one = '', two = ''] = consents;
    const lines = [
      batchLineOf(one, { line: '甲-1' }),
      batchLineOf(two, { enterprise: OTHER_CODE }),
      batchLineOf(one, { line: '甲-2', application: 'LN-2' }),
    ];
    const answers = await sent(await tokenFor(bank, consents), ndjson(lines));
    assert.deepEqual(
      answers.map(({ ref, isRepeated, answer }) => [ref, isRepeated, answer?.enterprise.code]),
      [
        ['甲-1', false, CODE],
        ['2', false, OTHER_CODE],
        ['甲-2', false, CODE],
      ],
    );
    const ids = answers.map(({ answer }) => answer?.disclosureId);
    assert.deepEqual([...ids].sort(), await disclosuresSince(setting, mark));
  });

  it('answers a line that is wrong with its refusal, and goes on', async () => {
    const consentId = await givenConsent(setting);
    const good = () => JSON.stringify(batchLineOf(consentId));
    const bad: readonly [string, string][] = [
      ['{not json', 'query_batch.line_malformed'],
      [JSON.stringify({ ...batchLineOf(consentId), extra: 1 }), 'query_batch.line_malformed'],
      [JSON.stringify(batchLineOf(consentId, { operator: '\ud800' })), 'query_batch.line_malformed'],
      [JSON.stringify(batchLineOf(consentId, { idempotencyKey: 'short' })), 'query_batch.line_malformed'],
      [JSON.stringify(batchLineOf(consentId, { contracts: ['n99_nothing'] })), 'query.contract_unknown'],
      ['x'.repeat(BATCH_LIMITS.lineBytesMax + 1), 'query_batch.line_too_long'],
    ];
    const body = bad.map(([line]) => `${good()}\r\n${line}\n\n`).join('');
    const answers = await sent(await tokenFor(bank, [consentId]), body);
    const codes = answers.map(({ refusal }) => refusal?.code ?? 'ok');
    assert.deepEqual(
      codes,
      bad.flatMap(([, code]) => ['ok', code]),
    );
    assert.equal((await disclosuresSince(setting, mark)).length, bad.length);
  });

  it('refuses a consent that the token does not name as a single query does, with a leaf', async () => {
    const [named, other] = [await givenConsent(setting), await givenConsent(setting)];
    const body = ndjson([batchLineOf(named), batchLineOf(other)]);
    const codesWith = async (token: string) => (await sent(token, body)).map(({ refusal }) => refusal?.code);
    assert.deepEqual(await codesWith(await tokenFor(bank, [named])), [
      undefined,
      'query.token_of_other_consent',
    ]);
    assert.deepEqual(await codesWith(await getToken(bank)), [
      'query.token_without_consent',
      'query.token_without_consent',
    ]);
    assert.deepEqual(await refusalsSince(setting, mark), [
      'query.token_of_other_consent',
      'query.token_without_consent',
      'query.token_without_consent',
    ]);
  });

  it('gives no token for a consent of another institution, nor for more consents than fit', async () => {
    const consentId = await givenConsent(setting);
    await assert.rejects(tokenFor(otherBank, [consentId]), { error: 'invalid_authorization_details' });
    await assert.rejects(tokenFor(bank, [consentId, `cns_${'0'.repeat(26)}`]), {
      error: 'invalid_authorization_details',
    });
    const many = Array.from({ length: 65 }, () => consentId);
    await assert.rejects(tokenFor(bank, many), { error: 'invalid_authorization_details' });
    const full = await Promise.all(Array.from({ length: 64 }, () => givenConsent(setting)));
    const answers = await sent(await tokenFor(bank, full), ndjson(full.map((id) => batchLineOf(id))));
    assert.equal(answers.filter(({ answer }) => answer !== undefined).length, 64);
  });

  it('sent again after the connection was cut gives the same disclosures', async () => {
    const consentId = await givenConsent(setting);
    const body = ndjson(Array.from({ length: 25 }, (_, at) => batchLineOf(consentId, { line: `L${at}` })));
    const cut = await sendBatch(setting, bank, { token: await tokenFor(bank, [consentId]), body });
    const reader = cut.body?.getReader();
    assert.ok((await reader?.read())?.value);
    await reader?.cancel();
    const before = await disclosuresSince(setting, mark);
    assert.ok(before.length > 0);
    const answers = await sent(await tokenFor(bank, [consentId]), body);
    assert.deepEqual(
      answers.map(({ ref }) => ref),
      Array.from({ length: 25 }, (_, at) => `L${at}`),
    );
    const ids = answers.map(({ answer }) => answer?.disclosureId).sort();
    assert.deepEqual(ids, await disclosuresSince(setting, mark));
    assert.ok(before.every((id) => ids.includes(id)));
    const again = await sent(await tokenFor(bank, [consentId]), body);
    assert.deepEqual(
      again.map(({ isRepeated, answer }) => [isRepeated, answer?.disclosureId]),
      answers.map(({ answer }) => [true, answer?.disclosureId]),
    );
  });

  it('stops at a consent revoked while it runs, line by line', async () => {
    const [kept, ended] = [await givenConsent(setting), await givenConsent(setting)];
    const token = await tokenFor(bank, [kept, ended]);
    await revoke(setting, ended);
    const answers = await sent(token, ndjson([batchLineOf(ended), batchLineOf(kept)]));
    assert.deepEqual(
      answers.map(({ refusal }) => refusal?.code),
      ['policy.consent_revoked', undefined],
    );
  });

  it('ends with a refusal past its limits of lines and bytes, and takes no other type of body', async () => {
    const consentId = await givenConsent(setting);
    const token = await tokenFor(bank, [consentId]);
    const answers = await sent(token, '{}\n'.repeat(BATCH_LIMITS.linesMax + 5));
    assert.equal(answers.length, BATCH_LIMITS.linesMax + 1);
    assert.equal(answers.at(-1)?.refusal?.code, 'query_batch.too_large');
    const wide = await sent(token, `${'x'.repeat(8_000)}\n`.repeat(800));
    assert.ok(wide.length < 600, `${wide.length} lines of more than 4 MiB were answered`);
    assert.equal(wide.at(-1)?.refusal?.code, 'query_batch.too_large');
    const json = await setting.app.inject({
      method: 'POST',
      url: '/api/v1/query-batches',
      headers: { 'content-type': 'application/json', authorization: basic('inquirer') },
      payload: batchLineOf(consentId),
    });
    assert.deepEqual([json.statusCode, json.json().error.code], [415, 'request.media_type']);
  });
});
