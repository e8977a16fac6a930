import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  CONSENT_LIMITS,
  confirmPaperConsent,
  enterPaperConsent,
  findConsent,
  grantConsent,
  proveConsent,
  readScan,
  rejectConsent,
  requireRequest,
  revokeConsent,
  storeScan,
} from '#consent';
import { inTransaction, type Tx } from '#kernel';
import type { Caller } from '#security';
import {
  admit,
  ask,
  callerOf,
  CLERK,
  COMPLIANCE,
  dayFrom,
  listOwn,
  openSetting,
  OTHER_BANK,
  requestOf,
} from './consent-setting.ts';
import { endingOf } from './http-node.ts';

const setting = await openSetting(endingOf(after));
const { context, clock, database, signatory } = setting;
const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);

const PDF = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n');
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);

async function enter(over: { caller?: Caller; signedOn?: string; scanDigest?: string } = {}) {
  const caller = over.caller ?? CLERK;
  const admission = await admit(setting, caller);
  const { digest } = await storeScan(context.scansFolder, PDF);
  return await within((tx) =>
    enterPaperConsent(tx, context, {
      admission,
      caller,
      request: requireRequest(requestOf(clock)),
      scanDigest: over.scanDigest ?? digest,
      signedOn: over.signedOn ?? dayFrom(clock, 0),
    }),
  );
}

async function confirm(consentId: string, digest: string, caller: Caller = COMPLIANCE) {
  const admission = await admit(setting, caller);
  return await within((tx) => confirmPaperConsent(tx, context, { consentId, digest, admission, caller }));
}

const stateOf = async (consentId: string) =>
  (await within((tx) => proveConsent(tx, clock, { consentId })))?.state;

describe('a scan', () => {
  it('is known by its bytes, and kept once under its digest', async () => {
    for (const [content, type] of [
      [PDF, 'application/pdf'],
      [JPEG, 'image/jpeg'],
      [PNG, 'image/png'],
    ] as const) {
      const first = await storeScan(context.scansFolder, content);
      assert.equal(first.type, type);
      assert.deepEqual(await storeScan(context.scansFolder, content), first);
      assert.deepEqual((await readScan(context.scansFolder, first.digest)).content, content);
    }
  });

  it('is refused when it is anything else, or too large', async () => {
    for (const content of ['', 'hello', '<svg/>', 'PK\u0003\u0004', ' %PDF-1.7', '%PDF-x']) {
      await assert.rejects(storeScan(context.scansFolder, Buffer.from(content)), {
        code: 'consent.scan_unreadable',
      });
    }
    const large = Buffer.concat([PDF, Buffer.alloc(CONSENT_LIMITS.scanBytesMax)]);
    await assert.rejects(storeScan(context.scansFolder, large), { code: 'consent.scan_too_large' });
  });

  it('is not read by anything but a digest, and not when its bytes are others', async () => {
    for (const name of ['../keys', 'x', '', 'a'.repeat(64)]) {
      await assert.rejects(readScan(context.scansFolder, name), { code: 'consent.scan_unreadable' });
    }
    const { digest } = await storeScan(context.scansFolder, Buffer.concat([PDF, Buffer.from('2')]));
    writeFileSync(join(context.scansFolder, digest), PDF);
    await assert.rejects(readScan(context.scansFolder, digest), { code: 'consent.scan_unreadable' });
  });
});

describe('a consent on paper', () => {
  it('holds once a second person has confirmed it, and shows as given on paper', async () => {
    const { consentId, digest } = await enter();
    assert.equal(await stateOf(consentId), 'pending');
    await confirm(consentId, digest);
    assert.equal(await stateOf(consentId), 'active');
    const [newest] = await listOwn(setting, signatory);
    assert.equal(newest?.consentId, consentId);
    assert.equal(newest?.givenHow, 'paper');
    assert.equal(newest?.paper?.type, 'application/pdf');
    assert.partialDeepStrictEqual(JSON.parse(newest?.seal?.statement ?? ''), {
      givenHow: 'paper',
      scanDigest: newest?.paper?.digest,
      signatory: { accountId: 'acc_compliance', capacity: null },
    });
  });

  it('is not confirmed by the person who entered it', async () => {
    const both = callerOf({
      id: 'acc_both',
      kind: 'institution',
      roles: ['compliance'],
      participantId: 'bank',
    });
    const { consentId, digest } = await enter({ caller: both });
    await assert.rejects(confirm(consentId, digest, both), { code: 'policy.two_persons' });
    assert.equal(await stateOf(consentId), 'pending');
  });

  it('is not confirmed by another institution, by a machine, or by other words', async () => {
    const { consentId, digest } = await enter();
    const other = callerOf({
      id: 'acc_other',
      kind: 'institution',
      roles: ['compliance'],
      participantId: 'other-bank',
    });
    await assert.rejects(confirm(consentId, digest, other), { code: 'consent.unknown' });
    await assert.rejects(confirm(consentId, digest, OTHER_BANK), { code: 'consent.unknown' });
    const machine = callerOf({
      id: 'client:x',
      kind: 'institution',
      roles: ['machine'],
      participantId: 'bank',
    });
    await assert.rejects(confirm(consentId, digest, machine), { code: 'security.not_permitted' });
    await assert.rejects(confirm(consentId, '0'.repeat(64)), { code: 'consent.words_changed' });
    assert.equal(await stateOf(consentId), 'pending');
  });

  it('is not confirmed twice, nor a consent that is not on paper', async () => {
    const { consentId, digest } = await enter();
    await confirm(consentId, digest);
    await assert.rejects(confirm(consentId, digest), { code: 'consent.wrong_state' });
    const asked = await ask(setting);
    await assert.rejects(confirm(asked.consentId, asked.digest), { code: 'consent.not_on_paper' });
  });

  it('can be refused by the enterprise before, revoked after, and not granted in its place', async () => {
    const first = await enter();
    const granting = within((tx) =>
      grantConsent(tx, context, { caller: signatory, consent: first.consentId, digest: first.digest }),
    );
    await assert.rejects(granting, { code: 'consent.on_paper' });
    await within((tx) => rejectConsent(tx, context, { caller: signatory, consent: first.consentId }));
    await assert.rejects(confirm(first.consentId, first.digest), { code: 'consent.wrong_state' });
    const second = await enter();
    await confirm(second.consentId, second.digest);
    await within((tx) => revokeConsent(tx, context, { caller: signatory, consent: second.consentId }));
    assert.equal(await stateOf(second.consentId), 'revoked');
  });

  it('needs a scan that was handed in, a day that is not ahead, and a clerk', async () => {
    await assert.rejects(enter({ scanDigest: 'b'.repeat(64) }), { code: 'consent.scan_unreadable' });
    await assert.rejects(enter({ signedOn: dayFrom(clock, 1) }), { code: 'consent.dates_wrong' });
    const inquirer = callerOf({ kind: 'institution', roles: ['inquirer'], participantId: 'bank' });
    await assert.rejects(enter({ caller: inquirer }), { code: 'security.not_permitted' });
  });

  it('lapses when nobody confirms it within the week', async () => {
    const { consentId, digest } = await enter();
    clock.advance(CONSENT_LIMITS.confirmWithinMs + 1);
    assert.equal((await within((tx) => findConsent(tx, clock, consentId)))?.state, 'rejected');
    await assert.rejects(confirm(consentId, digest), { code: 'consent.wrong_state' });
  });
});
