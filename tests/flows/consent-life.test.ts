import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  bookUse,
  type ConsentRequest,
  findConsent,
  grantConsent,
  isConsentId,
  pauseConsent,
  proveConsent,
  readConsentWords,
  rejectConsent,
  resumeConsent,
  revokeConsent,
  settleConsents,
  type StoredState,
} from '#consent';
import { fromPublicJwk, inTransaction, type Tx, verifyByKey } from '#kernel';
import type { Caller } from '#security';
import {
  addMandate,
  ask,
  BANK,
  callerOf,
  CODE,
  dayFrom,
  listOwn,
  openSetting,
  OTHER_BANK,
  OTHER_CODE,
  PLATFORM,
} from './consent-setting.ts';
import { endingOf } from './http-node.ts';

const setting = await openSetting(endingOf(after));
const { context, clock, database, signatory, stranger, enterpriseId } = setting;
const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);

const ACTS = { reject: rejectConsent, pause: pauseConsent, resume: resumeConsent, revoke: revokeConsent };
type PersonsAct = 'grant' | keyof typeof ACTS;

async function answer(act: PersonsAct, consent: string, caller: Caller = signatory) {
  if (act !== 'grant') return await within((tx) => ACTS[act](tx, context, { caller, consent }));
  const digest = (await within((tx) => findConsent(tx, clock, consent)))?.digest ?? '';
  return await within((tx) => grantConsent(tx, context, { caller, consent, digest }));
}

async function given(over: Partial<ConsentRequest> = {}): Promise<string> {
  const { consentId } = await ask(setting, over);
  await answer('grant', consentId);
  return consentId;
}

const stateOf = async (consentId: string) =>
  (await within((tx) => proveConsent(tx, clock, { consentId })))?.state;

async function use(consentId: string): Promise<void> {
  await within(async (tx) => {
    const consent = await proveConsent(tx, clock, { consentId, enterpriseId });
    assert.ok(consent);
    await bookUse(tx, clock, consent, { contracts: ['n01_registration'] });
  });
}

async function leaves(consentId: string): Promise<{ kind: string; reason: string; subject: string }[]> {
  return await within((tx) =>
    tx.rows(
      `select r.kind, b.body::jsonb ->> 'reason' as reason, b.subject_id as subject
       from security.receipts r join security.leaf_bodies b using (receipt_id)
       where b.body::jsonb ->> 'consent' = $1 order by r.at, r.receipt_id`,
      [consentId],
    ),
  );
}

