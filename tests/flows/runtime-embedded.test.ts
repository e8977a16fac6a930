import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inspectEmbedded, openEmbedded, silentLogger } from '#kernel';
import {
  ask,
  endOf,
  isRunning,
  makeTestFolder,
  startServerProcess,
  waitUntilEnded,
} from '../support/server-process.ts';

const logger = silentLogger;

test('a first start makes a durable UTF-8 database behind a password that only its user reads', async (t) => {
  const folder = join(makeTestFolder(t), 'data');
  const server = await openEmbedded({ folder, logger });
  t.after(() => server.stop());
  const settings = await ask(
    server.url,
    `select current_setting('server_encoding') encoding, current_setting('fsync') fsync,
       current_setting('full_page_writes') pages, current_setting('listen_addresses') addresses,
       datcollate collation, current_setting('data_checksums') checksums
     from pg_database where datname = current_database()`,
  );
  assert.deepEqual(settings, [
    { encoding: 'UTF8', fsync: 'on', pages: 'on', addresses: '', collation: 'C.UTF-8', checksums: 'on' },
  ]);
  assert.equal(statSync(join(server.folder, 'password')).mode & 0o777, 0o600);
  const wrong = new URL(server.url);
  wrong.password = 'guess';
  await assert.rejects(ask(wrong.href, 'select 1'), { code: '28P01' });
});

test('a second start on the same folder finds what the first one wrote, and no process is left between', async (t) => {
  const folder = makeTestFolder(t);
  const first = await openEmbedded({ folder, logger });
  await ask(first.url, 'create table kept as select 7 as n');
  await first.stop();
  assert.equal(isRunning(first.processId), false);
  assert.deepEqual(inspectEmbedded(folder), { state: 'stopped' });
  const second = await openEmbedded({ folder, logger });
  t.after(() => second.stop());
  assert.equal(second.owned, true);
  assert.deepEqual(await ask(second.url, 'select n from kept'), [{ n: 7 }]);
});

test('a server whose node was killed is taken over with everything it acknowledged', async (t) => {
  const folder = makeTestFolder(t);
  const killed = await startServerProcess(folder);
  await ask(killed.url, 'create table kept as select 7 as n');
  await killed.kill();
  assert.equal(isRunning(killed.processId), true);
  assert.equal(inspectEmbedded(folder).state, 'orphan');
  const next = await openEmbedded({ folder, logger });
  assert.equal(next.owned, true);
  assert.equal(next.processId, killed.processId);
  assert.deepEqual(await ask(next.url, 'select n from kept'), [{ n: 7 }]);
  await next.stop();
  assert.equal(isRunning(killed.processId), false);
});

test('an orphan that runs with other settings is restarted with ours', async (t) => {
  const folder = makeTestFolder(t);
  const killed = await startServerProcess(folder);
  const copy = readStart(killed.processId);
  await killed.kill();
  process.kill(killed.processId, 'SIGINT');
  await waitUntilEnded(killed.processId);
  const stranger = spawn(copy.program, [...copy.args, '-c', 'work_mem=1MB'], copy.options);
  while (inspectEmbedded(folder).state !== 'orphan') await delay(10);
  const server = await openEmbedded({ folder, logger });
  t.after(() => server.stop());
  await endOf(stranger);
  assert.deepEqual(await ask(server.url, 'show work_mem'), [{ work_mem: '32MB' }]);
});

/** How a running server was started: program, arguments, environment and user. */
function readStart(pid: number) {
  const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((pair) => pair.includes('='));
  const env = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const { uid, gid } = statSync(`/proc/${pid}`);
  return { program, args, options: { env, uid, gid, stdio: 'ignore' } } as const;
}

test('rows acknowledged before the server itself is killed are there after the next start', async (t) => {
  const folder = makeTestFolder(t);
  const node = await startServerProcess(folder);
  await ask(node.url, 'create table kept as select n from generate_series(1, 1000) n');
  process.kill(node.processId, 'SIGKILL');
  const line = await node.lines.next();
  assert.match(String(line.value), /"ended"/, 'the node is told that its database has gone');
  assert.equal(await endOf(node.child), 3);
  const server = await openEmbedded({ folder, logger });
  t.after(() => server.stop());
  assert.deepEqual(await ask(server.url, 'select count(*)::int n from kept'), [{ n: 1000 }]);
});

