import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { type ConsentRequest, findConsent, makeConsentType, pauseConsent, revokeConsent } from '#consent';
import { inTransaction, type Tx } from '#kernel';
import {
  ask,
  callerOf,
  CODE,
  dayFrom,
  openSetting,
  OTHER_CODE,
  PLATFORM,
  requestOf,
} from './consent-setting.ts';
import { endingOf } from './http-node.ts';

const setting = await openSetting(endingOf(after));
const { context, clock, database, signatory, stranger, enterpriseId } = setting;
const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);
const type = makeConsentType(context);
const { enterprise: _, ...terms } = requestOf(clock);
const full = { type: 'credit_information', ...terms };

const client = { clientId: 'bank-client', participantId: 'bank', participantKind: 'institution' } as const;
const platform = {
  clientId: 'platform-client',
  participantId: 'platform',
  participantKind: 'platform',
} as const;
const asked = (over: object = {}) => ({ ...client, detail: { ...full, ...over } });

describe('a consent asked for by redirect', () => {
  it('is validated before anyone signs in', async () => {
    await type.validate(asked());
    await type.validate(asked({ branch: 'bank-east', enterprise: CODE }));
    await type.validate({ ...platform, detail: { ...full, institution: 'bank' } });
    const wrong: readonly [object, string][] = [
      [{ extra: 1 }, 'consent.request_malformed'],
      [{ type: 'payment' }, 'consent.request_malformed'],
      [{ purpose: 'marketing' }, 'consent.purpose_unknown'],
      [{ contracts: [{ id: 'n99_nothing' }] }, 'consent.contract_unknown'],
      [{ validTo: dayFrom(clock, 400) }, 'consent.above_bound'],
      [{ institution: 'other-bank' }, 'consent.party_unknown'],
      [{ branch: 'other-bank' }, 'consent.party_unknown'],
    ];
    for (const [over, code] of wrong) {
      await assert.rejects(type.validate(asked(over)), { code }, JSON.stringify(over));
    }
    await assert.rejects(type.validate({ ...platform, detail: full }), { code: 'consent.party_unknown' });
    for (const detail of [null, 'text', 7, [], {}, { type: 'credit_information' }]) {
      await assert.rejects(type.validate({ ...client, detail }), { code: 'consent.request_malformed' });
    }
  });

  it('is described in the words it is granted by, and its id is the grant’s', async () => {
    const words = await type.describe(asked(), enterpriseId);
    assert.equal(words.lines.length, 6);
    assert.deepEqual(await type.describe(asked(), enterpriseId), words);
    const consentId = await type.onGranted(asked(), { caller: signatory, digest: words.digest });
    assert.equal(await type.isLive(consentId), true);
    const record = await within((tx) => findConsent(tx, clock, consentId));
    assert.equal(record?.givenHow, 'redirect');
    assert.deepEqual([record?.digest, record?.words], [words.digest, words.lines]);
  });

  it('writes nothing when the digest is of other words', async () => {
    const before = await count();
    const { digest } = await type.describe(asked(), enterpriseId);
    const other = asked({ purpose: 'credit_evaluation', frequency: { count: 1, unit: 'month' } });
    await assert.rejects(type.onGranted(other, { caller: signatory, digest }), {
      code: 'consent.words_changed',
    });
    assert.equal(await count(), before);
  });

  it('addressed to one enterprise is not answered by another', async () => {
    const addressed = asked({ enterprise: OTHER_CODE });
    await assert.rejects(type.describe(addressed, enterpriseId), { code: 'consent.other_enterprise' });
    const answer = type.onGranted(addressed, { caller: signatory, digest: '0'.repeat(64) });
    await assert.rejects(answer, { code: 'consent.other_enterprise' });
  });

  it('is granted by an enterprise under mandate only', async () => {
    const { digest } = await type.describe(asked(), enterpriseId);
    for (const caller of [PLATFORM, callerOf({})]) {
      await assert.rejects(type.onGranted(asked(), { caller, digest }), { code: 'consent.not_own' });
    }
    const nobody = callerOf({ id: 'acc_nobody', kind: 'enterprise', enterpriseId });
    await assert.rejects(type.onGranted(asked(), { caller: nobody, digest }), { code: 'mandate.missing' });
  });

  it('stands in the list when it was refused', async () => {
    const before = await count();
    await type.onRejected(asked(), { caller: signatory });
    const [row] = await within((tx) =>
      tx.rows<{ id: string }>(
        'select consent_id as id from consent.consents order by consent_id desc limit 1',
      ),
    );
    assert.equal(await count(), before + 1);
    const record = await within((tx) => findConsent(tx, clock, row?.id ?? ''));
    assert.equal(record?.state, 'rejected');
    assert.equal(await type.isLive(row?.id ?? ''), false);
  });
});

describe('a token for a consent that exists', () => {
  const reference = (consentId: string) => ({
    ...client,
    detail: { type: 'credit_information', consent_id: consentId },
  });

  it('is for its own institution and its platforms, and only while it is live', async () => {
    const { consentId, digest } = await ask(setting, {}, PLATFORM);
    assert.equal(await type.isLive(consentId), false);
    await type.validate(reference(consentId));
    await type.validate({ ...platform, detail: reference(consentId).detail });
    const strangers = [
      { ...client, participantId: 'other-bank' },
      { ...platform, participantId: 'other-platform' },
    ];
    for (const other of strangers) {
      await assert.rejects(type.validate({ ...other, detail: reference(consentId).detail }), {
        code: 'consent.unknown',
      });
    }
    await type.validate({
      ...client,
      participantId: 'bank-east',
      detail: reference(consentId).detail,
    });
    assert.ok(stranger.enterpriseId);
    await assert.rejects(type.describe(reference(consentId), stranger.enterpriseId), {
      code: 'consent.other_enterprise',
    });
    const granted = await type.onGranted(reference(consentId), { caller: signatory, digest });
    assert.equal(granted, consentId);
    assert.equal(await type.isLive(consentId), true);
    assert.equal(await type.onGranted(reference(consentId), { caller: signatory, digest }), consentId);
    await within((tx) => pauseConsent(tx, context, { caller: signatory, consent: consentId }));
    assert.equal(await type.isLive(consentId), false);
    await within((tx) => revokeConsent(tx, context, { caller: signatory, consent: consentId }));
    await assert.rejects(type.onGranted(reference(consentId), { caller: signatory, digest }), {
      code: 'consent.wrong_state',
    });
  });

  it('is refused for an id that is none, and for one in another case', async () => {
    const { consentId } = await ask(setting, {} satisfies Partial<ConsentRequest>);
    for (const other of ['', 'cns_x', consentId.toUpperCase()]) {
      await assert.rejects(type.validate(reference(other)), (error: { code: string }) =>
        ['consent.unknown', 'consent.request_malformed'].includes(error.code),
      );
      assert.equal(await type.isLive(other), false);
    }
  });
});

async function count(): Promise<number> {
  const [row] = await within((tx) =>
    tx.rows<{ n: number }>('select count(*)::integer as n from consent.consents'),
  );
  return row?.n ?? 0;
}
