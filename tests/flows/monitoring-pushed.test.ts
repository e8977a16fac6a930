import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { followOverdue, noteAlertsTaken, receiveAlerts } from '#monitoring';
import { proveAdmission, systemCaller } from '#platform';
import { endingOf } from './http-node.ts';
import {
  type AlertSetting,
  deliverPenalties,
  handle,
  look,
  OFFICER,
  openAlertSetting,
  standing,
} from './monitoring-alerts-setting.ts';

const open = (): Promise<AlertSetting> => openAlertSetting(endingOf(after));
const ofBank = async (setting: AlertSetting) =>
  (await standing(setting)).find(({ institution }) => institution === 'bank') ?? assert.fail();

/** The message about this version of the bank's alert arrived. */
async function arrive({ within, context, enterpriseId }: AlertSetting, alertId: string, versionNo: number) {
  const taken = [{ enterpriseId, alertId, institutionId: 'bank', versionNo }];
  return await within((tx) => noteAlertsTaken(tx, context, { caller: systemCaller('push'), taken }));
}

async function pushLeaves({ within }: AlertSetting): Promise<string[][]> {
  const rows = await within((tx) =>
    tx.rows<{ body: string }>(
      `select b.body from security.leaf_bodies b join security.receipts r using (receipt_id)
       where r.kind = 'push_receipt' order by r.receipt_id`,
    ),
  );
  return rows.map(({ body }) => (JSON.parse(body) as { alerts: string[] }).alerts);
}

test('an alert is pushed when its message arrived, noted once with one leaf, and the other bank’s is not', async () => {
  const setting = await open();
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  const { alertId, dueOn } = await ofBank(setting);
  assert.deepEqual([await arrive(setting, alertId, 1), await arrive(setting, alertId, 1)], [1, 0]);
  const noted = await ofBank(setting);
  assert.deepEqual([noted.state, noted.versionNo, noted.dueOn], ['pushed', 2, dueOn]);
  assert.deepEqual(
    (await standing(setting)).map(({ institution, state }) => `${institution} ${state}`),
    ['bank pushed', 'other-bank raised'],
  );
  assert.deepEqual(await pushLeaves(setting), [[alertId]]);
  const { within, context, clock } = setting;
  await within(async (tx) => {
    const admission = await proveAdmission(tx, clock, OFFICER, { operator: '贷后 7' });
    await receiveAlerts(tx, context, { caller: OFFICER, admission });
  });
  assert.equal((await ofBank(setting)).versionNo, 2, 'the first look changes nothing any more');
});

test('a message that arrives late says nothing of an alert that was handled meanwhile', async () => {
  const setting = await open();
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  const { alertId } = await ofBank(setting);
  await handle(setting, OFFICER, alertId, { step: 'acknowledge' });
  assert.equal(await arrive(setting, alertId, 1), 0);
  assert.equal((await ofBank(setting)).state, 'acknowledged');
  // Forgotten, and so raised again: what arrived before that is not its message.
  setting.clock.advance(40 * 86_400_000);
  assert.equal((await followOverdue(setting.context)).reopened, 1);
  const { state, versionNo } = await ofBank(setting);
  assert.equal(state, 'raised');
  assert.equal(await arrive(setting, alertId, 1), 0);
  assert.equal(await arrive(setting, alertId, versionNo), 1, 'the reminder is');
});
