import assert from 'node:assert';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { beijingDate, inTransaction, Refusal, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { from as copyFrom } from 'pg-copy-streams';
import { checkFile } from '../check/check-file.ts';
import type { CheckSummary } from '../check/check-task.ts';
import { DEFECT_COLUMNS } from '../check/columns.ts';
import { parseMapping } from '../check/mapping.ts';
import type { Contract } from '../contract/shape.ts';
import type { ListsContext } from '../lists-context.ts';
import { listsRefusal } from '../lists-refusals.ts';
import { followRegistration } from '../register/follow-registration.ts';
import { type Counts, publishStaged, withdrawStaged } from './publish.ts';
import { publishSql } from './publish-sql.ts';
import { type Delivery, finishDelivery, readDelivery, returnDelivery } from './delivery-sql.ts';
import { keysOnly } from './keys-only.ts';
import { pathOfDigest } from './store-bytes.ts';

export type Progress = (done: { bytesRead: number; bytesTotal: number; rows: number }) => void;

/**
 * Steps 2 to 4, check → match → publish, in one transaction; called again after any crash, it does the same work or
 * finds it done. Only one delivery of a contract is processed at a time. A file the node cannot take ends the
 * delivery as `refused`, with nothing published; too many bad rows end it as `returned`, with every defect kept.
 */
export async function processDelivery(context: ListsContext, deliveryNo: string, progress: Progress = () => {}): Promise<void> {
  const isMine = await announce(context, deliveryNo);
  if (!isMine) return;
  const spill = join(context.deliveriesFolder, 'incoming', `${deliveryNo}.defects`);
  try {
    await mkdir(join(context.deliveriesFolder, 'incoming'), { recursive: true });
    await inTransaction(context.database, (tx) => checkAndPublish(tx, { context, deliveryNo, spill, progress }));
  } catch (error) {
    if (!(error instanceof Refusal)) {
      await withdrawAnnouncement(context, deliveryNo);
      throw error;
    }
    await inTransaction(context.database, (tx) => refuseDelivery(tx, context, deliveryNo, error));
  } finally {
    await rm(spill, { force: true });
  }
}

/**
 * Says, committed, that records of this contract may appear with a time from now on. Readers then read as of just
 * before, so that an answer given while a publication is under way can be reproduced exactly (decision 0004).
 */
async function announce(context: ListsContext, deliveryNo: string): Promise<boolean> {
  return await inTransaction(context.database, async (tx) => {
    const rows = await tx.rows(
      `update lists.deliveries set state = 'publishing', publishing_since = coalesce(publishing_since, date_trunc('milliseconds', clock_timestamp()))
       where delivery_no = $1 and state in ('received', 'publishing') returning delivery_no`,
      [deliveryNo],
    );
    return rows.length === 1;
  });
}

async function withdrawAnnouncement(context: ListsContext, deliveryNo: string): Promise<void> {
  await inTransaction(context.database, (tx) =>
    tx.rows(
      `update lists.deliveries set state = 'received', publishing_since = null
       where delivery_no = $1 and state = 'publishing'`,
      [deliveryNo],
    ),
  );
}

type Work = { context: ListsContext; deliveryNo: string; spill: string; progress: Progress };

async function checkAndPublish(tx: Tx, work: Work): Promise<void> {
  const delivery = await lockDelivery(tx, work.deliveryNo);
  if (delivery === undefined) return; // another process finished it while this one waited
  const contract = contractOf(work.context, delivery);
  const summary = await checkInto(tx, work, { delivery, contract });
  await copyDefects(tx, delivery.deliveryNo, work.spill);
  if (isReturned(contract, summary)) {
    await returnDelivery(tx, { delivery, summary, at: work.context.clock.now() });
    await leaf(tx, work.context, delivery, { state: 'returned', rows: summary.rows });
    return;
  }
  const [{ at: knownFrom } = { at: undefined }] = await tx.rows<{ at: Date }>(
    "select date_trunc('milliseconds', clock_timestamp()) as at",
  );
  assert(knownFrom !== undefined);
  const publication = { contract, deliveryNo: delivery.deliveryNo, knownFrom, stagedRows: summary.accepted };
  const counts =
    delivery.kind === 'withdrawal' ? await withdrawStaged(tx, publication) : await publishStaged(tx, publication);
  if (contract.registers === true && delivery.kind === 'records') await followRegistration(tx, publication);
  const total = { ...counts, quarantined: counts.quarantined + summary.quarantined };
  await finishDelivery(tx, { delivery, summary, counts: total, knownFrom, at: work.context.clock.now() });
  await leaf(tx, work.context, delivery, { state: 'published', ...total, merkleRoot: summary.merkleRoot });
}

/** Waits for the contract's turn; undefined when the delivery needs nothing any more. */
async function lockDelivery(tx: Tx, deliveryNo: string): Promise<Delivery | undefined> {
  const delivery = await readDelivery(tx, deliveryNo);
  await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [CONTRACT_LOCK, delivery.contractId]);
  const again = await readDelivery(tx, deliveryNo);
  return again.state === 'publishing' ? again : undefined;
}

