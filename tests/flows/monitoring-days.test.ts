import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { followOverdue, recallAlerts, receiveAlert } from '#monitoring';
import { proveAdmission } from '#platform';
import { endingOf } from './http-node.ts';
import {
  type AlertSetting,
  DATA_ADMIN,
  deliverPenalties,
  handle,
  look,
  OFFICER,
  openAlertSetting,
  standing,
} from './monitoring-alerts-setting.ts';

/** Tuesday: from 1 to 7 October is the national holiday, and Saturday 10 October is worked for it. */
const BEFORE_HOLIDAY = '2026-09-29T02:00:00Z';

const open = (): Promise<AlertSetting> => openAlertSetting(endingOf(after), BEFORE_HOLIDAY);
const ofBank = async (setting: AlertSetting) =>
  (await standing(setting)).find(({ institution }) => institution === 'bank') ?? assert.fail();

/** Noon in Beijing of that day. */
function goTo({ clock }: AlertSetting, day: string): void {
  clock.advance(Date.parse(`${day}T04:00:00Z`) - clock.now().getTime());
}

async function raise(): Promise<{ setting: AlertSetting; alertId: string; deliveryNo: string }> {
  const setting = await open();
  const deliveryNo = await deliverPenalties(setting, [{ no: '罚1', decidedOn: '2026-09-21' }]);
  await look(setting);
  return { setting, alertId: (await ofBank(setting)).alertId, deliveryNo };
}

test('an alert is due over the national holiday by working days, the worked Saturday among them', async () => {
  const { setting } = await raise();
  const { context } = setting;
  const alert = await ofBank(setting);
  // Yellow: 30 September, then 8, 9, 10 (a Saturday) and 12 October.
  assert.deepEqual([alert.level, alert.dueOn], ['yellow', '2026-10-12']);
  goTo(setting, '2026-10-12');
  assert.equal((await followOverdue(context)).escalated, 0, 'on its day nothing is overdue');
  goTo(setting, '2026-10-13');
  assert.equal((await followOverdue(context)).escalated, 2);
  assert.equal((await ofBank(setting)).dueOn, '2026-10-20', 'five working days more');
});

test('the time to handle begins with the acknowledgement and steps over the holiday as well', async () => {
  const { setting, alertId } = await raise();
  await handle(setting, OFFICER, alertId, { step: 'acknowledge' });
  // Twenty working days after 29 September: 1 in September, 3 to the Saturday, 16 from 12 October on.
  assert.equal((await ofBank(setting)).dueOn, '2026-11-02');
});

test('a recall is confirmed within working days: over the holiday, and not on the Sunday after the worked Saturday', async () => {
  const { setting, alertId, deliveryNo } = await raise();
  goTo(setting, '2026-09-30');
  const { within, context, clock, enterpriseId } = setting;
  await within((tx) =>
    recallAlerts(tx, context, {
      caller: DATA_ADMIN,
      enterpriseId,
      contract: 'n08_penalty',
      record: { deliveryNo, rowNo: 0 },
      reason: 'withdrawn',
    }),
  );
  const { recalls } = await within(async (tx) => {
    const admission = await proveAdmission(tx, clock, OFFICER, { operator: '贷后 7' });
    return await receiveAlert(tx, context, { caller: OFFICER, admission, alertId });
  });
  assert.deepEqual(
    recalls.map(({ dueOn }) => dueOn),
    ['2026-10-10'],
    '8 and 9 October, and the Saturday',
  );
});
