import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import {
  inTransaction,
  type EmbeddedServer,
  openDatabase,
  openEmbedded,
  Refusal,
  silentLogger,
} from '#kernel';
import {
  type ListsContext,
  processDelivery,
  type Received,
  readReceipt,
  receive,
  recoverDeliveries,
} from '#lists';
import { assertWhole } from '../support/delivery-crash.ts';
import { accountedRows, openTestLists } from '../support/lists.ts';
import { listsOn } from '../support/lists-on.ts';
import { CONTRACT, HEAD, row } from '../support/sample-penalties.ts';
import { makeTestFolder } from '../support/server-process.ts';
import { prepareTemplate } from '../support/template.ts';

/** Mounting a small disk takes rights that a test does not have everywhere; then it says so and does not pass silently. */
const skip = whyNotMountable();

function whyNotMountable(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'mounting a small disk needs root on Linux';
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return false;
  } catch {
    return 'this machine does not let tests mount a disk';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A disk of this size in a folder of its own, until the test ends. Returns the folder. */
function mountSmall(t: Pick<TestContext, 'after'>, megabytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  t.after(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Lists whose stored bytes are on such a disk. */
async function openOnDisk(t: TestContext, megabytes: number): Promise<ListsContext> {
  return { ...(await openTestLists(t)), deliveriesFolder: mountSmall(t, megabytes) };
}

/** Takes what is left of the disk, but for about so many bytes; returns the file to remove. */
function fill(folder: string, leaveBytes: number): string {
  const path = join(folder, 'ballast');
  const piece = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeFileSync(path, piece, { flag: 'a' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
  execFileSync('truncate', ['-s', `-${leaveBytes}`, path]);
  return path;
}

function penalties(from: number, count: number, bad: (n: number) => boolean = () => false): string {
  return (
    HEAD +
    Array.from({ length: count }, (_, at) =>
      row(from + at, { no: `盘${from + at}`, decidedOn: bad(at) ? '不详' : '2026-03-01' }),
    ).join('')
  );
}

function take(context: ListsContext, content: string): Promise<Received> {
  const provider = context.catalogue.contracts.get(CONTRACT)?.provider ?? '';
  const request = {
    contractId: CONTRACT,
    provider,
    kind: 'records',
    fileName: 'a.csv',
    mapping: '',
    isSynthetic: true,
    receivedBy: 'test',
  } as const;
  return receive(context, request, Readable.from([Buffer.from(content)]));
}

async function receiptOf(context: ListsContext, { deliveryId }: Received) {
  return await inTransaction(context.database, (tx) => readReceipt(tx, { delivery: deliveryId }));
}

const isCode = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

test('a full disk under the deliveries refuses the file, changes nothing, and takes it once there is space', {
  skip,
}, async (t) => {
  const context = await openOnDisk(t, 2);
  const content = penalties(0, 2_000);
  const ballast = fill(context.deliveriesFolder, 100_000);
  await assert.rejects(take(context, content), isCode('delivery.no_space'));
  assert.deepEqual(
    readdirSync(join(context.deliveriesFolder, 'incoming')),
    [],
    'the partial file takes space',
  );
  const deliveries = await inTransaction(context.database, (tx) =>
    tx.rows<object>('select from lists.deliveries'),
  );
  assert.equal(deliveries.length, 0);
  rmSync(ballast);
  const received = await take(context, content);
  await processDelivery(context, received.deliveryNo);
  assert.equal((await receiptOf(context, received)).new, 2_000);
});

test('a disk that fills while defects wait on it leaves the delivery unfinished; it completes once there is space', {
  skip,
}, async (t) => {
  const context = await openOnDisk(t, 3);
  const received = await take(
    context,
    penalties(0, 10_000, (n) => n % 11 === 0),
  );
  const ballast = fill(context.deliveriesFolder, 0);
  await assert.rejects(processDelivery(context, received.deliveryNo), isCode('delivery.waits_for_space'));
  assert.equal((await receiptOf(context, received)).state, 'received');
  await assertWhole(context.database);
  rmSync(ballast);
  await processDelivery(context, received.deliveryNo);
  const receipt = await receiptOf(context, received);
  assert.deepEqual([receipt.quarantined, accountedRows(receipt)], [910, 10_000]);
  await assertWhole(context.database);
});

test('a full disk under PostgreSQL leaves the delivery unfinished; it completes once there is space', {
  skip,
}, async (t) => {
  const base = makeTestFolder(t);
  let server: EmbeddedServer | undefined;
  t.after(() => server?.stop());
  const disk = mountSmall(t, 320);
  server = await openEmbedded({ folder: disk, logger: silentLogger, onExit: () => {} });
  let database = openDatabase(server.url, 4);
  await prepareTemplate(database);
  let context = listsOn(database, base);
  const before = await take(context, penalties(0, 500));
  await processDelivery(context, before.deliveryNo);
  const received = await take(
    context,
    penalties(500, 40_000, (n) => n % 50 === 0),
  );
  const ballast = fill(disk, 3_000_000);
  await assert.rejects(processDelivery(context, received.deliveryNo), isCode('delivery.waits_for_space'));
  rmSync(ballast);
  await database.close();
  await server.stop(); // where the log of the database itself had no room, the server has stopped by itself
  server = await openEmbedded({ folder: disk, logger: silentLogger, onExit: () => {} });
  database = openDatabase(server.url, 4);
  context = listsOn(database, base);
  await assertWhole(database);
  await recoverDeliveries(context);
  await processDelivery(context, received.deliveryNo);
  const receipt = await receiptOf(context, received);
  assert.deepEqual([receipt.new, receipt.quarantined, accountedRows(receipt)], [39_200, 800, 40_000]);
  assert.equal((await receiptOf(context, before)).new, 500);
  await assertWhole(database);
  await database.close();
});
