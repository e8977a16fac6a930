import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { inTransaction, readEnv, type Tx } from '#kernel';
import { PUSH_LIMITS, runMonitoring, startPusher } from '#monitoring';
import { pushingOn, requestOf } from '../support/monitoring-on.ts';
import { endingOf, openTestClock } from './http-node.ts';
import {
  count,
  type CrashSetting,
  openCrashSetting,
  publishPenalties,
  startWorker,
  TOLD,
  type Worker,
  whileHeld,
} from './monitoring-crash-setting.ts';
import {
  BANK_ADMIN,
  connect,
  openTarget,
  OTHER_ADMIN,
  type Target,
  until,
} from './monitoring-push-setting.ts';
import { untilSomebodyWaits } from './monitoring-watch-setting.ts';

const RANDOM_KILLS = readEnv().XINQIAO_TEST_LONG === '1' ? 60 : 1;

const take: Target['answer'] = (_, response) => void response.writeHead(204).end();
const isQuiet = async (setting: CrashSetting): Promise<boolean> =>
  (await count(setting, 'push_deliveries', `state = 'waiting'`)) === 0 &&
  (await count(setting, 'messages', 'number is null')) === 0;
const raised = (setting: CrashSetting) =>
  count(setting, 'alert_versions', `known_to = 'infinity' and state = 'raised'`);

test('kill -9 between the commit of an alert and its push: each arrives at least once, with one id', async () => {
  const t = endingOf(after);
  const setting = await openCrashSetting(t);
  const clock = openTestClock();
  const context = pushingOn(setting.database, { folder: setting.folder, clock });
  const run = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(setting.database, work);
  const targets = [await openTarget(t), await openTarget(t)] as const;
  await connect({ context, run }, targets[0], BANK_ADMIN);
  await connect({ context, run }, targets[1], OTHER_ADMIN);
  const all = () => targets.flatMap(({ received }) => received);
  const answer = (how: Target['answer']): void => targets.forEach((target) => (target.answer = how));
  let aheadMs = 0;
  /** Whoever was killed lets go by time. */
  const next = (): Worker => {
    aheadMs += PUSH_LIMITS.leaseMs + 1_000;
    return startWorker(setting, 'push', aheadMs);
  };
  await runMonitoring(setting.context, requestOf(setting.rules, setting.rule));

  // Committed, and whoever would number it dies.
  await whileHeld(setting, async (hold) => {
    await hold('select from monitoring.message_counter for update');
    const worker = next();
    await untilSomebodyWaits(setting.database);
    return worker;
  });
  assert.deepEqual([all().length, await count(setting, 'messages', 'number is null')], [0, TOLD]);

  // Taken on and sent, and the sender dies before it is answered.
  answer(() => undefined);
  const unanswered = next();
  await until(() => all().length > 0, 'the first attempt');
  await unanswered.kill();
  assert.equal(await count(setting, 'push_deliveries', `state = 'waiting'`), TOLD);

  // Answered, and the sender dies before that is written.
  const before = all().length;
  await whileHeld(setting, async (hold) => {
    const held = Promise.withResolvers<void>();
    answer((event, response, request) => void held.promise.then(() => take(event, response, request)));
    const worker = next();
    await until(() => all().length > before, 'the second attempt');
    await hold('lock table monitoring.push_deliveries in share mode');
    held.resolve();
    await wait(200); // the answer is there
    await untilSomebodyWaits(setting.database);
    return worker;
  });
  assert.equal(await count(setting, 'push_deliveries', `state = 'delivered'`), 0);

  // Written, and the sender dies before the alerts say that they were pushed.
  answer(take);
  await whileHeld(setting, async (hold) => {
    await hold('lock table monitoring.alert_versions in share mode');
    const worker = next();
    await until(() => isQuiet(setting), 'everything arrived');
    await untilSomebodyWaits(setting.database);
    return worker;
  });
  assert.equal(await raised(setting), TOLD);

  clock.advance(aheadMs + PUSH_LIMITS.leaseMs);
  const pusher = startPusher(context);
  await pusher.stop();
  assert.equal(await raised(setting), 0, 'the next sender notes what arrived');
  assert.equal(await count(setting, 'alert_versions', `cause = 'pushed'`), TOLD, 'once');
  const ids = await run((tx) =>
    tx.rows<{ alert: string; id: string }>(
      `select data ->> 'alertId' as alert, message_id as id from monitoring.messages`,
    ),
  );
  const arrived = new Map(all().map(({ id, event }) => [String(event.data['alertId']), id]));
  assert.deepEqual(arrived, new Map(ids.map(({ alert, id }) => [alert, id])), 'every alert under one id');
  for (const { id, event } of all()) assert.equal(arrived.get(String(event.data['alertId'])), id);
  assert.ok(all().length > TOLD, 'some came more than once, which their id tells');
});

test(`kill -9 at ${RANDOM_KILLS} random moments of sending: everything arrives, each message under its id`, async () => {
  const t = endingOf(after);
  const setting = await openCrashSetting(t);
  const clock = openTestClock();
  const context = pushingOn(setting.database, { folder: setting.folder, clock });
  const run = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(setting.database, work);
  const target = await openTarget(t);
  await connect({ context, run }, target, BANK_ADMIN);
  let aheadMs = 0;
  for (let kills = 0; kills < RANDOM_KILLS; kills += 1) {
    if (kills > 0) await publishPenalties(setting, `罚${kills + 1}`);
    await runMonitoring(setting.context, requestOf(setting.rules, setting.rule));
    const worker = startWorker(setting, 'push', (aheadMs += PUSH_LIMITS.leaseMs + 1_000));
    await worker.saw('ready');
    await wait(randomInt(300));
    await worker.kill();
  }
  clock.advance(aheadMs + PUSH_LIMITS.leaseMs);
  const pusher = startPusher(context);
  await until(() => isQuiet(setting), 'everything arrived');
  await pusher.stop();
  const wanted = await run((tx) =>
    tx.rows<{ id: string }>(`select message_id as id from monitoring.messages where institution_id = 'bank'`),
  );
  assert.equal(wanted.length, (TOLD / 2) * RANDOM_KILLS);
  assert.deepEqual(new Set(target.received.map(({ id }) => id)), new Set(wanted.map(({ id }) => id)));
  assert.equal(await raised(setting), wanted.length, 'only those of the bank without an endpoint');
});
