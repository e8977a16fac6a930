import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type MonitoringRequest, runMonitoring } from '#monitoring';
import { endingOf } from './http-node.ts';
import {
  type AlertSetting,
  deliverPenalties,
  lend,
  type Penalty,
  messagesTo,
  openAlertSetting,
  RULE,
  standing,
  SYSTEM,
} from './monitoring-alerts-setting.ts';

const open = (): Promise<AlertSetting> => openAlertSetting(endingOf(after));

/** What the node knows it knows by the database's own time, so that a delivery between two runs is of that time too. */
async function deliver(setting: AlertSetting, penalties: readonly Penalty[]): Promise<void> {
  const { clock } = setting;
  clock.advance(Date.now() - clock.now().getTime());
  await deliverPenalties(setting, penalties);
  await wait(Math.max(0, clock.now().getTime() - Date.now() + 50));
}

function run(setting: AlertSetting, more: Partial<MonitoringRequest> = {}) {
  const { rules, clock, context } = setting;
  const rule = rules.rules.get(RULE) ?? assert.fail();
  clock.advance(1_000);
  return runMonitoring(context, {
    caller: SYSTEM,
    kind: 'touched',
    rules,
    active: [rule],
    shadow: [],
    ...more,
  });
}

const told = async (setting: AlertSetting): Promise<string[]> =>
  (await standing(setting)).map(({ institution, state }) => `${institution} ${state}`).sort();

test('what a delivery brought is told once to each lender, and a run after it tells nothing', async () => {
  const setting = await open();
  await deliver(setting, [{ no: 'A-1' }]);
  const first = await run(setting);
  assert.deepEqual([first.enterprises, first.signals, first.alerts], [1, 1, 2]);
  assert.deepEqual(await told(setting), ['bank raised', 'other-bank raised']);
  const second = await run(setting);
  assert.deepEqual([second.enterprises, second.signals, second.alerts], [0, 0, 0]);
  await deliver(setting, [{ no: 'A-1' }]);
  const again = await run(setting);
  assert.deepEqual([again.enterprises, again.signals, again.alerts], [1, 0, 0], 'the same fact once more');
  assert.deepEqual(await messagesTo(setting, 'bank'), ['alert.raised']);
});

test('two facts are two alerts in one case', async () => {
  const setting = await open();
  await deliver(setting, [{ no: 'A-1' }]);
  await run(setting);
  await deliver(setting, [{ no: 'A-2', decidedOn: '2026-10-13' }]);
  await run(setting);
  const own = (await standing(setting)).filter(({ institution }) => institution === 'bank');
  assert.equal(own.length, 2);
  assert.equal(new Set(own.map(({ caseId }) => caseId)).size, 1);
});

test('a run that broke off before its end is made again, and loses and doubles nothing', async () => {
  const setting = await open();
  await deliver(setting, [{ no: 'A-1' }]);
  const broken = run(setting, {
    onProgress: () => {
      throw new Error('the process ended here');
    },
  });
  await assert.rejects(broken, /ended here/);
  assert.deepEqual(await told(setting), ['bank raised', 'other-bank raised'], 'its page had committed');
  const next = await run(setting);
  assert.deepEqual([next.enterprises, next.signals, next.alerts], [1, 0, 0]);
  const states = await setting.within((tx) =>
    tx.rows<{ state: string }>('select state from monitoring.runs order by run_no'),
  );
  assert.deepEqual(
    states.map(({ state }) => state),
    ['abandoned', 'finished'],
  );
});

test('after settlement a fact is told to the other lender alone', async () => {
  const setting = await open();
  await lend(setting, 'other-bank', 'settled');
  await deliver(setting, [{ no: 'A-1' }]);
  const done = await run(setting);
  assert.deepEqual([done.signals, done.alerts], [1, 1]);
  assert.deepEqual(await told(setting), ['bank raised']);
});

test('a rule in shadow finds and tells nobody', async () => {
  const setting = await open();
  await deliver(setting, [{ no: 'A-1' }]);
  const rule = setting.rules.rules.get(RULE) ?? assert.fail();
  const done = await run(setting, { active: [], shadow: [rule] });
  assert.deepEqual([done.signals, done.alerts], [1, 0]);
  assert.deepEqual(await told(setting), []);
});

test('of two runs at once one is refused, and the run has its leaf', async () => {
  const setting = await open();
  await deliver(setting, [{ no: 'A-1' }]);
  const both = await Promise.allSettled([run(setting), run(setting)]);
  const refused = both.find((one) => one.status === 'rejected');
  const done = both.find((one) => one.status === 'fulfilled');
  assert.equal(refused?.reason.code, 'monitoring.run_under_way');
  assert.match(done?.value.receiptId ?? '', /^rcp_/);
});
