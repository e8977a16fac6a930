import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inTransaction } from '#kernel';
import { type Audit, auditLog, folderSource, type LogFault } from '#security';
import { endingOf } from './http-node.ts';
import {
  copyFolder,
  filesOf,
  makeTestFolder,
  openTestLog,
  runProgram,
  saveLog,
  type TestLog,
} from './log-public.ts';

const CLI = 'src/entry/cli/main.ts';
const ending = endingOf(after);
let log: TestLog;
let saved: string;

/** Two full bundles and a part of one, with checkpoints at, before and after their borders. */
const BATCHES = [1, 255, 1, 43, 300, 100];
const SIZE = BATCHES.reduce((sum, batch) => sum + batch, 0);

before(async () => {
  log = await openTestLog(ending);
  for (const batch of BATCHES) await log.grow(batch);
  saved = await saveLog(ending, log.source);
});

function auditFolder(folder: string): Promise<Audit> {
  return auditLog({ source: folderSource(folder) });
}

test('a whole log holds, with every checkpoint ever signed', async () => {
  const audit = await auditFolder(saved);
  assert.equal(audit.fault, undefined);
  assert.deepEqual([audit.head?.size, audit.checkpoints], [SIZE, BATCHES.length]);
  assert.deepEqual(filesOf(saved), [
    'checkpoint',
    'checkpoints/000',
    'checkpoints/001',
    'checkpoints/002.p/188',
    'keys',
    'tile/0/000',
    'tile/0/001',
    'tile/0/002.p/188',
    'tile/1/000.p/2',
    'tile/entries/000',
    'tile/entries/001',
    'tile/entries/002.p/188',
  ]);
});

/** Where a byte of this file of the saved log belongs, as the fault should say it. */
function placeOf(path: string, byte: number): Partial<LogFault> {
  if (path === 'keys') return { what: 'keys', path };
  if (path.startsWith('checkpoint')) return { what: 'checkpoint', path };
  if (path.startsWith('tile/entries/')) return { what: 'entry', path, at: entryAt(path, byte) };
  return { what: 'tile', path, at: Math.floor(byte / 32) };
}

function entryAt(path: string, byte: number): number {
  const bytes = readFileSync(join(saved, path));
  const first = Number(path.slice('tile/entries/'.length, 'tile/entries/'.length + 3)) * 256;
  for (let at = 0, entry = first; ; entry += 1) {
    at += 2 + bytes.readUInt16BE(at);
    if (byte < at) return entry;
  }
}

test('whichever byte of a saved log is flipped, the place is named', async (t) => {
  const folder = copyFolder(t, saved);
  for (const path of filesOf(saved)) {
    const bytes = readFileSync(join(saved, path));
    const chosen = Array.from({ length: 40 }, () => randomInt(bytes.length));
    for (const byte of new Set([0, 1, 2, bytes.length - 1, ...chosen])) {
      const changed = Buffer.from(bytes);
      changed[byte] = (changed[byte] ?? 0) ^ (1 << randomInt(8));
      writeFileSync(join(folder, path), changed);
      const { fault } = await auditFolder(folder);
      const place = placeOf(path, byte);
      assert.deepEqual(
        fault && { ...fault, ...place },
        fault,
        `byte ${byte} of ${path}: ${JSON.stringify(fault)}`,
      );
      assert.equal(fault?.path, path, `byte ${byte} of ${path}`);
    }
    writeFileSync(join(folder, path), bytes);
  }
  assert.equal((await auditFolder(folder)).fault, undefined);
});

test('a file cut short, made longer or taken away is named', async (t) => {
  const folder = copyFolder(t, saved);
  for (const path of filesOf(saved)) {
    const bytes = readFileSync(join(saved, path));
    for (const changed of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(0)])]) {
      writeFileSync(join(folder, path), changed);
      assert.equal((await auditFolder(folder)).fault?.path, path);
    }
    rmSync(join(folder, path));
    assert.equal((await auditFolder(folder)).fault?.reason, 'missing', path);
    writeFileSync(join(folder, path), bytes);
  }
});

test('entries and tiles rewritten together do not give the signed root, and the checkpoints say where', async (t) => {
  const forged = await openTestLog(t, log.keys);
  for (const batch of BATCHES) await forged.grow(batch);
  const folder = copyFolder(t, saved);
  const other = await saveLog(t, forged.source);
  for (const path of ['tile/entries/001', 'tile/0/001']) {
    writeFileSync(join(folder, path), readFileSync(join(other, path)));
  }
  const [own, theirs] = [saved, other].map((from) => readFileSync(join(from, 'tile/1/000.p/2')));
  const spliced = [own?.subarray(0, 32), theirs?.subarray(32)].map((half) => half ?? Buffer.alloc(0));
  writeFileSync(join(folder, 'tile/1/000.p/2'), Buffer.concat(spliced));
  const { fault } = await auditFolder(folder);
  assert.deepEqual(fault, { what: 'entry', path: 'tile/entries/001', reason: 'root', at: 256, to: 256 });
  const mixed = copyFolder(t, other);
  writeFileSync(join(mixed, 'checkpoint'), readFileSync(join(saved, 'checkpoint')));
  assert.equal((await auditFolder(mixed)).fault?.reason, 'misplaced');
});

/** What a table of the log stores, and what a changed byte of it must be called. */
const STORED: Readonly<
  Record<string, { column: string; table: string; row: string; what: LogFault['what'] }>
