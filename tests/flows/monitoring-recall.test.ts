import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Refusal } from '#kernel';
import { acknowledgeRecall, readRecallRates, recallAlerts, recallEnded, receiveAlert } from '#monitoring';
import { proveAdmission } from '#platform';
import type { Caller } from '#security';
import { endingOf } from './http-node.ts';
import {
  type AlertSetting,
  DATA_ADMIN,
  deliverPenalties,
  endPenalties,
  handle,
  look,
  messagesTo,
  OFFICER,
  openAlertSetting,
  OTHER_OFFICER,
  standing,
} from './monitoring-alerts-setting.ts';

const open = (): Promise<AlertSetting> => openAlertSetting(endingOf(after));
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );

function receiveOne(setting: AlertSetting, caller: Caller, alertId: string) {
  const { within, context, clock } = setting;
  return within(async (tx) => {
    const admission = await proveAdmission(tx, clock, caller, { operator: '贷后 7' });
    return await receiveAlert(tx, context, { caller, admission, alertId });
  });
}

const ofBank = async (setting: AlertSetting) =>
  (await standing(setting)).filter(({ institution }) => institution === 'bank');
const DAY_MS = 86_400_000;

test('a recalled record recalls every alert on it once, closes the cases, and is confirmed by each recipient', async () => {
  const setting = await open();
  const { within, context, clock, enterpriseId } = setting;
  const deliveryNo = await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  const record = { deliveryNo, rowNo: 0 };
  const recall = (caller: Caller) =>
    within((tx) =>
      recallAlerts(tx, context, {
        caller,
        enterpriseId,
        contract: 'n08_penalty',
        record,
        reason: 'repaired',
      }),
    );
  assert.equal(await codeOf(recall(OFFICER)), 'security.not_permitted');
  assert.deepEqual(await recall(DATA_ADMIN), { recalls: 2, institutions: 2, casesClosed: 2 });
  assert.deepEqual(await recall(DATA_ADMIN), { recalls: 0, institutions: 0, casesClosed: 0 });
  assert.deepEqual(await messagesTo(setting, 'bank'), ['alert.raised', 'alert.recalled']);
  const id = (await ofBank(setting))[0]?.alertId ?? '';
  assert.equal(await codeOf(handle(setting, OFFICER, id, { step: 'acknowledge' })), 'alerts.step_wrong');
  const [notice] = (await receiveOne(setting, OFFICER, id)).recalls;
  assert.deepEqual([notice?.reason, notice?.dueOn], ['repaired', '2026-10-23']);
  const acknowledge = (caller: Caller) =>
    within(async (tx) => {
      const admission = await proveAdmission(tx, clock, caller, { operator: '贷后 7' });
      return await acknowledgeRecall(tx, context, { caller, admission, recallId: notice?.recallId ?? '' });
    });
  assert.equal(await codeOf(acknowledge(OTHER_OFFICER)), 'alerts.recall_unknown');
  const first = await acknowledge(OFFICER);
  assert.deepEqual(await acknowledge(OFFICER), first);
  clock.advance(10 * DAY_MS);
  const rates = await within((tx) => readRecallRates(tx, context, { since: new Date(0) }));
  assert.deepEqual(
    rates.map(({ institutionId, rate, onTime, overdue }) => [institutionId, rate, onTime, overdue]),
    [
      ['bank', 1, 1, 0],
      ['other-bank', 0, 0, 1],
    ],
  );
});

test('a record that a delivery withdrew recalls its alerts, one that was only put right keeps them', async () => {
  const setting = await open();
  const { within, context, clock, enterpriseId, rules } = setting;
  await deliverPenalties(setting, [{ no: '罚1' }, { no: '罚2', decidedOn: '2026-10-13' }]);
  await look(setting);
  const ended = () => within((tx) => recallEnded(tx, context, { enterpriseIds: [enterpriseId], rules }));
  assert.equal(await ended(), 0);
  await deliverPenalties(setting, [{ no: '罚1', kind: 'confiscation' }]);
  assert.equal(await ended(), 0, 'the fact still stands');
  assert.deepEqual(
    (await ofBank(setting)).map(({ state, versionNo }) => [state, versionNo]).toSorted(),
    [
      ['raised', 1],
      ['raised', 2],
    ],
    'one of the two rests on the new version',
  );
  await within((tx) =>
    endPenalties(tx, setting.contract('n08_penalty'), { enterpriseId, numbers: ['罚2'], at: clock.now() }),
  );
  clock.advance(1_000);
  assert.equal(await ended(), 2);
  assert.equal(await ended(), 0);
  assert.deepEqual((await ofBank(setting)).map(({ state }) => state).toSorted(), ['raised', 'recalled']);
  await deliverPenalties(setting, [{ no: '罚1', status: 'revoked' }]);
  assert.equal(await ended(), 2, 'what the rule leaves out is no fact any more');
});