describe('asking', () => {
  it('gives id, link and code, and the words that the enterprise will read', async () => {
    const asked = await ask(setting);
    assert.ok(isConsentId(asked.consentId));
    assert.ok(Buffer.from(asked.code, 'base64url').length * 8 >= 128);
    assert.equal(asked.link, `https://node.test/consent/${asked.code}`);
    assert.equal(asked.words.length, 6);
    assert.equal(await stateOf(asked.consentId), 'pending');
    const read = await within((tx) =>
      readConsentWords(tx, context, { caller: signatory, consent: asked.code }),
    );
    assert.deepEqual([read.words, read.digest], [asked.words, asked.digest]);
    assert.equal(read.fairUseHash, context.fairUse.hash);
  });

  it('keeps no code in the database, only its hash', async () => {
    const { code } = await ask(setting);
    const found = await within((tx) =>
      tx.rows('select 1 from consent.handles h, consent.consents c where h::text || c::text like $1', [
        `%${code}%`,
      ]),
    );
    assert.equal(found.length, 0);
  });

  it('covers all public and authorised fields when none are named, and invisible ones only when they are', async () => {
    const { consentId } = await ask(setting, {
      contracts: [{ id: 'n14_tax_declaration' }, { id: 'n16_invoice' }, { id: 'b13_heating' }],
      dataFrom: dayFrom(clock, -30),
      validTo: dayFrom(clock, 30),
    });
    const record = await within((tx) => findConsent(tx, clock, consentId));
    const counts = Object.entries(record?.scope ?? {}).map(([id, { fields, verifyOnly }]) => [
      id,
      fields.length,
      verifyOnly.length,
    ]);
    assert.deepEqual(counts.sort(), [
      ['b13_heating', 0, 12],
      ['n14_tax_declaration', 14, 0],
      ['n16_invoice', 0, 16],
    ]);
    const contract = context.catalogue.contracts.get('n14_tax_declaration');
    const invisible = contract?.fields.find(({ disclosure }) => disclosure === 'invisible')?.name ?? '';
    const named = await ask(setting, {
      contracts: [{ id: 'n14_tax_declaration', fields: ['tax_kind', invisible] }],
    });
    const narrow = await within((tx) => findConsent(tx, clock, named.consentId));
    assert.deepEqual(narrow?.scope, {
      n14_tax_declaration: { fields: ['tax_kind'], verifyOnly: [invisible] },
    });
    const consent = await within((tx) => proveConsent(tx, clock, { consentId: named.consentId }));
    assert.deepEqual([...(consent?.scope.get('n14_tax_declaration') ?? [])], ['tax_kind']);
    assert.deepEqual([...(consent?.verifyScope.get('n14_tax_declaration') ?? [])], [invisible]);
  });

  it('is refused for anything that the interface does not describe', async () => {
    const secret = context.catalogue.contracts
      .get('n01_registration')
      ?.fields.find((f) => f.disclosure === 'secret');
    const wrong: readonly [object, string][] = [
      [{ extra: 1 }, 'consent.request_malformed'],
      [{ contracts: [{ id: 'n01_registration', all: true }] }, 'consent.request_malformed'],
      [{ contracts: [] }, 'consent.request_malformed'],
      [{ contracts: [{ id: 'n01_registration' }, { id: 'n01_registration' }] }, 'consent.request_malformed'],
      [{ fetch: 'once' }, 'consent.request_malformed'],
      [{ frequency: undefined, fetch: 'periodic' }, 'consent.request_malformed'],
      [{ validTo: '2026-02-30' }, 'consent.request_malformed'],
      [{ purpose: 'marketing' }, 'consent.purpose_unknown'],
      [{ purpose: 'public_report' }, 'consent.purpose_unknown'],
      [{ purpose: 'Loan_Origination' }, 'consent.purpose_unknown'],
      [{ contracts: [{ id: 'n99_nothing' }] }, 'consent.contract_unknown'],
      [{ contracts: [{ id: 'N01_registration' }] }, 'consent.contract_unknown'],
      [{ contracts: [{ id: 'n01_registration', fields: ['nothing'] }] }, 'consent.field_unknown'],
      [{ contracts: [{ id: 'n01_registration', fields: [secret?.name] }] }, 'consent.field_unknown'],
      [{ validTo: dayFrom(clock, -1) }, 'consent.dates_wrong'],
      [{ dataFrom: dayFrom(clock, -10), dataTo: dayFrom(clock, -11) }, 'consent.dates_wrong'],
      [{ validTo: dayFrom(clock, 400) }, 'consent.above_bound'],
      [{ purpose: 'insurance_underwriting' }, 'consent.no_bound'],
      [{ branch: 'other-bank' }, 'consent.party_unknown'],
      [{ platforms: ['nobody'] }, 'consent.party_unknown'],
      [{ platforms: ['bank'] }, 'consent.party_unknown'],
      [{ enterprise: '91110108MA01ZZZZ0X' }, 'register.no_enterprise'],
    ];
    for (const [over, code] of wrong) {
      await assert.rejects(ask(setting, over), { code }, JSON.stringify(over));
    }
  });

  it('is refused to whoever is not admitted, and to anyone who is no institution', async () => {
    await within((tx) =>
      tx.rows("update platform.admissions set state = 'suspended' where participant_id = 'bank'"),
    );
    await assert.rejects(ask(setting), { code: 'consent.asker_not_admitted' });
    await within((tx) =>
      tx.rows("update platform.admissions set state = 'admitted' where participant_id = 'bank'"),
    );
    await assert.rejects(ask(setting, {}, signatory), { code: 'admission.not_a_participant' });
    const reporter = callerOf({ kind: 'institution', roles: ['reporter'], participantId: 'bank' });
    await assert.rejects(ask(setting, {}, reporter), { code: 'security.not_permitted' });
  });

  it('through a platform names the platform, and one consent may serve several', async () => {
    const { consentId } = await ask(setting, { platforms: ['other-platform'] }, PLATFORM);
    const consent = await within((tx) => proveConsent(tx, clock, { consentId }));
    assert.deepEqual(consent?.platforms, ['other-platform', 'platform']);
    assert.equal(consent?.institutionId, 'bank');
  });
});

describe('the link', () => {
  it('shows nothing to another enterprise, to the asker, or to a code that is not one', async () => {
    const { code, consentId } = await ask(setting);
    for (const consent of [code, consentId]) {
      for (const caller of [stranger, BANK, OTHER_BANK]) {
        await assert.rejects(
          within((tx) => readConsentWords(tx, context, { caller, consent })),
          {
            code: 'consent.unknown',
          },
        );
        await assert.rejects(answer('grant', consent, caller), { code: 'consent.unknown' });
      }
    }
    for (const consent of ['', code.toUpperCase(), `${code}x`, code.slice(1), consentId.toUpperCase()]) {
      await assert.rejects(
        within((tx) => readConsentWords(tx, context, { caller: signatory, consent })),
        {
          code: 'consent.unknown',
        },
      );
    }
  });
});

