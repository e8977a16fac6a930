import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type EmbeddedServer,
  inTransaction,
  openDatabase,
  openEmbedded,
  readEnv,
  silentLogger,
} from '#kernel';
import { prepareTemplate } from '../support/template.ts';
import { cloneDatabase } from '../support/database.ts';
import { accountedRows, openTestLists } from '../support/lists.ts';
import { processDelivery, readReceipt, receive } from '#lists';
import {
  assertSameContent,
  assertSwept,
  assertWhole,
  type Content,
  deliverAll,
  makeFolders,
  readContent,
  startDeliverer,
} from '../support/delivery-crash.ts';
import { listsOn } from '../support/lists-on.ts';
import { CONTRACT, HEAD, row, sampleFiles } from '../support/sample-penalties.ts';
import { ask, isRunning, makeTestFolder, waitUntilEnded } from '../support/server-process.ts';

const IS_LONG = readEnv().XINQIAO_TEST_LONG === '1';
const KILLS = IS_LONG ? 100 : 1;
const FILES = sampleFiles(IS_LONG ? 600 : 300);
let undisturbed: Content = {};
let workMs = 0;

before(async () => {
  const cleanups: (() => void | Promise<void>)[] = [];
  const t = { after: (work: () => void | Promise<void>) => cleanups.push(work) };
  const database = await cloneDatabase(t);
  workMs = await deliverAll(database.url, makeFolders(t, FILES));
  undisturbed = await readContent(database);
  for (const work of cleanups) await work();
});

/** What is killed: the whole server, or the one session that works, which makes the server restart its sessions. */
const VICTIMS = ['postmaster', 'backend'] as const;

for (const victim of VICTIMS) {
  test(`kill -9 of PostgreSQL's ${victim} at ${KILLS} random moments: each delivery is there exactly once or not at all`, async (t) => {
    const folder = makeTestFolder(t);
    let server = await openOwn(folder);
    t.after(() => server.stop());
    await prepare(server.url);
    const folders = makeFolders(t, FILES);
    for (let kills = 0, hasFinished = false; !hasFinished; ) {
      const deliverer = startDeliverer(server.url, folders);
      await deliverer.saw('ready');
      if (kills < KILLS) {
        await Promise.race([delay(randomInt(workMs)), deliverer.ended]);
        const pid = victim === 'postmaster' ? server.processId : await findWorker(server.url);
        if (pid !== undefined) {
          process.kill(pid, 'SIGKILL');
          await waitUntilEnded(pid);
          kills += 1;
        }
      }
      const end = await deliverer.ended; // must end by itself: a lost connection is an error, never a wait
      hasFinished = end.hasFinished;
      if (!isRunning(server.processId)) server = await openOwn(folder);
      await waitUntilAnswers(server.url);
      await checkWhole(server.url);
    }
    const database = openDatabase(server.url, 3);
    assertSameContent(await readContent(database), undisturbed);
    await assertSwept(listsOn(database, folders.node));
    await database.close();
    await server.stop();
  });
}

/** The statements of a publication, by how the server names them while they are the session's last. */
const STATEMENTS = ['copy staged (%', 'copy staged_defects%', '%insert into lists.n08_penalty_v1%'] as const;

for (const statement of STATEMENTS) {
  test(`a session that ends at "${statement}" is an error for its delivery, which goes on when called again`, async (t) => {
    const context = await openTestLists(t);
    const lines = Array.from({ length: 20_000 }, (_, n) =>
      row(n, { no: `断${n}`, decidedOn: n % 20 === 0 ? '不详' : '2026-03-01' }),
    );
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
    const content = Buffer.from(HEAD + lines.join(''));
    const { deliveryNo, deliveryId } = await receive(context, request, Readable.from([content]));
    const failing = assert.rejects(processDelivery(context, deliveryNo));
    let ended = 0;
    while (ended === 0) {
      const found = await inTransaction(context.database, (tx) =>
        tx.rows<object>(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and ltrim(query, E' \\n') like $1`,
          [statement],
        ),
      );
      ended = found.length;
    }
    await failing;
    await assertWhole(context.database);
    await processDelivery(context, deliveryNo);
    const receipt = await inTransaction(context.database, (tx) => readReceipt(tx, { delivery: deliveryId }));
    assert.deepEqual(
      [receipt.state, accountedRows(receipt), receipt.quarantined],
      ['partly_published', 20_000, 1_000],
    );
    await assertWhole(context.database);
  });
}

function openOwn(folder: string): Promise<EmbeddedServer> {
  return openEmbedded({ folder, logger: silentLogger, onExit: () => {} });
}

async function prepare(url: string): Promise<void> {
  const database = openDatabase(url, 2);
  await prepareTemplate(database);
  await database.close();
}

async function checkWhole(url: string): Promise<void> {
  const database = openDatabase(url, 2);
  await assertWhole(database);
  await database.close();
}

async function findWorker(url: string): Promise<number | undefined> {
  const [found] = await ask<{ pid: number }>(
    url,
    `select pid from pg_stat_activity
     where application_name = 'xinqiao' and backend_type = 'client backend' and pid <> pg_backend_pid()
     order by xact_start nulls last limit 1`,
  );
  return found?.pid;
}

/** After a crash of one session the server recovers by itself and refuses connections meanwhile. */
async function waitUntilAnswers(url: string): Promise<void> {
  for (let looks = 0; ; looks += 1) {
    try {
      await ask(url, 'select 1');
      return;
    } catch (error) {
      assert(looks < 500, error instanceof Error ? error.message : 'no answer');
      await delay(20);
    }
  }
}
