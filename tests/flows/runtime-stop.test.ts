import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { endOf, isRunning, makeTestFolder, waitUntilEnded } from '../support/server-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SCRIPT = join(ROOT, 'tests', 'support', 'stop-process.ts');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} stops node and database cleanly, even when it arrives twice at once`, async (t) => {
    const { child, processId } = await start(t, process.execPath, [SCRIPT, makeTestFolder(t)]);
    child.kill(signal);
    child.kill(signal);
    assert.equal(await endOf(child), 0);
    assert.equal(isRunning(processId), false);
  });
}

test('a stop that hangs ends anyway with a failure and takes the database along', async (t) => {
  const { child, processId } = await start(t, process.execPath, [SCRIPT, makeTestFolder(t), 'stuck']);
  child.kill('SIGTERM');
  assert.equal(await endOf(child), 1);
  await waitUntilEnded(processId);
});

test('under a parent that dies without a word the node stops by itself', async (t) => {
  const command = `"${process.execPath}" "${SCRIPT}" "${makeTestFolder(t)}" watch; true`; // `; true` keeps the shell as parent
  const { child, pid, processId } = await start(t, '/bin/sh', ['-c', command]);
  child.kill('SIGKILL');
  await waitUntilEnded(pid);
  await waitUntilEnded(processId);
});

const host = oldNode();

test('on a host with another Node the command runs under the Node of the package', {
  skip: host === undefined ? 'the host has no other Node' : false,
}, (t) => {
  const clone = makeClone(t, { withNode: true });
  const ran = spawnSync(String(host), [join(clone, 'bin', 'xinqiao.js'), 'lists', '--json'], {
    encoding: 'utf8',
  });
  assert.equal(ran.stdout, `${process.version} lists --json\n`, ran.stderr);
  assert.equal(ran.status, 5, 'the exit code is passed on');
});

test('without a Node of the package another version is refused in two languages', {
  skip: host === undefined ? 'the host has no other Node' : false,
}, (t) => {
  const clone = makeClone(t, { withNode: false });
  const ran = spawnSync(String(host), [join(clone, 'bin', 'xinqiao.js')], { encoding: 'utf8' });
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /需要 Node 24/);
  assert.match(ran.stderr, /needs Node 24/);
});

test('with the right Node the command runs in the same process', (t) => {
  const clone = makeClone(t, { withNode: false });
  const ran = spawnSync(process.execPath, [join(clone, 'bin', 'xinqiao.js'), 'doctor'], { encoding: 'utf8' });
  assert.equal(ran.stdout, `${process.version} doctor\n`, ran.stderr);
});

/** Starts a process and waits for its first line; it is ended when the test ends. */
async function start(
  t: TestContext,
  program: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; pid: number; processId: number }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const { pid, processId } = JSON.parse(String(first.value)) as { pid: number; processId: number };
  return { child, pid, processId };
}

/** The launcher with a command line that shows how it was called. */
function makeClone(t: TestContext, { withNode }: { withNode: boolean }): string {
  const clone = join(makeTestFolder(t), '信桥 clone');
  mkdirSync(join(clone, 'src/entry/cli'), { recursive: true });
  cpSync(join(ROOT, 'bin'), join(clone, 'bin'), { recursive: true });
  writeFileSync(join(clone, 'package.json'), '{"type": "module"}');
  const main = 'console.log(process.version, ...process.argv.slice(2) as string[]);\nprocess.exitCode = 5;\n';
  writeFileSync(join(clone, 'src/entry/cli/main.ts'), main);
  if (withNode) symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  return clone;
}

/** A Node of another major version on this machine, outside of the project. */
function oldNode(): string | undefined {
  const places = ['/usr/bin/node', '/usr/local/bin/node', '/opt/node/bin/node'];
  return places.find((place) => {
    const version = spawnSync(place, ['--version'], { encoding: 'utf8' }).stdout;
    return typeof version === 'string' && version !== '' && !version.startsWith('v24.');
  });
}
