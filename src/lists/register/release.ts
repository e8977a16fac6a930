import assert from 'node:assert';
import { inTransaction, type Tx } from '#kernel';
import type { Contract } from '../contract/shape.ts';
import {
  announce,
  isAnnounced,
  lockContract,
  readInstant,
  withdrawAnnouncement,
} from '../delivery/announce.ts';
import { keysOnly } from '../delivery/keys-only.ts';
import { type Counts, publishStaged, withdrawStaged } from '../delivery/publish.ts';
import { publishSql } from '../delivery/publish-sql.ts';
import type { ListsContext } from '../lists-context.ts';
import { listsRefusal } from '../lists-refusals.ts';
import { followRepresentatives } from './follow-representatives.ts';
import { decide, lockItem, readNow } from './review.ts';

type HeldDelivery = {
  delivery_no: string;
  contract_id: string;
  provider: string;
  kind: 'records' | 'withdrawal';
};

/** Publishes the rows that waited on an accepted item, delivery by delivery; run again after a crash it goes on. */
export async function releaseHeld(context: ListsContext, reviewNo: string): Promise<void> {
  const deliveries = await inTransaction(context.database, (tx) =>
    tx.rows<HeldDelivery>(
      `select distinct h.delivery_no, h.contract_id, d.provider, d.kind
       from lists.held_rows h
       join lists.review_items i on i.review_no = h.review_no
       join lists.deliveries d on d.delivery_no = h.delivery_no
       where h.review_no = $1 and h.state = 'held' and i.state = 'accepted'
       order by h.delivery_no`,
      [reviewNo],
    ),
  );
  for (const delivery of deliveries) {
    const whole = contractOf(context, delivery.contract_id);
    const contract = delivery.kind === 'withdrawal' ? keysOnly(whole) : whole; // as when the delivery was checked
    const numbers = [delivery.delivery_no];
    await announced(context, numbers, (tx) => releaseOne(tx, { context, contract, reviewNo, delivery }));
  }
}

/**
 * Takes an accepted or rejected decision back: what it published ends now, what that had replaced is known again,
 * and the rows wait once more. Nothing is deleted; an answer given in between can still be reproduced.
 */
export async function undoReview(
  context: ListsContext,
  act: { reviewNo: string; decidedBy: string },
): Promise<void> {
  let isDone = false;
  while (!isDone) {
    const releases = await inTransaction(context.database, (tx) => liveReleases(tx, act.reviewNo));
    const numbers = [...new Set(releases.map(({ delivery_no }) => delivery_no))];
    isDone = await announced(context, numbers, (tx) => undoAll(tx, context, { ...act, numbers }));
  }
}

/**
 * Runs one publication under its announcements, made again whenever another process has cleared one of them.
 * Returns what the work returns; when the work fails, the announcements are taken back.
 */
async function announced<Result>(
  context: ListsContext,
  deliveryNos: readonly string[],
  work: (tx: Tx) => Promise<Result | 'not_announced'>,
): Promise<Result> {
  try {
    for (;;) {
      for (const deliveryNo of deliveryNos) await announce(context, deliveryNo);
      const result = await inTransaction(context.database, work);
      if (result !== 'not_announced') return result;
    }
  } catch (error) {
    for (const deliveryNo of deliveryNos) {
      await withdrawAnnouncement(context, deliveryNo).catch(() => {
        context.logger.warn({ delivery: deliveryNo }, 'announcement stays until the next recovery');
      });
    }
    throw error;
  }
}

type Undoing = { reviewNo: string; decidedBy: string; numbers: readonly string[] };

/** Locks come in one order everywhere: contracts, then the item. False when releases came in meanwhile. */
async function undoAll(
  tx: Tx,
  context: ListsContext,
  { reviewNo, decidedBy, numbers }: Undoing,
): Promise<boolean | 'not_announced'> {
  const contractIds = new Set((await liveReleases(tx, reviewNo)).map(({ contract_id }) => contract_id));
  for (const contractId of [...contractIds].sort()) await lockContract(tx, contractId);
  await lockItem(tx, reviewNo, 'decided');
  const releases = await liveReleases(tx, reviewNo);
  for (const { delivery_no } of releases) {
    if (!numbers.includes(delivery_no)) return false;
    if (!(await isAnnounced(tx, delivery_no))) return 'not_announced';
  }
  for (const release of releases) {
    const undoneAt = await readInstant(tx, release.contract_id);
    await undoRelease(tx, contractOf(context, release.contract_id), { ...release, undoneAt });
  }
  const decidedAt = await readNow(tx);
  await tx.rows(
    `update lists.enterprise_codes c set known_to = $2 from lists.review_items i
     where i.review_no = $1 and c.enterprise_id = i.enterprise_id and c.known_from = i.decided_at
       and c.delivery_no is null and c.known_to = 'infinity'`,
    [reviewNo, decidedAt],
  );
  await tx.rows(`update lists.held_rows set state = 'held' where review_no = $1`, [reviewNo]);
  await decide(tx, context, { reviewNo, state: 'open', enterpriseId: null, decidedBy, decidedAt });
  return true;
}

function contractOf(context: ListsContext, id: string): Contract {
  const contract = context.catalogue.contracts.get(id);
  if (contract === undefined) throw listsRefusal('contract.unknown', { contract: id });
  return contract;
}

type Releasing = {
  context: ListsContext;
  contract: Contract;
  reviewNo: string;
  delivery: HeldDelivery;
};