describe('answering', () => {
  it('takes the digest of the words that were read', async () => {
    const { consentId } = await ask(setting);
    const other = within((tx) =>
      grantConsent(tx, context, { caller: signatory, consent: consentId, digest: '0'.repeat(64) }),
    );
    await assert.rejects(other, { code: 'consent.words_changed' });
    assert.equal(await stateOf(consentId), 'pending');
  });

  it('takes a mandate that covers consents', async () => {
    const { consentId } = await ask(setting);
    const agent = callerOf({ id: 'acc_agent', kind: 'enterprise', roles: ['agent'], enterpriseId });
    await assert.rejects(answer('grant', consentId, agent), { code: 'mandate.missing' });
    await within((tx) =>
      addMandate(tx, { enterpriseId, accountId: 'acc_agent', capacity: 'agent', scope: ['query'] }),
    );
    await assert.rejects(answer('grant', consentId, agent), { code: 'mandate.out_of_scope' });
    await within((tx) =>
      tx.rows("update platform.mandates set scope = '{consent}' where account_id = 'acc_agent'"),
    );
    await answer('grant', consentId, agent);
    const record = await within((tx) => findConsent(tx, clock, consentId));
    assert.deepEqual(
      record?.history.map(({ version, state, reason, capacity }) => [version, state, reason, capacity]),
      [
        [1, 'pending', 'asked', null],
        [2, 'active', 'granted', 'agent'],
      ],
    );
  });

  it('allows every step of a consent’s life and refuses every other, in each state', async () => {
    const steps: Readonly<Record<PersonsAct, Readonly<Partial<Record<StoredState, StoredState>>>>> = {
      grant: { pending: 'active' },
      reject: { pending: 'rejected' },
      pause: { active: 'paused' },
      resume: { paused: 'active' },
      revoke: { active: 'revoked', paused: 'revoked' },
    };
    const once = { fetch: 'once', frequency: undefined } as unknown as Partial<ConsentRequest>;
    const inState: Readonly<Record<StoredState, () => Promise<string>>> = {
      pending: async () => (await ask(setting)).consentId,
      active: () => given(),
      paused: () => reach(['pause']),
      revoked: () => reach(['revoke']),
      rejected: async () => {
        const { consentId } = await ask(setting);
        await answer('reject', consentId);
        return consentId;
      },
      exhausted: async () => {
        const consentId = await given(once);
        await use(consentId);
        return consentId;
      },
      expired: () => given({ validTo: dayFrom(clock, 0) }),
    };
    for (const from of Object.keys(inState) as StoredState[]) {
      for (const act of Object.keys(steps) as PersonsAct[]) {
        const consentId = await inState[from]();
        if (from === 'expired') clock.advance(86_400_000);
        assert.equal(await stateOf(consentId), from);
        const to = steps[act][from];
        if (to === undefined) {
          await assert.rejects(
            answer(act, consentId),
            { code: 'consent.wrong_state' },
            `${act} from ${from}`,
          );
          assert.equal(await stateOf(consentId), from);
        } else {
          assert.equal((await answer(act, consentId)).state, to);
          assert.equal(await stateOf(consentId), to);
        }
      }
    }
  });

  async function reach(acts: readonly PersonsAct[]): Promise<string> {
    const consentId = await given();
    for (const act of acts) await answer(act, consentId);
    return consentId;
  }

  it('leaves a leaf for each change, under the enterprise', async () => {
    const consentId = await reach(['pause', 'resume', 'revoke']);
    assert.deepEqual(await leaves(consentId), [
      { kind: 'consent_granted', reason: 'granted', subject: enterpriseId },
      { kind: 'consent_changed', reason: 'paused', subject: enterpriseId },
      { kind: 'consent_changed', reason: 'resumed', subject: enterpriseId },
      { kind: 'consent_ended', reason: 'revoked', subject: enterpriseId },
    ]);
  });

  it('never overwrites: each version keeps its time', async () => {
    const consentId = await reach(['pause', 'revoke']);
    const rows = await within((tx) =>
      tx.rows<{ version: number; state: string; meets: boolean }>(
        `select version, state, known_to = coalesce(lead(known_from) over (order by version), 'infinity') as meets
         from consent.states where consent_id = $1 order by version`,
        [consentId],
      ),
    );
    assert.deepEqual(rows, [
      { version: 1, state: 'pending', meets: true },
      { version: 2, state: 'active', meets: true },
      { version: 3, state: 'paused', meets: true },
      { version: 4, state: 'revoked', meets: true },
    ]);
  });

  it('is sealed over what was granted, by a key that others can check with', async () => {
    const record = await within(async (tx) => findConsent(tx, clock, await given()));
    const seal = record?.seal;
    assert.ok(seal);
    const key = context.keys.find(seal.kid);
    assert.ok(key);
    assert.equal(key.use, 'consent');
    const signature = Buffer.from(seal.signature, 'base64');
    const isRight = (text: string) => verifyByKey(fromPublicJwk(key.publicJwk), Buffer.from(text), signature);
    assert.ok(isRight(seal.statement));
    assert.ok(!isRight(seal.statement.replace(CODE, OTHER_CODE)));
    assert.partialDeepStrictEqual(JSON.parse(seal.statement), {
      enterprise: CODE,
      digest: record.digest,
      signatory: { accountId: 'acc_a', capacity: 'legal_representative' },
      onwardSharing: false,
    });
  });

  it('lets one of two answers at once through', async () => {
    const { consentId } = await ask(setting);
    const results = await Promise.allSettled([answer('grant', consentId), answer('reject', consentId)]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });
});

describe('time', () => {
  it('lets an unanswered request lapse after a day, and an answered one run to its last instant', async () => {
    const asked = await ask(setting);
    const consentId = await given({ validTo: dayFrom(clock, 2) });
    clock.advance(25 * 3_600_000);
    assert.equal(await stateOf(asked.consentId), 'rejected');
    assert.equal(await stateOf(consentId), 'active');
    clock.advance(48 * 3_600_000);
    assert.equal(await stateOf(consentId), 'expired');
  });

  it('is written down by the settlement, once, with a leaf each', async () => {
    await settleConsents(database, context);
    const asked = await ask(setting);
    const over = { validTo: dayFrom(clock, 1) };
    const [ran, paused] = [await given(over), await given(over)];
    await answer('pause', paused);
    const used = await given({ fetch: 'once', frequency: undefined } as unknown as Partial<ConsentRequest>);
    await use(used);
    clock.advance(49 * 3_600_000);
    const both = await Promise.all([settleConsents(database, context), settleConsents(database, context)]);
    assert.equal(both[0] + both[1], 4);
    assert.equal(await settleConsents(database, context), 0);
    const last = async (id: string) => (await leaves(id)).at(-1);
    const ended = { kind: 'consent_ended', subject: enterpriseId };
    assert.deepEqual(await last(asked.consentId), { ...ended, reason: 'lapsed' });
    assert.deepEqual(await last(ran), { ...ended, reason: 'ran_out' });
    assert.deepEqual(await last(paused), { ...ended, reason: 'ran_out' });
    assert.deepEqual(await last(used), { ...ended, reason: 'used_up' });
    assert.deepEqual(await Promise.all([asked.consentId, ran, paused, used].map(stateOf)), [
      'rejected',
      'expired',
      'expired',
      'exhausted',
    ]);
  });
});

describe('the proof', () => {
  it('is there for every state, and for no other id, case, width or enterprise', async () => {
    const consentId = await given();
    const prove = (asked: { consentId: string; enterpriseId?: typeof enterpriseId }) =>
      within((tx) => proveConsent(tx, clock, asked));
    assert.equal((await prove({ consentId, enterpriseId }))?.consentId, consentId);
    const fullWidth = consentId.replace('cns', 'ｃｎｓ');
    for (const other of [consentId.toUpperCase(), fullWidth, `${consentId} `, '', 'cns_', `${consentId}0`]) {
      assert.equal(await prove({ consentId: other }), undefined, other);
    }
    assert.ok(stranger.enterpriseId);
    assert.equal(await prove({ consentId, enterpriseId: stranger.enterpriseId }), undefined);
  });
});

describe('the enterprise’s list', () => {
  it('shows every consent, newest first, with state and last use', async () => {
    const consentId = await given();
    await use(consentId);
    const list = await listOwn(setting, signatory);
    assert.equal(list[0]?.consentId, consentId);
    assert.equal(list[0]?.state, 'active');
    assert.ok(list[0]?.lastUsedAt instanceof Date);
    assert.ok(list.every((one) => one.enterpriseId === enterpriseId));
    assert.deepEqual(await listOwn(setting, stranger), []);
  });
});
