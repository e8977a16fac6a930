import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { inTransaction, type Logger, openDatabase, silentLogger } from '#kernel';
import { keepSourceCounts, readSourceFigures, type SourceBook, writeSourceCounts } from '#platform';
import { cloneDatabase } from '../support/database.ts';
import { definition, openTestBook, startDepartment, steppedClock, told } from './source-department.ts';

const department = await startDepartment({ after });
const CAPACITY = { perMinute: 10, perDay: 20 };

async function figureOf(t: TestContext, face: Record<string, unknown> = {}) {
  const database = await cloneDatabase(t);
  const clock = steppedClock();
  const open = () => openTestBook(t, department, [definition({}, { capacity: CAPACITY, ...face })], clock);
  const read = async (book: SourceBook) => {
    const [figure] = await inTransaction(database, (tx) => readSourceFigures(tx, book));
    if (figure === undefined) throw new TypeError('no figure');
    return figure;
  };
  return { database, clock, open, read };
}

test('what an interface carried, failed and has left is public, before and after it is written', async (t) => {
  const { database, clock, open, read } = await figureOf(t);
  const { ask, book } = open();
  await department.be({ mode: 'well' });
  for (let at = 0; at < 3; at += 1) assert.equal(told(await ask()), 'rows');
  await department.be({ mode: 'down' });
  await ask();
  const before = await read(book);
  assert.equal(before.usedToday, 4);
  assert.equal(await writeSourceCounts(database, book), 1);
  const figure = await read(book);
  assert.equal(figure.usedToday, 4, 'written calls are not counted twice');
  assert.equal(figure.headroomToday, 16);
  assert.equal(figure.usedMinuteMax, 4);
  assert.equal(figure.headroomMinute, 0.6);
  assert.equal(figure.failedToday, 1);
  assert.equal(figure.slowToday, 0);
  assert.equal(figure.breaker, 'closed');
  assert.equal(figure.frequency, 'month');
  assert.equal(figure.lastAnsweredAt?.getTime(), clock.now().getTime());
  assert.ok(figure.meanMs !== null && figure.meanMs >= 0);
  await ask();
  await writeSourceCounts(database, book);
  assert.equal((await read(book)).usedToday, 5, 'the same minute adds up');
});

test('the day is shared by processes: what another one used is gone for this one too', async (t) => {
  const { database, clock, open, read } = await figureOf(t, { capacity: { perMinute: 10, perDay: 5 } });
  const [one, other] = [open(), open()];
  await department.be({ mode: 'well' });
  for (let at = 0; at < 4; at += 1) await one.ask();
  await writeSourceCounts(database, one.book);
  await writeSourceCounts(database, other.book);
  assert.equal(told(await other.ask()), 'rows');
  assert.equal(told(await other.ask()), 'over_capacity: day_full');
  await writeSourceCounts(database, other.book);
  await writeSourceCounts(database, one.book);
  assert.equal(told(await one.ask()), 'over_capacity: day_full');
  assert.equal((await read(one.book)).headroomToday, 0);
  clock.step(86_400_000);
  assert.equal(told(await one.ask()), 'rows', 'a new day in Beijing');
});

test('an open breaker is seen in the figures, and counts older than the quarter are forgotten', async (t) => {
  const { database, clock, open, read } = await figureOf(t);
  const { ask, book } = open();
  await department.be({ mode: 'down' });
  for (let at = 0; at < 5; at += 1) await ask();
  const strict = openTestBook(
    t,
    department,
    [definition({ id: 'strict', breaker: { failures: 1, openMs: 60_000 } })],
    clock,
  );
  await strict.ask();
  assert.equal((await read(strict.book)).breaker, 'open');
  await writeSourceCounts(database, book);
  clock.step(101 * 86_400_000);
  await writeSourceCounts(database, book);
  const { rows } = await database.pool.query('select 1 from platform.source_minutes');
  assert.equal(rows.length, 0);
});

test('counts that cannot be written are kept and written later, and the log line names no source of data', async (t) => {
  const { database, open, read } = await figureOf(t);
  const { ask, book } = open();
  await department.be({ mode: 'well' });
  await ask();
  const gone = openDatabase(database.url, 1);
  await gone.close();
  const lines: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields, message) => lines.push({ ...fields, message }) };
  await keepSourceCounts(gone, book, logger).stop();
  assert.equal(lines.length, 1);
  await keepSourceCounts(database, book, silentLogger).stop();
  const { rows } = await database.pool.query('select calls from platform.source_minutes');
  assert.deepEqual(rows, [{ calls: 1 }]);
  assert.equal((await read(book)).usedToday, 1);
});
