import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Tx } from '#kernel';
import { type MonitoringRequest, readOwnLooks, runMonitoring } from '#monitoring';
import { decide, hashLeaf, verifyInclusion } from '#security';
import { dayFrom } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import {
  type AuthorisedSetting,
  consentTo,
  deliverGrades,
  GRADE_RULE,
  openAuthorised,
  revoke,
  ruleOf,
  toldOf,
} from './monitoring-authorised-setting.ts';
import { lend, messagesTo, SYSTEM } from './monitoring-alerts-setting.ts';
import { untilSomebodyWaits } from './monitoring-watch-setting.ts';

const open = (): Promise<AuthorisedSetting> => openAuthorised(endingOf(after));
const CONTRACT = 'n31_public_credit_grade';

function ownPermit(tx: Tx, { context, clock, enterpriseId: subject, signatory: caller }: AuthorisedSetting) {
  const asOf = { knownAt: clock.now() };
  return decide(tx, context.policies, { caller, purpose: 'self', subject, contracts: [], asOf });
}

function run(setting: AuthorisedSetting, more: Partial<MonitoringRequest> = {}) {
  const { clock, context, cityRules } = setting;
  clock.advance(1_000);
  const rules = { rules: cityRules, active: [ruleOf(setting, GRADE_RULE)], shadow: [] };
  return runMonitoring(context, { caller: SYSTEM, kind: 'sweep', ...rules, ...more });
}

test('each lender is told under its own consent what lies in its own range of data, and no other lender anything', async () => {
  const setting = await open();
  await deliverGrades(setting, [-200, -20]);
  const bank = await consentTo(setting, 'bank', { contracts: [CONTRACT], fromDays: -300 });
  const first = await run(setting);
  const [old, recent] = [dayFrom(setting.clock, -200), dayFrom(setting.clock, -20)];
  assert.deepEqual(first.underConsent, { looks: 1, signals: 2, alerts: 2, withheld: 0 });
  assert.deepEqual(await toldOf(setting), [
    `bank ${GRADE_RULE} ${old} ${bank}`,
    `bank ${GRADE_RULE} ${recent} ${bank}`,
  ]);
  const other = await consentTo(setting, 'other-bank', { contracts: [CONTRACT], fromDays: -60 });
  const second = await run(setting);
  assert.deepEqual(second.underConsent, { looks: 2, signals: 1, alerts: 1, withheld: 0 });
  const told = await toldOf(setting);
  assert.equal(told.length, 3);
  assert.ok(
    told.includes(`other-bank ${GRADE_RULE} ${recent} ${other}`),
    'from its own range, though the bank knew it',
  );
  assert.equal((await messagesTo(setting, 'other-bank')).length, 1);
  const third = await run(setting);
  assert.deepEqual(
    third.underConsent,
    { looks: 2, signals: 0, alerts: 0, withheld: 0 },
    'nothing is told twice',
  );
});

test('a run over what was touched looks at the datasets that only a consent opens', async () => {
  const setting = await open();
  await consentTo(setting, 'bank', { contracts: [CONTRACT], fromDays: -300 });
  assert.equal((await run(setting, { kind: 'touched' })).underConsent.alerts, 0);
  await deliverGrades(setting, [-20]);
  const touched = await run(setting, { kind: 'touched' });
  assert.deepEqual(touched.underConsent, { looks: 1, signals: 1, alerts: 1, withheld: 0 });
  const idle = await run(setting, { kind: 'touched' });
  assert.equal(idle.underConsent.looks, 0, 'nothing came, so that nobody was looked at');
});

