import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inTransaction, readEnv } from '#kernel';
import { cloneDatabase } from '../support/database.ts';
import {
  assertNoTemporaryTables,
  assertSameContent,
  assertSwept,
  assertWhole,
  type Content,
  deliverAll,
  makeFolders,
  readContent,
  startDeliverer,
} from '../support/delivery-crash.ts';
import { listsOn } from '../support/lists-on.ts';
import { independentFiles, sampleFiles } from '../support/sample-penalties.ts';

const IS_LONG = readEnv().XINQIAO_TEST_LONG === '1';
const KILLS = IS_LONG ? 300 : 3;

const FILES = sampleFiles(IS_LONG ? 1_000 : 400);
let undisturbed: Content = {};
/** From its first word to its last, so that every moment of the work can be hit. */
let workMs = 0;

before(async () => {
  const cleanups: (() => void | Promise<void>)[] = [];
  const t = { after: (work: () => void | Promise<void>) => cleanups.push(work) };
  const database = await cloneDatabase(t);
  const folders = makeFolders(t, FILES);
  workMs = await deliverAll(database.url, folders);
  await assertWhole(database);
  undisturbed = await readContent(database);
  for (const work of cleanups) await work();
});

test('the workload has every fate and every end, so that comparing with it means something', () => {
  const sum = (name: string): number =>
    (undisturbed['deliveries'] ?? []).reduce(
      (total, row) => total + Number(Object.entries(row).find(([key]) => key === name)?.[1] ?? 0),
      0,
    );
  for (const name of [
    'new_rows',
    'changed_rows',
    'unchanged_rows',
    'held_rows',
    'quarantined_rows',
    'duplicate_rows',
    'withdrawn_rows',
  ]) {
    assert(sum(name) > 0, `no ${name}`);
  }
  const states = new Set(
    (undisturbed['deliveries'] ?? []).map((row) => Object.entries(row).find(([key]) => key === 'state')?.[1]),
  );
  assert.deepEqual([...states].sort(), ['partly_published', 'published', 'refused', 'returned']);
  assert.equal(undisturbed['leaves']?.length, FILES.length);
});

test(`kill -9 of the node at ${KILLS} random moments: each delivery is there exactly once or not at all`, async (t) => {
  for (let kills = 0; kills < KILLS; ) {
    const cleanups: (() => void | Promise<void>)[] = [];
    const round = { after: (work: () => void | Promise<void>) => cleanups.push(work) };
    const database = await cloneDatabase(round);
    const folders = makeFolders(round, FILES);
    for (let hasFinished = false; !hasFinished; ) {
      const deliverer = startDeliverer(database.url, folders);
      await deliverer.saw('ready');
      if (kills < KILLS) {
        await Promise.race([delay(randomInt(workMs)), deliverer.ended]);
        if (deliverer.child.kill('SIGKILL')) kills += 1;
      }
      const end = await deliverer.ended;
      assert(end.hasFinished || end.signal === 'SIGKILL', end.complaint);
      hasFinished = end.hasFinished;
      await assertWhole(database);
    }
    assertSameContent(await readContent(database), undisturbed);
    await assertSwept(listsOn(database, folders.node));
    await assertNoTemporaryTables(database);
    for (const work of cleanups) await work();
    t.diagnostic(`${kills} kills`);
  }
});

/** Steps by what the server is asked to do; a kill right there is a kill between two statements of the publication. */
const STEPS: readonly (readonly [step: string, query: string])[] = [
  ['while rows are copied', 'copy staged (%'],
  ['while defects are copied', 'copy staged_defects%'],
  ['while rows are published', '%insert into lists.n08_penalty_v1%'],
  ['while fates are decided', '%create temporary table fates%'],
  ['at the end of the publication', 'update "lists"."deliveries"%'],
];

test('kill -9 at named steps of a publication', async (t) => {
  for (const steps of IS_LONG ? STEPS.map((step) => [step]) : [STEPS.slice(0, 1)]) {
    const database = await cloneDatabase(t);
    const folders = makeFolders(t, FILES);
    for (const [step, query] of steps) {
      const deliverer = startDeliverer(database.url, folders);
      const isHit = await waitForStatement(database, query, deliverer.ended);
      if (isHit) deliverer.child.kill('SIGKILL');
      const end = await deliverer.ended;
      t.diagnostic(`${step}: ${end.signal === 'SIGKILL' ? 'killed' : 'not met'}`);
      assert(end.hasFinished || end.signal === 'SIGKILL', end.complaint);
      await assertWhole(database);
    }
    await deliverAll(database.url, folders);
    assertSameContent(await readContent(database), undisturbed);
    await assertSwept(listsOn(database, folders.node));
  }
});

/** True when some other session runs, or has just run, such a statement; false when the process has ended before. */
async function waitForStatement(
  database: Parameters<typeof assertWhole>[0],
  like: string,
  ended: Promise<unknown>,
): Promise<boolean> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isOver) {
    const [found] = await inTransaction(database, (tx) =>
      tx.rows<{ n: number }>(
        `select count(*)::integer as n from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and ltrim(query, E' \\n') like $1`,
        [like],
      ),
    );
    if ((found?.n ?? 0) > 0) return true;
  }
  return false;
}

test('two processes that deliver the same files and different files of one contract at once: each exactly once', async (t) => {
  const files = independentFiles(IS_LONG ? 12 : 6, 100);
  const quiet = await cloneDatabase(t);
  await deliverAll(quiet.url, makeFolders(t, files));
  const wanted = await readContent(quiet);
  const database = await cloneDatabase(t);
  const folders = makeFolders(t, files);
  const ends = await Promise.all([
    startDeliverer(database.url, folders).ended,
    startDeliverer(database.url, folders, 'backwards').ended,
  ]);
  for (const { hasFinished, complaint } of ends) assert(hasFinished, complaint);
  await assertWhole(database);
  assertSameContent(await readContent(database), wanted);
  await assertSwept(listsOn(database, folders.node));
});