const CONTRACT_LOCK = 7_241_002;

/** A delivery is checked by the contract version it came under, even if a newer one is in force by now. */
function contractOf(context: ListsContext, delivery: Delivery): Contract {
  const contract = context.catalogue.contracts.get(delivery.contractId);
  if (contract === undefined) throw listsRefusal('contract.unknown', { contract: delivery.contractId });
  return delivery.kind === 'withdrawal' ? keysOnly(contract) : contract;
}

async function checkInto(
  tx: Tx,
  work: Work,
  { delivery, contract }: { delivery: Delivery; contract: Contract },
): Promise<CheckSummary> {
  const sql = publishSql(contract);
  await tx.rows(sql.createStaged);
  const copy = tx.client.query(copyFrom(sql.copyStaged));
  const copied = new Promise<void>((resolve, reject) => {
    copy.once('finish', resolve);
    copy.once('error', reject);
  });
  copied.catch(() => {}); // awaited below; an early failure must not count as unhandled
  try {
    const summary = await checkFile(
      {
        path: pathOfDigest(work.context.deliveriesFolder, delivery.digest),
        contract,
        codeTables: work.context.catalogue.codeTables,
        ...(delivery.mapping === '' ? {} : { mapping: parseMapping(delivery.mapping) }),
        today: beijingDate(work.context.clock.now()),
        deliveryNo: delivery.deliveryNo,
      },
      {
        rows: (buffer) =>
          copy.write(buffer) ? Promise.resolve() : Promise.race([new Promise<void>((drained) => copy.once('drain', drained)), copied]),
        defects: (buffer) => appendFile(work.spill, buffer),
        progress: work.progress,
      },
    );
    copy.end();
    await copied;
    return summary;
  } catch (error) {
    copy.destroy();
    await copied.catch(() => {});
    throw error;
  }
}

/** Defects wait in a file while the rows are copied: one connection copies one thing at a time. */
async function copyDefects(tx: Tx, deliveryNo: string, spill: string): Promise<void> {
  const columns = DEFECT_COLUMNS.map(({ name }) => name).join(', ');
  const typed = DEFECT_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
  await tx.rows(`create temporary table staged_defects (${typed}) on commit drop`);
  const into = tx.client.query(copyFrom(`copy staged_defects (${columns}) from stdin`));
  await pipeline(createReadStream(spill, { flags: 'a+' }), into);
  await tx.rows(`insert into lists.defects (delivery_no, ${columns}) select $1, ${columns} from staged_defects`, [deliveryNo]);
}

/** Too much of it is wrong: the department gets all of it back, with a reason and a day. */
function isReturned(contract: Contract, summary: CheckSummary): boolean {
  return summary.rows > 0 && summary.quarantined / summary.rows > contract.rejectedShareMax;
}

async function refuseDelivery(tx: Tx, context: ListsContext, deliveryNo: string, refusal: Refusal): Promise<void> {
  await tx.rows(
    `update lists.deliveries set state = 'refused', refusal = $2, finished_at = $3, publishing_since = null
     where delivery_no = $1 and state = 'publishing'`,
    [deliveryNo, JSON.stringify(refusal), context.clock.now()],
  );
  await leaf(tx, context, await readDelivery(tx, deliveryNo), { state: 'refused', code: refusal.code });
}

async function leaf(
  tx: Tx,
  context: ListsContext,
  delivery: Delivery,
  result: Readonly<Record<string, string | number | Partial<Counts>>>,
): Promise<void> {
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'delivery',
    at: context.clock.now(),
    body: { delivery: delivery.deliveryId, contract: delivery.contractId, digest: delivery.digest, ...result },
  });
  await tx.rows('update lists.deliveries set receipt = $2 where delivery_no = $1', [
    delivery.deliveryNo,
    JSON.stringify(receipt),
  ]);
}
