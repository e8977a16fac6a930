import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { inTransaction, readEnv } from '#kernel';
import { runMonitoring } from '#monitoring';
import { requestOf } from '../support/monitoring-on.ts';
import { endingOf } from './http-node.ts';
import {
  assertWhole,
  count,
  type CrashSetting,
  killAtStep,
  openCrashSetting,
  publishPenalties,
  startWorker,
  type Step,
  TOLD,
} from './monitoring-crash-setting.ts';

const IS_LONG = readEnv().XINQIAO_TEST_LONG === '1';
const RANDOM_KILLS = IS_LONG ? 60 : 2;

/** Each lock lets the worker come to the named step of `runMonitoring` and holds it there. */
const STEPS: readonly Step[] = [
  {
    name: 'the run is about to begin',
    after: 'ready',
    lock: 'lock table monitoring.runs in share mode',
  },
  {
    name: 'facts were detected, none is recorded',
    after: 'ready',
    lock: 'lock table monitoring.signals in share mode',
  },
  {
    name: 'signals are recorded, nobody is told',
    after: 'ready',
    lock: 'lock table monitoring.cases in share mode',
  },
  {
    name: 'the case is open, its alert is not written',
    after: 'ready',
    lock: 'lock table monitoring.alerts in share mode',
  },
  {
    name: 'all is written but the message, before the commit',
    after: 'ready',
    lock: 'lock table monitoring.messages in share mode',
  },
  {
    name: 'between two transactions of enterprises',
    after: 'page',
    lock: 'lock table monitoring.signals in share mode',
  },
  {
    name: 'everybody is told, the run is not finished',
    after: 'page',
    lock: `select from monitoring.runs where state = 'running' for update`,
  },
];

async function assertTold(setting: CrashSetting, penalties: number): Promise<void> {
  await assertWhole(setting, 'at the end');
  assert.equal(await count(setting, 'alerts'), TOLD * penalties);
  assert.equal(await count(setting, 'cases', 'closed_at is null'), TOLD, 'one case of each pair');
  assert.equal(await count(setting, 'runs', `state = 'running'`), 0);
}

test(`kill -9 at ${STEPS.length} steps of a run: no alert is lost or doubled, and each pair has one case`, async () => {
  const setting = await openCrashSetting(endingOf(after));
  for (const step of STEPS) {
    await killAtStep(setting, step);
    await assertWhole(setting, step.name);
    assert.equal(await count(setting, 'runs', `state = 'finished'`), 0, step.name);
  }
  assert.equal(await count(setting, 'alerts'), TOLD, 'what was committed before the last kill');
  const { context, rules, rule } = setting;
  const done = await runMonitoring(context, requestOf(rules, rule));
  assert.deepEqual([done.signals, done.alerts], [0, 0], 'the last kill came after everything was told');
  await assertTold(setting, 1);
  const states = await inTransaction(setting.database, (tx) =>
    tx.rows<{ state: string }>('select state from monitoring.runs order by run_no'),
  );
  assert.deepEqual(new Set(states.slice(0, -1).map(({ state }) => state)), new Set(['abandoned']));
});

test(`kill -9 at ${RANDOM_KILLS} random moments: what the next worker finishes is told once`, async () => {
  const setting = await openCrashSetting(endingOf(after));
  let penalties = 1;
  for (let kills = 0; kills < RANDOM_KILLS; kills += 1) {
    const worker = startWorker(setting, 'run');
    await worker.saw('ready');
    await wait(randomInt(400));
    await worker.kill();
    await assertWhole(setting, `kill ${kills}`);
    if (kills % 5 === 4) await publishPenalties(setting, `罚${(penalties += 1)}`);
  }
  const last = startWorker(setting, 'run');
  await last.saw('finished');
  await assertTold(setting, penalties);
});

test('two worker processes at once make one case of each pair and tell each fact once', async () => {
  const setting = await openCrashSetting(endingOf(after));
  const workers = [startWorker(setting, 'run'), startWorker(setting, 'run')];
  await Promise.all(workers.map(({ saw }) => saw('finished')));
  await assertTold(setting, 1);
  assert.equal(await count(setting, 'runs', `state = 'finished'`), 2, 'one after the other');
});