> = {
  entry: { column: 'leaf', table: 'security.receipts', row: 'receipt_id', what: 'entry' },
  tile: {
    column: 'hashes',
    table: 'security.log_tiles',
    row: "level || '/' || tile_index",
    what: 'tile',
  },
  checkpoint: {
    column: 'note',
    table: 'security.log_checkpoints',
    row: 'tree_size::text',
    what: 'checkpoint',
  },
};

test('whichever byte of a stored entry, tile or checkpoint is flipped in the database, its kind and place are named', async () => {
  for (const [name, { column, table, row, what }] of Object.entries(STORED)) {
    const rows = await inTransaction(log.database, (tx) =>
      tx.rows<{ id: string; value: Buffer | string }>(
        `select ${row} as id, ${column} as value from ${table}`,
      ),
    );
    assert.ok(rows.length >= 4);
    for (let round = 0; round < 40; round += 1) {
      const { id, value } = rows[randomInt(rows.length)] ?? { id: '', value: '' };
      const store = (stored: Buffer | string): Promise<unknown> =>
        inTransaction(log.database, (tx) =>
          tx.rows(`update ${table} set ${column} = $1 where ${row} = $2`, [stored, id]),
        );
      const changed = typeof value === 'string' ? flippedText(value) : flipped(value);
      await store(changed);
      const { fault } = await auditLog({ source: log.source });
      await store(value);
      assert.equal(fault?.what, what, `${name} ${id}: ${JSON.stringify(fault)}`);
      if (name === 'tile') {
        const [level = '', index = ''] = id.split('/');
        assert.ok(fault.path.startsWith(`tile/${level}/00${index}`), `${id}: ${fault.path}`);
      }
    }
  }
  assert.equal((await auditLog({ source: log.source })).fault, undefined);
});

test('an entry lost from the database, or one that changed places, is named by its number', async (t) => {
  const own = await openTestLog(t);
  await own.grow(20);
  const swap = 'update security.log_entries set entry_index = -entry_index where entry_index in (3, 4)';
  const change = (text: string): Promise<unknown> => inTransaction(own.database, (tx) => tx.rows(text));
  await change(swap);
  assert.equal((await auditLog({ source: own.source })).fault?.at, 3);
  await change('update security.log_entries set entry_index = 7 + entry_index where entry_index in (-3, -4)');
  const { fault } = await auditLog({ source: own.source });
  assert.deepEqual(fault, { what: 'entry', path: 'tile/entries/000.p/20', reason: 'altered', at: 3 });
});

test('checkpoints taken away or renumbered in the database are missed', async (t) => {
  const own = await openTestLog(t);
  for (const batch of [3, 4, 5]) await own.grow(batch);
  const change = (text: string): Promise<unknown> => inTransaction(own.database, (tx) => tx.rows(text));
  await change('update security.log_checkpoints set tree_size = 6 where tree_size = 7');
  assert.equal((await auditLog({ source: own.source })).fault?.what, 'checkpoint');
  await change('update security.log_checkpoints set tree_size = 7 where tree_size = 6');
  assert.equal((await auditLog({ source: own.source })).fault, undefined);
});

test('the command verifies a saved log without a node, and names what is broken with exit code 1', async (t) => {
  const env = { XINQIAO_DATA: makeTestFolder(t) };
  const good = await runProgram(CLI, ['verify', 'log', '--folder', saved, '--json'], env);
  assert.equal(good.code, 0, good.complaint);
  assert.deepEqual(pick(JSON.parse(good.output), ['verified', 'size', 'checkpoints']), {
    verified: true,
    size: SIZE,
    checkpoints: BATCHES.length,
  });
  const [vkey = '', sm2 = ''] = readFileSync(join(saved, 'keys'), 'utf8').split('\n');
  assert.match(sm2, /\+\/3hpbnFpYW8v/, 'the second key is of the private type');
  const pinned = await runProgram(CLI, ['verify', 'log', '--folder', saved, '--vkey', vkey], env);
  assert.equal(pinned.code, 0, pinned.complaint);
  assert.match(pinned.output, /成立：700 条/);
  const wrong = await runProgram(CLI, ['verify', 'log', '--folder', saved, '--vkey', `${vkey}x`], env);
  assert.match(wrong.complaint, /log\.vkey_malformed/);

  const folder = copyFolder(t, saved);
  const bytes = readFileSync(join(folder, 'tile/entries/001'));
  bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
  writeFileSync(join(folder, 'tile/entries/001'), bytes);
  const broken = await runProgram(CLI, ['verify', 'log', '--folder', folder], env);
  assert.equal(broken.code, 1);
  assert.match(
    broken.complaint,
    new RegExp(`条目 ${entryAt('tile/entries/001', 1_000)}（tile/entries/001）`),
  );
  const again = await runProgram(CLI, ['verify', 'log', '--folder', saved, '--save', folder], env);
  assert.match(again.complaint, /log\.folder_in_use/);
});

function pick(value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const at = randomInt(bytes.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << randomInt(8));
  return changed;
}

/** A column of text takes no broken UTF-8 and no NUL, so a character gives way to another. */
function flippedText(text: string): string {
  const at = randomInt(text.length);
  const other = text[at] === 'A' ? 'B' : 'A';
  return text.slice(0, at) + other + text.slice(at + 1);
}
