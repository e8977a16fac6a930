/**
 * A process of its own that does a part of what a worker does, for tests that kill it:
 * `monitoring-process.ts run|push DATABASE-URL FOLDER AHEAD-MS`. `run` looks at every watched enterprise, one to a
 * transaction, by one rule, and waits for its turn; `push` sends until it is killed. Both go on from whatever state they find.
 * The clock is ahead by so many milliseconds. Prints `ready`, then `page N` after each transaction, then `finished`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { openDatabase, Refusal } from '#kernel';
import { runMonitoring, startPusher } from '#monitoring';
import { monitoringOn, pushingOn, RULE, requestOf } from './monitoring-on.ts';

const [, , mode = '', url = '', folder = '', aheadMs = '0'] = process.argv;
const database = openDatabase(url, 6);
const clock = { now: () => new Date(Date.now() + Number(aheadMs)) };

async function run(): Promise<void> {
  const { context, rules } = monitoringOn(database, { folder, clock });
  const rule = rules.rules.get(RULE);
  if (rule === undefined) throw new TypeError(`no rule ${RULE}`);
  const onProgress = (enterprises: number): void => console.log(`page ${enterprises}`);
  console.log('ready');
  for (;;) {
    try {
      await runMonitoring(context, { ...requestOf(rules, rule), onProgress });
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'monitoring.run_under_way') throw error;
      await wait(20);
    }
  }
}

if (mode === 'run') {
  await run();
  await database.close();
  console.log('finished');
} else {
  startPusher(pushingOn(database, { folder, clock }));
  console.log('ready');
}
