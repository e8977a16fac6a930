import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  approveAdmission,
  commandLineCaller,
  endAgreement,
  listParticipants,
  proposeAdmission,
  proveAdmission,
  readAdmissionHistory,
  registerParticipant,
  rejectAdmission,
  signAgreement,
  suspendAdmission,
} from '#platform';
import { admit, openSetting, participantCaller, readLeaves, register } from './participants-setting.ts';

const setting = await openSetting({ after });
const { clock, first, second, run } = setting;
const OPERATOR = 'teller 7';

await register(setting, { participantId: 'bank', kind: 'institution' });
await register(setting, { participantId: 'bank-beijing', kind: 'institution', parentId: 'bank' });
await register(setting, { participantId: 'bank-haidian', kind: 'institution', parentId: 'bank-beijing' });
await register(setting, { participantId: 'other', kind: 'institution' });
await register(setting, { participantId: 'other-beijing', kind: 'institution', parentId: 'other' });
await register(setting, { participantId: 'platform', kind: 'platform' });
await register(setting, { participantId: 'tax', kind: 'provider' });

const bank = participantCaller('institution', 'bank');
const platform = participantCaller('platform', 'platform');

async function prove(use: Partial<Parameters<typeof proveAdmission>[3]> = {}, caller = bank) {
  return await run((tx) => proveAdmission(tx, clock, caller, { operator: OPERATOR, ...use }));
}

async function stateOn(day: string, id = 'bank') {
  const listed = await run((tx) => listParticipants(tx, new Date(`${day}T12:00:00+08:00`)));
  return listed.find(({ participantId }) => participantId === id)?.state;
}

