import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { type Database, inTransaction, openKeyStore, readEnv, silentLogger } from '#kernel';
import { readConsistency, startSequencer, verifyCheckpoint, verifyConsistency } from '#security';
import { cloneDatabase } from '../support/database.ts';

const ROUNDS = readEnv().XINQIAO_TEST_LONG === '1' ? 60 : 3;
const CHILD = join(import.meta.dirname, 'log-crash-child.ts');

/** Runs the writer until it has acknowledged `wanted` leaves, kills it, and returns what it acknowledged. */
async function killAfter(
  wanted: number,
  parts: { database: Database; keyFolder: string },
): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, parts.database.url, parts.keyFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.length === 'rcp_'.length + 26) acknowledged.push(line);
    if (acknowledged.length >= wanted) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

type Places = { receipt_id: string; entry_index: string | null; waits: boolean };

function readPlaces(database: Database): Promise<Places[]> {
  return inTransaction(database, (tx) =>
    tx.rows<Places>(`
      select receipt_id, entry_index, exists
        (select from security.leaf_outbox o where o.receipt_id = r.receipt_id) as waits
      from security.receipts r left join security.log_entries using (receipt_id)`),
  );
}

function readNotes(database: Database): Promise<{ note: string }[]> {
  return inTransaction(database, (tx) =>
    tx.rows<{ note: string }>('select note from security.log_checkpoints order by tree_size'),
  );
}

test('a kill at any moment loses no acknowledged leaf, doubles none, and never forks the tree', async (t) => {
  const database = await cloneDatabase(t);
  const keyFolder = mkdtempSync(join(tmpdir(), 'keys-'));
  t.after(() => rmSync(keyFolder, { recursive: true }));
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    acknowledged.push(...(await killAfter(20 + ((round * 137) % 400), { database, keyFolder })));
    for (const { entry_index, waits } of await readPlaces(database)) {
      assert.equal(
        waits,
        entry_index === null,
        'a leaf waits or stands in the tree, never both, never neither',
      );
    }
  }
  const keys = openKeyStore(keyFolder);
  const parts = { database, keys, origin: 'other.example/log', logger: silentLogger };
  const sequencer = startSequencer(parts);
  await sequencer.drain();
  await sequencer.stop();
  const places = await readPlaces(database);
  const indexes = places.map(({ entry_index }) => Number(entry_index)).sort((a, b) => a - b);
  assert.deepEqual(indexes, Array.from(places.keys()), 'entries are numbered without gap or double');
  const known = new Set(places.map(({ receipt_id }) => receipt_id));
  for (const id of acknowledged) assert(known.has(id), `acknowledged leaf ${id} is lost`);

  const heads = (await readNotes(database)).map(({ note }) =>
    verifyCheckpoint(note, keys.get('log').publicKey),
  );
  const last = heads.at(-1);
  assert(last !== undefined && last.size === places.length);
  for (const head of heads) {
    assert(
      head !== undefined && head.origin === 'node.example/log',
      'the log keeps the name of its first checkpoint',
    );
    const proof = await readConsistency(database, { older: head.size, newer: last.size });
    assert(verifyConsistency(head, last, proof), `checkpoint ${head.size} is a prefix of the last`);
  }
});
