import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { beijingDate, inTransaction, Refusal, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { from as copyFrom } from 'pg-copy-streams';
import { checkFile } from '../check/check-file.ts';
import type { CheckSummary } from '../check/check-task.ts';
import { DEFECT_COLUMNS } from '../check/columns.ts';
import { type Mapping, parseMapping } from '../check/mapping.ts';
import { readContractVersion } from '../contract/in-force.ts';
import type { Contract } from '../contract/shape.ts';
import type { ListsContext } from '../lists-context.ts';
import { listsRefusal } from '../lists-refusals.ts';
import { followRegistration } from '../register/follow-registration.ts';
import { followRepresentatives } from '../register/follow-representatives.ts';
import { type Counts, publishStaged, withdrawStaged } from './publish.ts';
import { publishSql } from './publish-sql.ts';
import { type Delivery, finishDelivery, readDelivery, returnDelivery } from './delivery-sql.ts';
import { keysOnly } from './keys-only.ts';
import { lockContract, readInstant, withdrawAnnouncement } from './announce.ts';
import { openSpill, type Spill } from './spill.ts';
import { isNoSpace, pathOfDigest } from './store-bytes.ts';

export type Progress = (done: { bytesRead: number; bytesTotal: number; rows: number }) => void;

/**
 * Steps 2 to 4, check → match → publish, in one transaction; called again after any crash, it does the same work or
 * finds it done. Only one delivery of a contract is processed at a time. A file the node cannot take ends the
 * delivery as `refused`, with nothing published; too many bad rows end it as `returned`, with every defect kept.
 * Any other error leaves it to be called again; a full disk does so with `delivery.waits_for_space`.
 */
export async function processDelivery(
  context: ListsContext,
  deliveryNo: string,
  progress: Progress = () => {},
): Promise<void> {
  let isSettled = false;
  while (!isSettled && (await begin(context, deliveryNo))) {
    isSettled = await attempt({ context, deliveryNo, progress });
  }
}

/** False when the delivery needs nothing any more. */
async function begin(context: ListsContext, deliveryNo: string): Promise<boolean> {
  return await inTransaction(context.database, async (tx) => {
    const rows = await tx.rows(
      `update lists.deliveries set state = 'publishing', publishing_since = coalesce(publishing_since, date_trunc('milliseconds', clock_timestamp()))
       where delivery_no = $1 and state in ('received', 'publishing') returning delivery_no`,
      [deliveryNo],
    );
    return rows.length === 1;
  });
}

type Run = { context: ListsContext; deliveryNo: string; progress: Progress };

/** False when another process took the announcement back, so that it must be made again. */
async function attempt(run: Run): Promise<boolean> {
  const { context, deliveryNo } = run;
  try {
    return await checkWithSpill(run);
  } catch (error) {
    if (error instanceof Refusal) {
      await inTransaction(context.database, (tx) => refuseDelivery(tx, context, deliveryNo, error));
      return true;
    }
    await withdrawAnnouncement(context, deliveryNo).catch((second: unknown) => {
      context.logger.warn(
        { delivery: deliveryNo, error: nameOf(second) },
        'announcement stays until the next recovery',
      );
    });
    throw isNoSpace(error) ? listsRefusal('delivery.waits_for_space', { delivery: deliveryNo }) : error;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

async function checkWithSpill(run: Run): Promise<boolean> {
  const spill = await openSpill(run.context.deliveriesFolder);
  try {
    return await inTransaction(run.context.database, (tx) => checkAndPublish(tx, { ...run, spill }));
  } finally {
    await spill.close();
  }
}

type Work = Run & { spill: Spill };

async function checkAndPublish(tx: Tx, work: Work): Promise<boolean> {
  const delivery = await lockDelivery(tx, work.deliveryNo);
  if (delivery.state !== 'publishing') return delivery.state !== 'received'; // finished by another process meanwhile, or not
  const contract = await contractOf(tx, work.context, delivery);
  await tx.rows("set local work_mem = '256MB'"); // one sort and one join of the whole delivery, in this transaction alone
  const summary = await checkInto(tx, work, { delivery, contract });
  await copyDefects(tx, delivery.deliveryNo, work.spill);
  if (isReturned(contract, summary)) {
    await returnDelivery(tx, { delivery, summary, at: work.context.clock.now() });
    await leaf(tx, work.context, delivery, { state: 'returned', rows: summary.rows });
    return true;
  }
  const knownFrom = await readInstant(tx, delivery.contractId);
  const { deliveryNo, provider } = delivery;
  const publication = { contract, deliveryNo, provider, knownFrom, stagedRows: summary.accepted };
  const counts =
    delivery.kind === 'withdrawal'
      ? await withdrawStaged(tx, publication)
      : await publishStaged(tx, publication);
  if (contract.registers === true && delivery.kind === 'records') {
    await followRegistration(tx, publication);
    await followRepresentatives(tx, work.context, publication);
  }
  const total = { ...counts, quarantined: counts.quarantined + summary.quarantined };
  await finishDelivery(tx, { delivery, summary, counts: total, knownFrom, at: work.context.clock.now() });
  await leaf(tx, work.context, delivery, { state: 'published', ...total, merkleRoot: summary.merkleRoot });
  return true;
}

/** The delivery as it is once the contract's turn has come. */
async function lockDelivery(tx: Tx, deliveryNo: string): Promise<Delivery> {
  const { contractId } = await readDelivery(tx, deliveryNo);
  await lockContract(tx, contractId);
  return await readDelivery(tx, deliveryNo);
}

/** A delivery is checked by the contract version it came under, even if a newer one is in force by now. */
async function contractOf(tx: Tx, context: ListsContext, delivery: Delivery): Promise<Contract> {
  const current = context.catalogue.contracts.get(delivery.contractId);
  const contract =
    current?.hash === delivery.contractHash
      ? current
      : await readContractVersion(tx, delivery.contractId, delivery.contractHash);
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
  let failure: Error | undefined;
  const copied = new Promise<void>((resolve, reject) => {
    copy.once('finish', resolve);
    copy.on('error', (error) => {
      failure ??= error; // what follows it only says that the copy has ended
      reject(error);
    });
  });
  copied.catch(() => {}); // awaited below; an early failure must not count as unhandled
  try {
    const summary = await checkFile(
      {
        path: pathOfDigest(work.context.deliveriesFolder, delivery.digest),
        contract,
        codeTables: work.context.catalogue.codeTables,
        mapping: mappingOf(delivery, contract),
        today: beijingDate(work.context.clock.now()),
        deliveryNo: delivery.deliveryNo,
      },
      {
        rows: async (buffer) => {
          if (failure !== undefined) throw failure;
          if (!copy.write(buffer)) await Promise.race([once(copy, 'drain'), copied]);
        },
        defects: (buffer) => work.spill.write(buffer),
        progress: work.progress,
      },
    );
    copy.end();
    await copied;
    return summary;
  } catch (error) {
    const cause = failure ?? error; // destroying the copy is a failure of its own
    copy.destroy();
    await copied.catch(() => {});
    throw cause;
  }
}

/** Whose rows an institution gives is no word of its file. */
function mappingOf({ mapping, provider }: Delivery, { id, givenBackBy }: Contract): Mapping | undefined {
  const parsed = mapping === '' ? undefined : parseMapping(mapping);
  if (givenBackBy === undefined) return parsed;
  const base = parsed ?? { contract: id };
  return { ...base, constants: { ...base.constants, [givenBackBy]: provider } };
}

/** Defects wait in a file while the rows are copied: one connection copies one thing at a time. */
async function copyDefects(tx: Tx, deliveryNo: string, spill: Spill): Promise<void> {
  const columns = DEFECT_COLUMNS.map(({ name }) => name).join(', ');
  const typed = DEFECT_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
  await tx.rows(`create temporary table staged_defects (${typed}) on commit drop`);
  const into = tx.client.query(copyFrom(`copy staged_defects (${columns}) from stdin`));
  await pipeline(spill.read(), into);
  await tx.rows(
    `insert into lists.defects (delivery_no, ${columns}) select $1, ${columns} from staged_defects`,
    [deliveryNo],
  );
}

/** Too much of it is wrong: the department gets all of it back, with a reason and a day. */
function isReturned(contract: Contract, summary: CheckSummary): boolean {
  return summary.rows > 0 && summary.quarantined / summary.rows > contract.rejectedShareMax;
}

async function refuseDelivery(
  tx: Tx,
  context: ListsContext,
  deliveryNo: string,
  refusal: Refusal,
): Promise<void> {
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
    body: {
      delivery: delivery.deliveryId,
      contract: delivery.contractId,
      digest: delivery.digest,
      ...result,
    },
  });
  await tx.rows('update lists.deliveries set receipt = $2 where delivery_no = $1', [
    delivery.deliveryNo,
    JSON.stringify(receipt),
  ]);
}
