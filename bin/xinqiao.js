#!/usr/bin/env node
// Runs the command line under the Node 24 that comes with the package, whichever Node the host has.
// Plain JavaScript that Node 12 can read, so that an old host gets a sentence and not a syntax error.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAJOR = '24';
const MAIN = fileURLToPath(new URL('../src/entry/cli/main.ts', import.meta.url));
const PARENT_CHECK_MS = 500;
// What the runtime makes of our files is kept beside the packages, which saves a second of each start; where that folder is
// read-only nothing is kept. Not in a shared temporary folder: what is there becomes code.
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/xinqiao', import.meta.url));

const FLAGS = ['--disable-warning=ExperimentalWarning'];
// A delivery streams millions of rows; a small young generation keeps its process under 400 MB. Reports would pay for it.
if (process.argv[2] === 'deliver') FLAGS.push('--max-semi-space-size=8');

const node = process.versions.node.split('.')[0] === MAJOR ? process.execPath : findPinnedNode();
if (node === undefined) refuse();
else rerun(node);

function findPinnedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`);
    const node = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(node) ? node : undefined;
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
    throw error;
  }
}

function refuse() {
  console.error(
    `信桥需要 Node ${MAJOR}，当前是 ${process.version}，随包的 Node 不适用于本机；请安装 Node ${MAJOR} 后再试。`,
  );
  console.error(
    `Xinqiao needs Node ${MAJOR}, this is ${process.version}, and the package carries none for this machine; install Node ${MAJOR}.`,
  );
  process.exitCode = 1;
}

/** Signals are passed on. Under npm and npx, which may die without a signal, the child is told when they are gone. */
function rerun(node) {
  const child = spawn(node, FLAGS.concat(MAIN, process.argv.slice(2)), {
    stdio: 'inherit',
    env: Object.assign({ NODE_COMPILE_CACHE: COMPILED }, process.env),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  if (process.env.npm_command !== undefined || process.env.npm_lifecycle_event !== undefined) {
    const watcher = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watcher);
      child.kill('SIGTERM');
    }, PARENT_CHECK_MS);
    watcher.unref();
  }
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code === null ? 1 : code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