describe('admission', () => {
  it('is none for a participant that is registered only', async () => {
    const admission = await prove();
    assert.deepEqual(
      { ...admission },
      {
        institutionId: 'bank',
        institutionType: 'bank',
        institutionState: 'none',
        branchId: 'bank',
        operator: OPERATOR,
        platformId: null,
        platformState: 'none',
        hasAgreement: true,
      },
    );
  });

  it('is the state of the day, and expires by the clock alone', async () => {
    await admit(setting, 'bank', 'trial', { from: '2026-02-01T00:00:00+08:00' });
    await admit(setting, 'bank', 'admitted', {
      from: '2026-04-01T00:00:00+08:00',
      to: '2027-03-31T23:59:59.999+08:00',
    });
    const days = ['2026-01-31', '2026-02-01', '2026-03-31', '2026-04-01', '2027-03-31', '2027-04-01'];
    assert.deepEqual(await Promise.all(days.map((day) => stateOn(day))), [
      'none',
      'trial',
      'trial',
      'admitted',
      'admitted',
      'expired',
    ]);
    clock.set('2027-04-01T00:00:00+08:00');
    assert.equal((await prove()).institutionState, 'expired');
    clock.set('2026-05-01T09:00:00+08:00');
    assert.equal((await prove()).institutionState, 'admitted');
  });

  it('takes two persons to open, and the first cannot be the second', async () => {
    const proposalId = await run((tx) =>
      proposeAdmission(tx, first, {
        participantId: 'other',
        state: 'admitted',
        validFrom: clock.now(),
        validTo: null,
        reason: '材料齐全',
        materialsDigest: 'a'.repeat(64),
      }),
    );
    assert.equal(await stateOn('2026-06-01', 'other'), 'none');
    await assert.rejects(
      run((tx) => approveAdmission(tx, first, proposalId)),
      { code: 'policy.two_persons' },
    );
    assert.equal(await stateOn('2026-06-01', 'other'), 'none');
    await run((tx) => approveAdmission(tx, second, proposalId));
    assert.equal(await stateOn('2026-06-01', 'other'), 'admitted');
    await assert.rejects(
      run((tx) => approveAdmission(tx, second, proposalId)),
      {
        code: 'admission.proposal_unknown',
      },
    );
  });

  it('is for admission officers alone', async () => {
    const outsider = { ...first, caller: commandLineCaller('data', 'data_admin') };
    const change = { participantId: 'other', reason: '测试' };
    await assert.rejects(
      run((tx) => suspendAdmission(tx, outsider, change)),
      {
        code: 'security.not_permitted',
      },
    );
    await assert.rejects(
      run((tx) => suspendAdmission(tx, { ...first, caller: bank }, change)),
      {
        code: 'security.not_permitted',
      },
    );
    await assert.rejects(
      run((tx) => endAgreement(tx, outsider, { platformId: 'platform', institutionId: 'bank' })),
      {
        code: 'security.not_permitted',
      },
    );
  });

  it('is suspended at once by one person, and what was proposed before does not undo that', async () => {
    const proposalId = await run((tx) =>
      proposeAdmission(tx, first, {
        participantId: 'other',
        state: 'admitted',
        validFrom: new Date('2026-01-01T00:00:00+08:00'),
        validTo: null,
        reason: '续期',
        materialsDigest: null,
      }),
    );
    await run((tx) => suspendAdmission(tx, second, { participantId: 'other', reason: '限期整改' }));
    assert.equal(await stateOn('2026-06-01', 'other'), 'suspended');
    await assert.rejects(
      run((tx) => approveAdmission(tx, second, proposalId)),
      {
        code: 'admission.proposal_stale',
      },
    );
    assert.equal(await stateOn('2026-06-01', 'other'), 'suspended');
    await run((tx) => rejectAdmission(tx, first, proposalId));
    await assert.rejects(
      run((tx) => suspendAdmission(tx, second, { participantId: 'other', reason: '再次' })),
      {
        code: 'admission.not_live',
      },
    );
  });

  it('overwrites nothing: each version says when the node knew it', async () => {
    clock.set('2026-06-01T09:00:00+08:00');
    const before = await run((tx) => readAdmissionHistory(tx, 'bank'));
    await admit(setting, 'bank', 'suspended', { from: '2026-06-15T00:00:00+08:00' });
    const history = await run((tx) => readAdmissionHistory(tx, 'bank'));
    for (const version of before) {
      const kept = history.find(
        ({ validFrom, knownFrom }) =>
          validFrom.getTime() === version.validFrom.getTime() &&
          knownFrom.getTime() === version.knownFrom.getTime(),
      );
      assert.deepEqual({ ...kept, knownTo: null }, { ...version, knownTo: null });
    }
    const live = history.filter(({ knownTo }) => knownTo === null);
    assert.deepEqual(
      live.map(({ state, validTo }) => [state, validTo?.toISOString() ?? null]),
      [
        ['trial', '2026-03-31T16:00:00.000Z'],
        ['admitted', '2026-06-14T16:00:00.000Z'],
        ['suspended', null],
      ],
    );
    assert.equal(await stateOn('2026-05-01'), 'admitted');
    assert.equal(await stateOn('2026-06-16'), 'suspended');
  });

  it('gives each version two people and the receipt of its leaf', async () => {
    const history = await run((tx) => readAdmissionHistory(tx, 'bank'));
    const leaves = (await readLeaves(setting)).filter(({ kind }) => kind === 'admission');
    assert.ok(history.every(({ receiptId }) => receiptId.startsWith('rcp_')));
    assert.ok(history.every(({ proposedBy, approvedBy }) => proposedBy !== approvedBy));
    const acts = new Set(leaves.map(({ body }) => body['act']));
    for (const act of [
      'participant_registered',
      'admission_proposed',
      'admission_approved',
      'admission_rejected',
      'admission_suspended',
    ])
      assert.ok(acts.has(act), act);
    assert.ok(!JSON.stringify(leaves).includes('限期整改'), 'a person’s words are not in the log');
  });

  it('changes at once come one after the other', async () => {
    await register(setting, { participantId: 'busy', kind: 'institution' });
    await admit(setting, 'busy', 'admitted', { from: '2026-01-01T00:00:00+08:00' });
    const settled = await Promise.allSettled(
      [first, second].map((acting) =>
        run((tx) => suspendAdmission(tx, acting, { participantId: 'busy', reason: '测试' })),
      ),
    );
    assert.deepEqual(settled.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const history = await run((tx) => readAdmissionHistory(tx, 'busy'));
    assert.equal(history.filter(({ knownTo }) => knownTo === null).length, 2);
  });
});

describe('offices', () => {
  it('act for themselves and the offices beneath them', async () => {
    assert.equal((await prove({ branchId: 'bank-haidian' })).branchId, 'bank-haidian');
    const branch = participantCaller('institution', 'bank-beijing');
    const own = await prove({}, branch);
    assert.deepEqual([own.institutionId, own.branchId], ['bank', 'bank-beijing']);
    assert.equal((await prove({ branchId: 'bank-haidian' }, branch)).branchId, 'bank-haidian');
    await assert.rejects(prove({ branchId: 'bank' }, branch), { code: 'admission.branch_unknown' });
  });

  it('of another institution are refused, and so are those that do not exist', async () => {
    for (const branchId of ['other-beijing', 'other', 'nowhere', 'platform'])
      await assert.rejects(prove({ branchId }), { code: 'admission.branch_unknown' });
    await assert.rejects(prove({ institutionId: 'other' }), { code: 'admission.institution_unknown' });
  });

  it('have the state of the head office unless their own opens less', async () => {
    clock.set('2026-06-02T09:00:00+08:00');
    await admit(setting, 'bank-haidian', 'suspended', { from: '2026-06-02T08:00:00+08:00' });
    assert.equal((await prove({ branchId: 'bank-haidian' })).institutionState, 'suspended');
    assert.equal((await prove({ branchId: 'bank-beijing' })).institutionState, 'admitted');
    assert.equal(await stateOn('2026-06-03', 'bank-haidian'), 'suspended');
    await admit(setting, 'other-beijing', 'admitted', { from: '2026-06-02T08:00:00+08:00' });
    assert.equal(await stateOn('2026-06-03', 'other-beijing'), 'suspended');
  });

  it('are of the kind of the office above, in four levels at most', async () => {
    const office = (
      participantId: string,
      parentId: string,
      kind: 'institution' | 'platform' = 'institution',
    ) => register(setting, { participantId, parentId, kind });
    await assert.rejects(office('desk', 'bank', 'platform'), { code: 'participant.shape_wrong' });
    await assert.rejects(office('desk', 'nowhere'), { code: 'participant.unknown' });
    await office('bank-desk', 'bank-haidian');
    await assert.rejects(office('bank-chair', 'bank-desk'), { code: 'participant.shape_wrong' });
  });
});

describe('platforms', () => {
  it('name the institution they act for', async () => {
    await assert.rejects(prove({}, platform), { code: 'admission.institution_missing' });
    for (const institutionId of ['nowhere', 'tax', 'platform', 'bank-beijing'])
      await assert.rejects(prove({ institutionId }, platform), { code: 'admission.institution_unknown' });
    await assert.rejects(prove({ institutionId: 'bank', branchId: 'other-beijing' }, platform), {
      code: 'admission.branch_unknown',
    });
  });

  it('have no agreement until one is signed, and none after it ended or its term is over', async () => {
    const hasAgreement = async () => (await prove({ institutionId: 'bank' }, platform)).hasAgreement;
    const parties = { platformId: 'platform', institutionId: 'bank' };
    const signed = {
      ...parties,
      signedAt: new Date('2026-06-10T00:00:00+08:00'),
      validTo: new Date('2026-12-31T00:00:00+08:00'),
      documentDigest: 'b'.repeat(64),
    };
    assert.equal(await hasAgreement(), false);
    await run((tx) => signAgreement(tx, first, signed));
    assert.equal(await hasAgreement(), false, 'signed for a later day');
    clock.set('2026-06-11T09:00:00+08:00');
    assert.equal(await hasAgreement(), true);
    await assert.rejects(
      run((tx) => signAgreement(tx, first, { ...signed, signedAt: clock.now() })),
      {
        code: 'agreement.in_force',
      },
    );
    clock.set('2027-01-01T09:00:00+08:00');
    assert.equal(await hasAgreement(), false, 'its term is over');
    clock.set('2026-06-12T09:00:00+08:00');
    await run((tx) => endAgreement(tx, second, parties));
    assert.equal(await hasAgreement(), false, 'ended');
    await assert.rejects(
      run((tx) => endAgreement(tx, second, parties)),
      { code: 'agreement.unknown' },
    );
  });

  it('carry their own admission beside the institution’s', async () => {
    await admit(setting, 'platform', 'trial', { from: '2026-06-01T00:00:00+08:00' });
    const admission = await prove({ institutionId: 'bank', branchId: 'bank-beijing' }, platform);
    assert.deepEqual(
      [admission.platformId, admission.platformState, admission.institutionState, admission.branchId],
      ['platform', 'trial', 'admitted', 'bank-beijing'],
    );
  });

  it('sign with institutions as a whole', async () => {
    const dates = { signedAt: clock.now(), validTo: null, documentDigest: 'c'.repeat(64) };
    for (const parties of [
      { platformId: 'platform', institutionId: 'bank-beijing' },
      { platformId: 'bank', institutionId: 'other' },
      { platformId: 'platform', institutionId: 'tax' },
    ])
      await assert.rejects(
        run((tx) => signAgreement(tx, first, { ...parties, ...dates })),
        {
          code: 'agreement.parties_wrong',
        },
      );
  });
});

describe('others', () => {
  it('have no admission to prove', async () => {
    for (const caller of [
      commandLineCaller('first', 'admission_officer'),
      participantCaller('institution', 'tax'),
      participantCaller('institution', 'platform'),
      participantCaller('platform', 'bank'),
      participantCaller('platform', 'nowhere'),
    ])
      await assert.rejects(prove({ institutionId: 'bank' }, caller), { code: 'admission.not_a_participant' });
  });

  it('are registered once, by id and by name', async () => {
    const again = { kind: 'provider', institutionType: null, parentId: null, code: null } as const;
    const zh = '示范tax';
    await assert.rejects(
      run((tx) => registerParticipant(tx, first, { ...again, participantId: 'tax2', name: { zh, en: 'x' } })),
      { code: 'participant.taken' },
    );
    await assert.rejects(
      run((tx) =>
        registerParticipant(tx, first, { ...again, participantId: 'tax', name: { zh: '别名', en: 'x' } }),
      ),
      { code: 'participant.taken' },
    );
  });
});
