import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Refusal } from '#kernel';
import { CODE_TABLES, HEADER, madeUpUscc, makeContract, parseCopy } from './check.test-support.ts';
import { checkFile, type CheckSink } from './check-file.ts';
import type { CheckProgress, CheckTask } from './check-task.ts';
import { MerkleTree } from './merkle.ts';

const folder = mkdtempSync(join(tmpdir(), 'xinqiao-check-'));
after(() => rmSync(folder, { recursive: true }));
const contract = makeContract();

function taskOf(name: string, content: string): CheckTask {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path, contract, codeTables: CODE_TABLES, today: '2026-01-15' };
}

function fileOf(rows: number, isBad: (row: number) => boolean = () => false): string {
  const lines = Array.from({ length: rows }, (_, at) => {
    const date = isBad(at) ? '2026-02-30' : '2026-01-02';
    return `${madeUpUscc(at)},某某${at}有限公司,NO-${at},销项,${date},,${at}.50,0.5,,${'说明'.repeat(40)}`;
  });
  return `${[HEADER.join(','), ...lines].join('\n')}\n`;
}

function collector(): CheckSink & { accepted: Buffer[]; bad: Buffer[]; seen: CheckProgress[] } {
  const [accepted, bad, seen]: [Buffer[], Buffer[], CheckProgress[]] = [[], [], []];
  return {
    accepted,
    bad,
    seen,
    rows: (lines) => Promise.resolve(void accepted.push(lines)),
    defects: (lines) => Promise.resolve(void bad.push(lines)),
    progress: (progress) => void seen.push(progress),
  };
}

test('a file is checked whole: accepted rows, defects, counts and root agree', async () => {
  const sink = collector();
  const summary = await checkFile(
    taskOf(
      'whole.csv',
      fileOf(9000, (row) => row % 100 === 7),
    ),
    sink,
  );
  assert.deepEqual([summary.rows, summary.accepted, summary.quarantined], [9000, 8910, 90]);
  const lines = sink.accepted.flatMap((bytes) => parseCopy(bytes));
  assert.deepEqual(
    lines.map(([rowNo]) => Number(rowNo)),
    Array.from({ length: 9000 }, (_, at) => at + 1).filter((row) => row % 100 !== 8),
  );
  assert.equal(sink.bad.flatMap((bytes) => parseCopy(bytes)).length, 90);
  assert.ok(sink.accepted.length > 4, 'more buffers than may be in flight');
  assert.equal(sink.seen.at(-1)?.rows, 9000);
  assert.equal(summary.merkleRoot, rootOf(sink.accepted));
  assert.deepEqual(summary.ignoredColumns, []);
  assert.ok(summary.peakRssBytes > 0);
});

function rootOf(buffers: Buffer[]): string {
  const tree = new MerkleTree();
  for (const line of Buffer.concat(buffers).toString('utf8').split('\n').slice(0, -1)) {
    tree.add(Buffer.from(line.slice(line.indexOf('\t') + 1, line.lastIndexOf('\t'))));
  }
  return tree.root();
}

test('a slow sink holds the reading back and gets one buffer at a time', async () => {
  const task = taskOf('slow.csv', fileOf(20_000));
  let [open, most, rows] = [0, 0, 0];
  const slow: CheckSink = {
    async rows(lines) {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      rows += parseCopy(lines).length;
      open -= 1;
    },
    defects: () => Promise.resolve(),
  };
  const summary = await checkFile(task, slow);
  assert.equal(most, 1);
  assert.equal(rows, summary.accepted);
});

test('a refusal met in the thread is the same refusal for the caller', async () => {
  const task = taskOf('misfit.csv', `${HEADER.join(',')}\n${'a,b\n'.repeat(20)}`);
  await assert.rejects(checkFile(task, collector()), (error: unknown) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.code, 'delivery.header_misfit');
    assert.match(error.toJSON().message.zh, /表头 10 列.*20 行中有 20 行是 2 列/);
    return true;
  });
});

test('an error of the sink ends the check', async () => {
  const task = taskOf('sink.csv', fileOf(20_000));
  const failing: CheckSink = {
    rows: () => Promise.reject(new Error('disk full')),
    defects: () => Promise.resolve(),
  };
  await assert.rejects(checkFile(task, failing), /disk full/);
});

test('a broken invariant in the thread is an error for the caller, not silence', async () => {
  const task = { ...taskOf('tables.csv', fileOf(1)), codeTables: new Map() };
  await assert.rejects(checkFile(task, collector()), /code table needed/);
  await assert.rejects(checkFile({ ...task, path: join(folder, 'absent.csv') }, collector()));
});

test('a header without rows is an empty delivery with all its checks', async () => {
  const summary = await checkFile(taskOf('empty.csv', `${HEADER.join(',')}\n`), collector());
  assert.equal(summary.rows, 0);
  assert.ok(
    summary.checks.length > 10 &&
      summary.checks.every(({ checked, failed }) => checked === 0 && failed === 0),
  );
  assert.equal(summary.merkleRoot, new MerkleTree().root());
});

test('JSON objects may leave out what is empty', async () => {
  const row = { 企业名称: '某某有限公司', 项目no: 'A', 项目begins: '2026-01-02', 项目memo: 'x' };
  const { 项目memo: _, ...shorter } = row;
  const task = taskOf('rows.jsonl', `${JSON.stringify(row)}\n${JSON.stringify(shorter)}\n`);
  const summary = await checkFile(task, collector());
  assert.deepEqual([summary.rows, summary.accepted, summary.filled.memo], [2, 2, 1]);
});