test('a pid file left behind does not bar the start, even when its number belongs to another process now', async (t) => {
  const folder = makeTestFolder(t);
  const killed = await startServerProcess(folder);
  const pidFile = join(killed.folder, 'server', 'postmaster.pid');
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  process.kill(killed.processId, 'SIGKILL');
  await endOf(killed.child);
  writeFileSync(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));
  assert.deepEqual(inspectEmbedded(folder), { state: 'stopped' });
  const server = await openEmbedded({ folder, logger });
  t.after(() => server.stop());
  assert.equal((await ask(server.url, 'select 1')).length, 1);
});

test('the database port being taken on this machine does not matter', async (t) => {
  const taken = await occupy(5432, t);
  const server = await openEmbedded({ folder: makeTestFolder(t), logger });
  t.after(() => server.stop());
  assert.equal((await ask(server.url, 'select 1')).length, 1, taken);
});

for (const [name, part] of [
  ['with blanks and Chinese', '信桥 数据 (一)'],
  ['too long for a socket', '长'.repeat(60)],
  ['with separators of the loader’s and PostgreSQL’s lists', 'a:b,c;d'],
]) {
  test(`a data folder whose path is ${name} serves`, async (t) => {
    const folder = join(makeTestFolder(t), String(part));
    mkdirSync(folder);
    const server = await openEmbedded({ folder, logger });
    assert.equal((await ask(server.url, 'select 1')).length, 1);
    assert.equal(existsSync(join(folder, 'postgres', 'server', 'PG_VERSION')), true);
    await server.stop();
    assert.equal(isRunning(server.processId), false);
  });
}

test('of starts at once on one folder one starts the server and the others attach', async (t) => {
  const folder = makeTestFolder(t);
  const started = await Promise.all([0, 1, 2].map(() => startServerProcess(folder)));
  assert.equal(started.filter(({ owned }) => owned).length, 1);
  assert.equal(new Set(started.map(({ processId }) => processId)).size, 1);
  for (const { url } of started) assert.equal((await ask(url, 'select 1')).length, 1);
  await Promise.all(started.map((process) => process.leave()));
  assert.equal(isRunning(Number(started[0]?.processId)), false);
});

test('the server outlives the command that started it while a node uses it', async (t) => {
  const folder = makeTestFolder(t);
  const command = await startServerProcess(folder);
  const node = await startServerProcess(folder);
  assert.equal(node.owned, false);
  assert.equal(await command.leave(), 0);
  assert.equal((await ask(node.url, 'select 1')).length, 1);
  assert.equal(await node.leave(), 0);
  assert.equal(isRunning(node.processId), false);
});

test('leaving an attached server leaves it to its owner', async (t) => {
  const folder = makeTestFolder(t);
  const owner = await openEmbedded({ folder, logger });
  const attached = await openEmbedded({ folder, logger });
  assert.equal(attached.owned, false);
  await attached.stop();
  assert.equal((await ask(owner.url, 'select 1')).length, 1);
  await owner.stop();
  assert.equal(isRunning(owner.processId), false);
});

test('a server stops although a session is in the middle of a statement', async (t) => {
  const server = await openEmbedded({ folder: makeTestFolder(t), logger });
  const sleeping = assert.rejects(ask(server.url, 'select pg_sleep(600)'));
  while ((await ask<{ n: number }>(server.url, BUSY))[0]?.n === 0);
  await server.stop();
  await sleeping;
  assert.equal(isRunning(server.processId), false);
});

const BUSY = `select count(*)::int n from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'`;

test('a database folder of another PostgreSQL version is refused and not touched', async (t) => {
  const folder = makeTestFolder(t);
  const server = await openEmbedded({ folder, logger });
  await server.stop();
  writeFileSync(join(server.folder, 'server', 'PG_VERSION'), '15\n');
  await assert.rejects(openEmbedded({ folder, logger }), { code: 'postgres.other_version' });
});

/** Listens on a port of this machine; when it is taken already that serves as well. */
function occupy(port: number, t: TestContext): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve('taken by another program'));
    server.listen(port, '127.0.0.1', () => {
      t.after(() => server.close());
      resolve('taken by the test');
    });
  });
}