async function releaseOne(
  tx: Tx,
  { context, contract, reviewNo, delivery }: Releasing,
): Promise<boolean | 'not_announced'> {
  const deliveryNo = delivery.delivery_no;
  await lockContract(tx, contract.id);
  if (!(await isAnnounced(tx, deliveryNo))) return 'not_announced';
  const sql = publishSql(contract);
  await tx.rows(sql.createStaged);
  const stagedRows = (await isAccepted(tx, reviewNo))
    ? await stageHeld(tx, sql.stageHeld, { deliveryNo, reviewNo })
    : 0;
  const knownFrom = await readInstant(tx, contract.id);
  const publication = { contract, deliveryNo, provider: delivery.provider, knownFrom, stagedRows };
  const publish = delivery.kind === 'withdrawal' ? withdrawStaged : publishStaged;
  const counts = stagedRows === 0 ? NOTHING : await publish(tx, publication); // released, or undone, by another process
  assert.equal(counts.held, 0, 'a released row waits again');
  if (stagedRows > 0) await recordRelease(tx, { reviewNo, deliveryNo, releasedAt: knownFrom, counts });
  if (stagedRows > 0 && delivery.kind === 'records') {
    const enterpriseId = await readDecided(tx, reviewNo);
    await followRepresentatives(tx, context, { contract, deliveryNo, knownFrom, enterpriseId });
  }
  await moveCounts(tx, deliveryNo, { counts, stagedRows, sign: 1 });
  return true;
}

const NOTHING: Counts = {
  new: 0,
  changed: 0,
  unchanged: 0,
  held: 0,
  quarantined: 0,
  duplicateInFile: 0,
  withdrawn: 0,
};

async function readDecided(tx: Tx, reviewNo: string): Promise<string> {
  const [item] = await tx.rows<{ enterprise_id: string }>(
    'select enterprise_id from lists.review_items where review_no = $1',
    [reviewNo],
  );
  assert(item !== undefined, 'what is released was decided');
  return item.enterprise_id;
}

/** Shared until the release commits, so that an undo waits for it. */
async function isAccepted(tx: Tx, reviewNo: string): Promise<boolean> {
  const rows = await tx.rows<object>(
    `select from lists.review_items where review_no = $1 and state = 'accepted' for share`,
    [reviewNo],
  );
  return rows.length === 1;
}

async function stageHeld(
  tx: Tx,
  statement: string,
  { deliveryNo, reviewNo }: { deliveryNo: string; reviewNo: string },
): Promise<number> {
  const staged = await tx.client.query(statement, [deliveryNo, reviewNo]);
  return staged.rowCount ?? 0;
}

async function recordRelease(
  tx: Tx,
  {
    reviewNo,
    deliveryNo,
    releasedAt,
    counts,
  }: { reviewNo: string; deliveryNo: string; releasedAt: Date; counts: Counts },
): Promise<void> {
  await tx.rows(
    `update lists.held_rows set state = 'released' where delivery_no = $1 and review_no = $2 and state = 'held'`,
    [deliveryNo, reviewNo],
  );
  await tx.rows(
    `insert into lists.held_releases (review_no, delivery_no, released_at, enterprise_id, counts)
     select $1, $2, $3, enterprise_id, $4 from lists.review_items where review_no = $1`,
    [reviewNo, deliveryNo, releasedAt, JSON.stringify(counts)],
  );
}

type Release = HeldDelivery & { released_at: Date; enterprise_id: string; counts: Counts };

async function liveReleases(tx: Tx, reviewNo: string): Promise<Release[]> {
  return await tx.rows<Release>(
    `select r.delivery_no, d.contract_id, d.provider, d.kind, r.released_at, r.enterprise_id, r.counts
     from lists.held_releases r join lists.deliveries d on d.delivery_no = r.delivery_no
     where r.review_no = $1 and r.undone_at is null
     order by r.released_at desc`,
    [reviewNo],
  );
}

async function undoRelease(tx: Tx, contract: Contract, release: Release & { undoneAt: Date }): Promise<void> {
  const sql = publishSql(contract);
  const values = [release.enterprise_id, release.released_at, release.undoneAt];
  await tx.rows(sql.endReleased, values);
  await tx.rows(release.kind === 'withdrawal' ? sql.reviveWithdrawn : sql.reviveEnded, values);
  await tx.rows('update lists.held_releases set undone_at = $3 where delivery_no = $1 and released_at = $2', [
    release.delivery_no,
    release.released_at,
    release.undoneAt,
  ]);
  const { new: made, changed, unchanged, quarantined, duplicateInFile } = release.counts;
  const stagedRows = made + changed + unchanged + quarantined + duplicateInFile;
  await moveCounts(tx, release.delivery_no, { counts: release.counts, stagedRows, sign: -1 });
}

/** Rows move between fates of their delivery; its total never changes. */
async function moveCounts(
  tx: Tx,
  deliveryNo: string,
  { counts, stagedRows, sign }: { counts: Counts; stagedRows: number; sign: 1 | -1 },
): Promise<void> {
  await tx.rows(
    `update lists.deliveries
     set held_rows = held_rows - $2::integer, new_rows = new_rows + $3, changed_rows = changed_rows + $4,
       unchanged_rows = unchanged_rows + $5, quarantined_rows = quarantined_rows + $6,
       duplicate_rows = duplicate_rows + $7, publishing_since = null,
       state = case when held_rows - $2::integer = 0 and quarantined_rows + $6 = 0 then 'published' else 'partly_published' end
     where delivery_no = $1`,
    [
      deliveryNo,
      sign * stagedRows,
      sign * counts.new,
      sign * counts.changed,
      sign * counts.unchanged,
      sign * counts.quarantined,
      sign * counts.duplicateInFile,
    ],
  );
}
