/**
 * Runs the tests on a database server of their own: `npm test [-- FILE | FOLDER | PART-OF-A-PATH ...]`.
 * Starts the embedded server in a temporary folder, prepares the template that test files clone, and leaves nothing behind.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { finished } from 'node:stream/promises';
import { type EmbeddedServer, openDatabase, openEmbedded, readEnv, silentLogger } from '#kernel';
import { asAdmin, TEMPLATE } from './database.ts';
import { prepareTemplate } from './template.ts';
import { findTestFiles } from './test-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONCURRENCY = 2;
/** Every test file is a process that loads the whole project: compiled once, by the first of them. */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'xinqiao');

/** Stops the run: Ctrl-C, or the server is gone and every further test would fail for that reason alone. */
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort());
process.stdout.on('error', () => abort.abort()); // a reader that has gone (`| head`) ends the run, cleanly
process.exitCode = (await runAll(process.argv.slice(2))) ? 0 : 1;

async function runAll(names: readonly string[]): Promise<boolean> {
  const files = findTestFiles(ROOT, names);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-test-'));
  chmodSync(folder, 0o711); // as root the server runs as another user, who must get in
  let server: EmbeddedServer | undefined;
  try {
    server = await openEmbedded({
      folder,
      logger: silentLogger,
      say: console.log,
      onExit: () => abort.abort(),
    });
    await makeTemplate(server.url);
    const env = {
      NODE_COMPILE_CACHE: COMPILED,
      ...process.env,
      XINQIAO_TEST_SERVER: server.url,
      TMPDIR: makeTemporary(folder),
    };
    return await runFiles(files, env);
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 }); // an aborted test's own server may still be ending
  }
}

/** Where the tests make their folders: what an aborted test leaves goes with ours. */
function makeTemporary(folder: string): string {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  return temporary;
}

async function makeTemplate(server: string): Promise<void> {
  await asAdmin(server, `create database ${TEMPLATE}`);
  const url = new URL(server);
  url.pathname = `/${TEMPLATE}`;
  const database = openDatabase(url.href, 2);
  try {
    await prepareTemplate(database);
  } finally {
    await database.close();
  }
}

type Skipped = { name: string; file: string; reason: string };

async function runFiles(files: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const skipped: Skipped[] = [];
  let isGood = !abort.signal.aborted;
  const events = run({ files, env, concurrency: CONCURRENCY, cwd: ROOT, signal: abort.signal });
  events.on('test:fail', () => {
    isGood = false;
  });
  events.on('test:pass', ({ name, file = '', skip }) => {
    if (skip !== undefined) skipped.push({ name, file, reason: typeof skip === 'string' ? skip : '' });
  });
  const output = events.compose(new spec());
  output.pipe(process.stdout, { end: false });
  if (!(await endsBeforeAbort(output))) return false;
  listSkipped(skipped);
  return isGood;
}

/** An aborted run may never end its output; the server and its folder are to go all the same. */
async function endsBeforeAbort(output: NodeJS.ReadableStream): Promise<boolean> {
  try {
    await finished(output, { writable: false, signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
  return !abort.signal.aborted;
}

/** A test that did not run must be seen: skipping is not passing. */
function listSkipped(skipped: readonly Skipped[]): void {
  if (skipped.length > 0) console.log(`\n跳过的测试 skipped tests: ${skipped.length}`);
  for (const { name, file, reason } of skipped) {
    console.log(`  ${file.replace(`${ROOT}/`, '')}: ${name}${reason === '' ? '' : ` (${reason})`}`);
  }
  if (readEnv().XINQIAO_SAMPLE_DATA === undefined) {
    console.log(
      '未设 XINQIAO_SAMPLE_DATA：需要真实文件的测试已跳过。 Without XINQIAO_SAMPLE_DATA the tests on real files are skipped.',
    );
  }
}
