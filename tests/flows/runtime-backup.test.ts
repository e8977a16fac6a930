import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  backupEmbedded,
  type Database,
  type EmbeddedServer,
  openDatabase,
  openEmbedded,
  restoreEmbedded,
  silentLogger,
  systemClock,
} from '#kernel';
import { ask, makeTestFolder } from '../support/server-process.ts';

const logger = silentLogger;

test('a backup made while the node writes restores every row committed before it began, and the bytes and keys', async (t) => {
  const { dataFolder, database, server } = await openNode(t);
  await database.pool.query('create table kept (n bigint primary key, filler text)');
  const writer = startWriter(database);
  while (writer.acknowledged() < 20) await writer.next();
  const before = writer.acknowledged();
  const target = join(makeTestFolder(t), '备份 1');
  const manifest = await backupEmbedded({ database, dataFolder, target, clock: systemClock });
  await writer.stop();
  assert.equal(writer.acknowledged() > before, true, 'the writer went on meanwhile');
  assert.equal(
    manifest.postgres,
    (await ask<{ v: string }>(server.url, `select current_setting('server_version') v`))[0]?.v,
  );
  assert.equal(statSync(target).mode & 0o777, 0o700);

  const restored = join(makeTestFolder(t), 'data');
  await restoreEmbedded({ source: target, dataFolder: restored });
  const again = await openEmbedded({ folder: restored, logger });
  t.after(() => again.stop());
  const [found] = await ask<{ rows: number; last: number }>(
    again.url,
    'select count(*)::int as rows, max(n)::int as last from kept',
  );
  assert.equal((found?.last ?? 0) >= before, true);
  assert.equal(found?.rows, found?.last, 'no batch is half there');
  await ask(again.url, 'insert into kept values (0)');
  assert.equal(readFileSync(join(restored, 'deliveries', 'ab', 'abcd'), 'utf8'), '交付');
  assert.equal(readFileSync(join(restored, 'attachments', 'cd', 'cdef'), 'utf8'), '附件');
  assert.equal(readFileSync(join(restored, 'keys', 'log.key'), 'utf8'), 'secret');
  assert.equal(statSync(join(restored, 'keys', 'log.key')).mode & 0o777, 0o600);
});

test('a backup with a changed, a missing or an added name is refused and nothing is left of it', async (t) => {
  const { dataFolder, database } = await openNode(t);
  const target = join(makeTestFolder(t), 'backup');
  await backupEmbedded({ database, dataFolder, target, clock: systemClock });
  const manifestFile = join(target, 'manifest.json');
  const manifest = readFileSync(manifestFile, 'utf8');
  const restored = join(makeTestFolder(t), 'data');
  const refuses = (code: string) =>
    assert.rejects(restoreEmbedded({ source: target, dataFolder: restored }), { code });

  appendFileSync(join(target, 'postgres/server/PG_VERSION'), ' ');
  await refuses('backup.damaged');
  rmSync(join(target, 'postgres/server/PG_VERSION'));
  await refuses('backup.damaged');
  writeFileSync(manifestFile, manifest.replace('postgres/server/PG_VERSION', '../../outside'));
  await refuses('backup.damaged');
  rmSync(manifestFile);
  await refuses('backup.no_manifest');
  assert.equal(existsSync(join(restored, 'deliveries')), false);
  assert.equal(existsSync(join(restored, 'postgres', 'server')), false);
  assert.equal(existsSync(join(restored, 'postgres', 'server.restoring')), false);
});

test('nothing is restored over a running node or over data, and no backup is made into a folder that holds something', async (t) => {
  const { dataFolder, database, server } = await openNode(t);
  const target = join(makeTestFolder(t), 'backup');
  await backupEmbedded({ database, dataFolder, target, clock: systemClock });
  const again = backupEmbedded({ database, dataFolder, target, clock: systemClock });
  await assert.rejects(again, { code: 'backup.target_not_empty' });
  await assert.rejects(restoreEmbedded({ source: target, dataFolder }), { code: 'backup.server_running' });
  await database.close();
  await server.stop();
  await assert.rejects(restoreEmbedded({ source: target, dataFolder }), { code: 'backup.target_not_empty' });
  const half = join(makeTestFolder(t), 'data');
  mkdirSync(join(half, 'keys'), { recursive: true });
  writeFileSync(join(half, 'keys', 'other.key'), 'other');
  await assert.rejects(restoreEmbedded({ source: target, dataFolder: half }), {
    code: 'backup.target_not_empty',
  });
  assert.equal(readFileSync(join(half, 'keys', 'other.key'), 'utf8'), 'other');
});

test('the command does not pretend to back up another server', async (t) => {
  const { database } = await openNode(t);
  const other = await openNode(t);
  const target = join(makeTestFolder(t), 'backup');
  const wrong = backupEmbedded({ database, dataFolder: other.dataFolder, target, clock: systemClock });
  await assert.rejects(wrong, { code: 'backup.not_embedded' });
  assert.equal(existsSync(target), false);
});

/** A data folder with a running server, one delivered file and one key. */
async function openNode(
  t: TestContext,
): Promise<{ dataFolder: string; server: EmbeddedServer; database: Database }> {
  const dataFolder = join(makeTestFolder(t), 'data');
  const server = await openEmbedded({ folder: dataFolder, logger });
  const database = openDatabase(server.url, 4);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await database.pool.end();
    isOpen = false;
  };
  t.after(async () => {
    await close();
    await server.stop();
  });
  mkdirSync(join(dataFolder, 'deliveries', 'ab'), { recursive: true });
  writeFileSync(join(dataFolder, 'deliveries', 'ab', 'abcd'), '交付');
  mkdirSync(join(dataFolder, 'attachments', 'cd'), { recursive: true });
  writeFileSync(join(dataFolder, 'attachments', 'cd', 'cdef'), '附件');
  mkdirSync(join(dataFolder, 'keys'), { mode: 0o700 });
  writeFileSync(join(dataFolder, 'keys', 'log.key'), 'secret', { mode: 0o600 });
  return { dataFolder, server, database: { ...database, close } };
}

/** Inserts batches of rows numbered without gaps until stopped; a batch counts when its commit was acknowledged. */
function startWriter(database: Database) {
  const batch = 50;
  let rows = 0;
  let isStopped = false;
  let current: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    await database.pool.query(
      `insert into kept select n, repeat('x', 200) from generate_series($1::bigint, $2::bigint) n`,
      [rows + 1, rows + batch],
    );
    rows += batch;
  };
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      current = write();
      await current;
      await delay(2);
    }
  };
  const running = loop();
  return {
    acknowledged: () => rows,
    next: () => current,
    stop: async (): Promise<void> => {
      isStopped = true;
      await running;
    },
  };
}
