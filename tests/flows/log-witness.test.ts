import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { inTransaction, type KeyStore } from '#kernel';
import { auditLog, parseVkey, urlSource } from '#security';
import { buildApp } from '../../src/entry/http/app.ts';
import { openTestNode } from './http-node.ts';
import { growLog, makeTestFolder, openTestKeys, type Ran, runProgram } from './log-public.ts';

const WITNESS = 'examples/witness/main.ts';
const NAME = 'witness.example/w1';

type Served = {
  readonly url: string;
  grow(entries: number): Promise<void>;
  change(text: string): Promise<void>;
};

/** A node that serves its log over HTTP, with the log keys given: two of them are one log with two histories. */
async function serveLog(t: TestContext, keys: KeyStore): Promise<Served> {
  const node = { ...(await openTestNode(t)), keys };
  const app = await buildApp(node);
  t.after(() => app.close());
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${address}/api/v1/log`,
    grow: (entries) => growLog(node.database, keys, entries),
    async change(text) {
      await inTransaction(node.database, (tx) => tx.rows(text));
    },
  };
}

type Witness = {
  readonly state: string;
  look(log: Served): Promise<Ran & { vkey: string }>;
  arguments(log: Served): string[];
};

async function openWitness(t: TestContext, log: Served): Promise<Witness> {
  const state = join(makeTestFolder(t), 'witness');
  const keys = (await urlSource(log.url).read('keys'))?.toString() ?? '';
  const [vkey = ''] = keys.split('\n');
  const args = ({ url }: Served): string[] => [
    '--log',
    url,
    '--vkey',
    vkey,
    '--name',
    NAME,
    '--state',
    state,
  ];
  return {
    state,
    arguments: args,
    async look(at) {
      const ran = await runProgram(WITNESS, args(at));
      return { ...ran, vkey: /^vkey (\S+)$/m.exec(ran.complaint)?.[1] ?? '' };
    },
  };
}

test('a witness cosigns a log that grows, and the verifier accepts its signature', async (t) => {
  const log = await serveLog(t, openTestKeys(t));
  await log.grow(300);
  const witness = await openWitness(t, log);
  const first = await witness.look(log);
  assert.equal(first.code, 0, first.complaint);
  const key = parseVkey(first.vkey);
  assert.ok(key !== undefined && key.type === 'cosignature' && key.name === NAME);
  for (const entries of [1, 0, 700]) {
    if (entries > 0) await log.grow(entries);
    const next = await witness.look(log);
    assert.equal(next.code, 0, next.complaint);
    assert.equal(next.vkey, first.vkey, 'the witness keeps its key');
    const audit = await auditLog({
      source: urlSource(log.url),
      witnesses: [key],
      cosigned: [first.output, next.output].map((note) => Buffer.from(note)),
    });
    assert.equal(audit.fault, undefined);
    assert.deepEqual(audit.cosignedBy, [NAME]);
  }
  const alone = await auditLog({ source: urlSource(log.url), witnesses: [key] });
  assert.deepEqual(alone.fault, { what: 'witness', path: NAME, reason: 'not_cosigned' });
});

test('a witness refuses another root for a size it has seen, a larger tree that is no continuation, and a shorter one', async (t) => {
  const keys = openTestKeys(t);
  const [log, fork] = [await serveLog(t, keys), await serveLog(t, keys)];
  await log.grow(300);
  await fork.grow(300);
  const witness = await openWitness(t, log);
  const good = await witness.look(log);
  assert.equal(good.code, 0, good.complaint);
  const same = await witness.look(fork);
  assert.deepEqual([same.code, same.output], [1, '']);
  assert.match(same.complaint, /\[split_view\]/);
  assert.equal(
    readFileSync(join(witness.state, 'refused'), 'utf8'),
    (await urlSource(fork.url).read('checkpoint'))?.toString(),
    'the other checkpoint is kept as proof',
  );
  await fork.grow(500);
  const larger = await witness.look(fork);
  assert.equal(larger.code, 1);
  assert.match(larger.complaint, /\[split_view\]/);
  await log.grow(10);
  assert.equal((await witness.look(log)).code, 0, 'the true log goes on');
  const [key] = [parseVkey(good.vkey)];
  assert.ok(key);
  const split = await auditLog({
    source: urlSource(fork.url),
    witnesses: [key],
    cosigned: [Buffer.from(good.output)],
  });
  assert.deepEqual(split.fault, { what: 'checkpoint', path: 'cosigned', reason: 'split', at: 300 });

  const late = await serveLog(t, keys);
  await late.grow(5);
  const shorter = await witness.look(late);
  assert.equal(shorter.code, 1);
  assert.match(shorter.complaint, /\[rolled_back\]/);
  const rolled = await auditLog({
    source: urlSource(late.url),
    witnesses: [key],
    cosigned: [Buffer.from(good.output)],
  });
  assert.deepEqual(rolled.fault, { what: 'checkpoint', path: 'cosigned', reason: 'rolled_back', at: 300 });
});

test('a witness believes no other log, no broken tile, and does not sign on what it cannot read', async (t) => {
  const [log, other] = [await serveLog(t, openTestKeys(t)), await serveLog(t, openTestKeys(t))];
  await log.grow(300);
  await other.grow(300);
  const witness = await openWitness(t, log);
  assert.match((await witness.look(other)).complaint, /\[not_by_this_log\]/);
  assert.equal((await witness.look(log)).code, 0);
  await log.grow(300);
  await log.change(
    'update security.log_tiles set hashes = set_byte(hashes, 3, 255 - get_byte(hashes, 3)) where level = 0',
  );
  assert.match((await witness.look(log)).complaint, /\[tiles_wrong\]/);
  await log.change('delete from security.log_tiles where level = 1');
  assert.match((await witness.look(log)).complaint, /\[tiles_missing\]/);
  writeFileSync(join(witness.state, 'seen'), 'garbage');
  const lost = await witness.look(log);
  assert.notEqual(lost.code, 0);
  assert.equal(lost.output, '');
});

test('a witness that runs on serves the last checkpoint that it has cosigned, and the command accepts it', async (t) => {
  const log = await serveLog(t, openTestKeys(t));
  await log.grow(20);
  const witness = await openWitness(t, log);
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '..', '..', WITNESS),
      ...witness.arguments(log),
      '--listen',
      '0',
      '--every',
      '0.1',
    ],
    { stdio: ['ignore', 'inherit', 'pipe'] },
  );
  t.after(() => stop(child));
  const said = await sayings(child, 2);
  const [vkey, url] = [/^vkey (\S+)$/m.exec(said)?.[1] ?? '', /^listening (\S+)$/m.exec(said)?.[1] ?? ''];
  await log.grow(30);
  const served = urlSource(url);
  for (let looks = 0; !(await served.read('checkpoint'))?.toString().includes('\n50\n'); looks += 1) {
    assert.ok(looks < 500, 'the witness looks again');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const ran = await runProgram(
    'src/entry/cli/main.ts',
    ['verify', 'log', '--url', log.url, '--witness', vkey, '--cosigned', `${url}/checkpoint`, '--json'],
    { XINQIAO_DATA: makeTestFolder(t) },
  );
  assert.equal(ran.code, 0, ran.complaint);
  assert.deepEqual((JSON.parse(ran.output) as { cosignedBy: string[] }).cosignedBy, [NAME]);
  assert.equal(await served.read('seen'), undefined);
});

async function sayings(child: ChildProcess, count: number): Promise<string> {
  const lines: string[] = [];
  assert.ok(child.stderr);
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines.join('\n');
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
