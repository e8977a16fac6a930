import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction, openKeyStore } from '#kernel';
import {
  type Acting,
  approveCapacity,
  changeCapacity,
  commandLineCaller,
  followCapacity,
  listCapacityChanges,
  readSourceFigures,
  readSourceShares,
  rejectCapacity,
  type SourceBook,
  talliesOf,
  writeSourceCounts,
  writeTallies,
} from '#platform';
import { loadPolicies } from '#security';
import { join } from 'node:path';
import { cloneDatabase } from '../support/database.ts';
import { definition, openTestBook, startDepartment, steppedClock, told } from './source-department.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONTRACT = 'n14_tax_declaration';
const department = await startDepartment({ after });
const database = await cloneDatabase({ after });
const policies = loadPolicies([join(ROOT, 'policies')]);
const clock = steppedClock();

function acting(user: string, duty: 'system_admin' | 'data_admin' = 'system_admin'): Acting {
  const keys = openKeyStore(join(department.folder, 'keys'));
  return { caller: commandLineCaller(user, duty), policies, clock, keys };
}

function open(
  t: Parameters<typeof openTestBook>[0],
  id: string,
  more: Parameters<typeof definition>[0] = {},
  face: Parameters<typeof definition>[1] = {},
) {
  return openTestBook(t, department, [definition({ id, ...more }, face)], clock);
}

const change = (sources: SourceBook, by: Acting, what: { perMinute: number; perDay: number }) =>
  inTransaction(database, (tx) => {
    const [sourceId = ''] = sources.lanes.keys();
    const wanted = { sourceId, contractId: CONTRACT, reason: '科技处来函', ...what };
    return changeCapacity(tx, by, { sources, change: wanted });
  });

const limitsOf = async (book: SourceBook) => {
  await inTransaction(database, (tx) => followCapacity(tx, book));
  const [figure] = await inTransaction(database, (tx) => readSourceFigures(tx, book));
  return [figure?.capacityPerMinute, figure?.capacityPerDay, figure?.concurrency.limit];
};

test('a capacity is lowered by one person at once, in every process, with its leaf', async (t) => {
  const [one, other] = [open(t, 'lowered'), open(t, 'lowered')];
  const { changeId, state } = await change(one.book, acting('a'), { perMinute: 2, perDay: 50 });
  assert.equal(state, 'in_force');
  assert.deepEqual(await limitsOf(other.book), [2, 50, 8]);
  for (const wanted of ['rows', 'rows', 'over_capacity: minute_full']) {
    assert.equal(told(await other.ask()), wanted);
  }
  const { rows } = await database.pool.query(
    'select receipt_id from platform.capacity_changes where change_id = $1',
    [changeId],
  );
  assert.match((rows[0] as { receipt_id: string }).receipt_id, /^rcp_/);
});

test('a capacity is raised by two persons, and by nobody else', async (t) => {
  const { book } = open(t, 'raised');
  const rise = { perMinute: 20_000, perDay: 200_000 };
  const { changeId, state } = await change(book, acting('a'), rise);
  assert.equal(state, 'proposed');
  assert.deepEqual(await limitsOf(book), [10_000, 100_000, 8]);
  const waiting = await inTransaction(database, (tx) => listCapacityChanges(tx, acting('b')));
  assert.deepEqual(
    waiting.map(({ changeId: id, perMinute, proposedBy }) => [id, perMinute, proposedBy]),
    [[changeId, 20_000, 'cli:a']],
  );
  const approve = (by: Acting) => inTransaction(database, (tx) => approveCapacity(tx, by, changeId));
  await assert.rejects(approve(acting('a')), { code: 'policy.two_persons' });
  await assert.rejects(approve(acting('b', 'data_admin')), { code: 'security.not_permitted' });
  await approve(acting('b'));
  assert.deepEqual(await limitsOf(book), [20_000, 200_000, 8]);
  await assert.rejects(approve(acting('c')), { code: 'source.change_unknown' });
});

test('calls at once are changed for the whole source, and a rejected rise changes nothing', async (t) => {
  const { book } = open(t, 'at_once');
  const at = (concurrencyMax: number) =>
    inTransaction(database, (tx) =>
      changeCapacity(tx, acting('a'), {
        sources: book,
        change: { sourceId: 'at_once', concurrencyMax, reason: '维护' },
      }),
    );
  assert.equal((await at(3)).state, 'in_force');
  assert.deepEqual((await limitsOf(book))[2], 3);
  const { changeId, state } = await at(5);
  assert.equal(state, 'proposed');
  await inTransaction(database, (tx) => rejectCapacity(tx, acting('a'), changeId));
  assert.deepEqual((await limitsOf(book))[2], 3);
  await assert.rejects(
    inTransaction(database, (tx) =>
      changeCapacity(tx, acting('a'), {
        sources: book,
        change: { sourceId: 'nobody', concurrencyMax: 1, reason: '维护' },
      }),
    ),
    { code: 'source.unknown' },
  );
});

test('short capacity is shared equally by institutions, over all processes, and each sees its share', async (t) => {
  const capacity = { perMinute: 12, perDay: 1_000 };
  const [one, other] = [open(t, 'shared', {}, { capacity }), open(t, 'shared', {}, { capacity })];
  await department.be({ mode: 'well' });
  const ask = async (from: typeof one, institution: string, times: number) => {
    let answered = 0;
    for (let at = 0; at < times; at += 1) {
      if (told(await from.ask({ institution })) === 'rows') answered += 1;
    }
    for (const { book } of [one, other]) await writeTallies(database, talliesOf(book));
    for (const { book } of [one, other]) await writeTallies(database, talliesOf(book));
    return answered;
  };
  await ask(one, 'bank-a', 9);
  await ask(other, 'bank-b', 3);
  clock.step(60_000);
  assert.equal(await ask(one, 'bank-a', 20), 9, 'what bank-b used is kept for it');
  assert.equal(await ask(other, 'bank-b', 20), 3);
  clock.step(60_000);
  assert.equal(await ask(other, 'bank-b', 20), 6, 'it asked for more, so that its share grew to a half');
  assert.equal(await ask(one, 'bank-a', 20), 6);
  const [share] = readSourceShares(one.book, 'bank-a');
  assert.deepEqual(share?.minute, { used: 6, share: 6, left: 0 });
  const [figure] = await inTransaction(database, (tx) => readSourceFigures(tx, one.book));
  assert.deepEqual(figure?.minute, { used: 12, institutions: 2, equalShare: 6 });
});

test('the figures tell what was refused and how long answers took, in bounds', async (t) => {
  const { ask, book } = open(t, 'timed', {}, { capacity: { perMinute: 4, perDay: 1_000 } });
  clock.step(120_000);
  await department.be({ mode: 'well' });
  for (let at = 0; at < 5; at += 1) await ask();
  await writeSourceCounts(database, book);
  const [figure] = await inTransaction(database, (tx) => readSourceFigures(tx, book));
  assert.deepEqual([figure?.usedHour, figure?.usedToday, figure?.refusedToday], [4, 4, 1]);
  assert.equal(figure?.refusedShareToday, 0.2);
  const { medianWithinMs, p99WithinMs } = figure;
  assert.ok(medianWithinMs !== null && p99WithinMs !== null && medianWithinMs <= p99WithinMs);
  assert.doesNotMatch(JSON.stringify(figure), /127\.0\.0\.1|http|secret|department/);
});
