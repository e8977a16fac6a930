import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { receiveAlert, recallAlerts, runMonitoring } from '#monitoring';
import { proveAdmission } from '#platform';
import { endingOf } from './http-node.ts';
import {
  type AlertSetting,
  DATA_ADMIN,
  deliverPenalties,
  endPenalties,
  handle,
  messagesTo,
  OFFICER,
  openAlertSetting,
  type Penalty,
  RULE,
  standing,
  SYSTEM,
} from './monitoring-alerts-setting.ts';

const open = (): Promise<AlertSetting> => openAlertSetting(endingOf(after));

/** What the node knows it knows by the database's own time: a change between two runs is of that time too. */
async function keepTime({ clock }: AlertSetting): Promise<void> {
  clock.advance(Date.now() - clock.now().getTime());
  await wait(1_050);
}

async function deliver(setting: AlertSetting, penalties: readonly Penalty[]): Promise<string> {
  await keepTime(setting);
  const deliveryNo = await deliverPenalties(setting, penalties);
  await wait(1_050);
  return deliveryNo;
}

async function withdraw(setting: AlertSetting, numbers: readonly string[]): Promise<void> {
  await keepTime(setting);
  const { within, contract, enterpriseId, clock } = setting;
  await within((tx) => endPenalties(tx, contract('n08_penalty'), { enterpriseId, numbers, at: clock.now() }));
}

async function run({ rules, context }: AlertSetting) {
  const rule = rules.rules.get(RULE) ?? assert.fail();
  const request = { caller: SYSTEM, kind: 'sweep', rules, active: [rule], shadow: [] } as const;
  const { signals, alerts, recalled } = await runMonitoring(context, request);
  return { signals, alerts, recalled };
}

const ofBank = async (setting: AlertSetting) =>
  (await standing(setting)).find(({ institution }) => institution === 'bank') ?? assert.fail();

test('a fact that was withdrawn, and so recalled, is told again when it is delivered again, once', async () => {
  const setting = await open();
  await deliver(setting, [{ no: '罚1' }]);
  assert.deepEqual(await run(setting), { signals: 1, alerts: 2, recalled: 0 });
  const first = await ofBank(setting);
  await withdraw(setting, ['罚1']);
  assert.deepEqual(await run(setting), { signals: 0, alerts: 0, recalled: 2 });
  assert.equal((await ofBank(setting)).state, 'recalled');
  const deliveryNo = await deliver(setting, [{ no: '罚1' }]);
  assert.deepEqual(await run(setting), { signals: 0, alerts: 2, recalled: 0 });
  assert.deepEqual(await run(setting), { signals: 0, alerts: 0, recalled: 0 }, 'and not once more');
  const again = await ofBank(setting);
  assert.deepEqual([again.alertId, again.state, again.versionNo], [first.alertId, 'raised', 3]);
  assert.notEqual(again.caseId, first.caseId, 'the case that the recall closed stays closed');
  const { within, context, clock } = setting;
  const { alert, steps } = await within(async (tx) => {
    const admission = await proveAdmission(tx, clock, OFFICER, { operator: '贷后 7' });
    return await receiveAlert(tx, context, { caller: OFFICER, admission, alertId: again.alertId });
  });
  assert.deepEqual(
    alert.evidence.map((one) => one.deliveryNo),
    [deliveryNo],
    'it rests on what was delivered again',
  );
  assert.deepEqual(
    steps.map(({ cause }) => cause),
    ['raised', 'recalled', 'raised_again', 'pushed'],
  );
  assert.deepEqual(await messagesTo(setting, 'bank'), ['alert.raised', 'alert.recalled', 'alert.raised']);
});

test('what stands again can be recalled and told again once more, also after it was handled', async () => {
  const setting = await open();
  await deliver(setting, [{ no: '罚1' }]);
  await run(setting);
  const { alertId } = await ofBank(setting);
  await handle(setting, OFFICER, alertId, { step: 'acknowledge' });
  await handle(setting, OFFICER, alertId, { step: 'false_alarm' });
  for (let round = 0; round < 2; round += 1) {
    await withdraw(setting, ['罚1']);
    assert.equal((await run(setting)).recalled, 2);
    await deliver(setting, [{ no: '罚1' }]);
    assert.equal((await run(setting)).alerts, 2);
  }
  assert.equal((await ofBank(setting)).state, 'raised');
  const told = (await messagesTo(setting, 'bank')).filter((type) => type === 'alert.raised');
  assert.equal(told.length, 3);
});

test('what a person recalled is not told again while the same record stands, and is on a later version', async () => {
  const setting = await open();
  const { within, context, enterpriseId } = setting;
  const deliveryNo = await deliver(setting, [{ no: '罚1' }]);
  await run(setting);
  const record = { deliveryNo, rowNo: 0 };
  await within((tx) =>
    recallAlerts(tx, context, {
      caller: DATA_ADMIN,
      enterpriseId,
      contract: 'n08_penalty',
      record,
      reason: 'corrected',
    }),
  );
  await keepTime(setting);
  assert.deepEqual(await run(setting), { signals: 0, alerts: 0, recalled: 0 });
  await deliver(setting, [{ no: '罚1', kind: 'confiscation' }]);
  assert.deepEqual(await run(setting), { signals: 0, alerts: 2, recalled: 0 });
});