test('each look is proved to the enterprise by the leaf of its run, whether or not anything was told', async () => {
  const setting = await open();
  const { within } = setting;
  await consentTo(setting, 'bank', { contracts: [CONTRACT], fromDays: -300 });
  await consentTo(setting, 'other-bank', { contracts: [CONTRACT], fromDays: -300 });
  const { runId } = await run(setting);
  const { looks, before } = await within((tx) => readOwnLooks(tx, ownPermit(tx, setting)));
  assert.equal(before, null);
  assert.deepEqual(looks.map(({ institution }) => institution.id).sort(), ['bank', 'other-bank']);
  for (const look of looks) {
    assert.equal(look.runId, runId);
    const { merkleRoot } = JSON.parse(look.leaf?.body ?? '') as { merkleRoot: string };
    const hashes = look.path.map((hex) => Buffer.from(hex, 'hex'));
    const proof = { index: look.place, size: look.leaves, hashes };
    const root = Buffer.from(merkleRoot, 'hex');
    assert.ok(look.text.includes(look.lookId) && look.text.includes(look.consentId));
    assert.ok(verifyInclusion(hashLeaf(Buffer.from(look.text)), proof, root));
    const another = look.text.replace(look.consentId, 'cns_another');
    assert.ok(!verifyInclusion(hashLeaf(Buffer.from(another)), proof, root));
  }
});

test('a revocation that is being written is waited for, and nothing is told after it', async () => {
  const setting = await open();
  await deliverGrades(setting, [-20]);
  const bank = await consentTo(setting, 'bank', { contracts: [CONTRACT], fromDays: -300 });
  await consentTo(setting, 'other-bank', { contracts: [CONTRACT], fromDays: -300 });
  let running: ReturnType<typeof run> | undefined;
  await setting.within(async (tx) => {
    await revoke(tx, setting, bank);
    running = run(setting);
    await untilSomebodyWaits(setting.context.database);
  });
  const done = await running;
  assert.deepEqual(done?.underConsent, { looks: 1, signals: 1, alerts: 1, withheld: 0 });
  assert.deepEqual(await messagesTo(setting, 'bank'), []);
  assert.equal((await messagesTo(setting, 'other-bank')).length, 1);
});

test('what was told is the same when a run broke off and was made again', async () => {
  const setting = await open();
  await deliverGrades(setting, [-20]);
  await consentTo(setting, 'bank', { contracts: [CONTRACT], fromDays: -300 });
  const broken = run(setting, {
    onProgress: () => {
      throw new Error('the process ended here');
    },
  });
  await assert.rejects(broken, /ended here/);
  const again = await run(setting);
  assert.deepEqual(again.underConsent, { looks: 1, signals: 0, alerts: 0, withheld: 0 });
  assert.equal((await toldOf(setting)).length, 1);
});

test('without a loan, without an admission, or with a consent to other data nothing is looked at', async () => {
  const setting = await open();
  await deliverGrades(setting, [-20]);
  await consentTo(setting, 'bank', { contracts: [CONTRACT], fromDays: -300 });
  await consentTo(setting, 'other-bank', { contracts: ['n15_tax_arrears'], fromDays: -300 });
  await setting.within((tx) =>
    tx.rows(`update platform.admissions set state = 'suspended' where participant_id = 'bank'`),
  );
  assert.deepEqual((await run(setting)).underConsent, { looks: 0, signals: 0, alerts: 0, withheld: 2 });
  await setting.within((tx) =>
    tx.rows(`update platform.admissions set state = 'admitted' where participant_id = 'bank'`),
  );
  await lend(setting, 'bank', 'settled');
  assert.deepEqual((await run(setting)).underConsent, { looks: 0, signals: 0, alerts: 0, withheld: 1 });
});

test('a rule in shadow finds under a consent and tells nobody', async () => {
  const setting = await open();
  await deliverGrades(setting, [-20]);
  await consentTo(setting, 'bank', { contracts: [CONTRACT], fromDays: -300 });
  const done = await run(setting, { active: [], shadow: [ruleOf(setting, GRADE_RULE)] });
  assert.deepEqual(done.underConsent, { looks: 1, signals: 1, alerts: 0, withheld: 0 });
  assert.deepEqual(await toldOf(setting), []);
});
