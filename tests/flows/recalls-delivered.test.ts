import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { recallDelivered } from '#rights';
import { endingOf } from './http-node.ts';
import { addDelivery } from './indicators-setting.ts';
import { deliverPenalties, endPenalties } from './monitoring-alerts-setting.ts';
import { disclose, nameRecord, openRecallSetting, PENALTY, recallsOf, saidIn } from './recalls-setting.ts';

test('a corrected or withdrawn adverse record is recalled after its delivery, one that only went on is not', async () => {
  const setting = await openRecallSetting(endingOf(after));
  const { rights, within, enterpriseId, clock, contract } = setting;
  assert.deepEqual(await recallDelivered(rights), { records: 0, recalls: 0 }, 'it begins at its own instant');
  await within((tx) => tx.rows('update rights.recall_sweeps set swept_until = $1', [clock.now()]));
  const delivery = await deliverPenalties(setting, [{ no: '罚1' }, { no: '罚2' }, { no: '罚3' }]);
  const answer = await disclose(setting, { kind: 'answer', institution: 'bank' });
  const again = [
    { no: '罚1', kind: 'confiscation' },
    { no: '罚3', status: 'performed' },
  ];
  await deliverPenalties(setting, again);
  clock.advance(1_000);
  const n08 = contract(PENALTY);
  await within(async (tx) => {
    await endPenalties(tx, n08, { enterpriseId, numbers: ['罚2'], at: clock.now() });
    const withdrawal = await addDelivery(tx, n08, clock.now());
    await tx.rows(`update lists.deliveries set kind = 'withdrawal' where delivery_no = $1`, [withdrawal]);
  });
  assert.deepEqual(await recallDelivered(rights), { records: 2, recalls: 2 });
  assert.deepEqual(await recallDelivered(rights), { records: 0, recalls: 0 });
  const rows = await recallsOf(setting);
  const said = rows.map(({ notice, disclosureId }) => [
    saidIn(notice)['record'],
    saidIn(notice)['cause'],
    disclosureId,
  ]);
  assert.deepEqual(
    new Set(said.map((one) => one.join())),
    new Set([
      [await nameRecord(setting, delivery), 'delivery', answer].join(),
      [await nameRecord(setting, delivery, 1), 'withdrawal', answer].join(),
    ]),
  );
});
