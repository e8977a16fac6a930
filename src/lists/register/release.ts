import assert from 'node:assert';
import { inTransaction, type Tx } from '#kernel';
import type { Contract } from '../contract/shape.ts';
import { type Counts, publishStaged } from '../delivery/publish.ts';
import { publishSql } from '../delivery/publish-sql.ts';
import type { ListsContext } from '../lists-context.ts';
import { listsRefusal } from '../lists-refusals.ts';
import { decide, lockItem, readNow } from './review.ts';

type HeldDelivery = { delivery_no: string; contract_id: string };

/** Publishes the rows that waited on an accepted item, delivery by delivery; run again after a crash it goes on. */
export async function releaseHeld(context: ListsContext, reviewNo: string): Promise<void> {
  const deliveries = await inTransaction(context.database, (tx) =>
    tx.rows<HeldDelivery>(
      `select distinct h.delivery_no, h.contract_id
       from lists.held_rows h join lists.review_items i on i.review_no = h.review_no
       where h.review_no = $1 and h.state = 'held' and i.state = 'accepted'
       order by h.delivery_no`,
      [reviewNo],
    ),
  );
  for (const delivery of deliveries) {
    const contract = contractOf(context, delivery.contract_id);
    await announce(context, delivery.delivery_no);
    await inTransaction(context.database, (tx) => releaseOne(tx, { contract, reviewNo, deliveryNo: delivery.delivery_no }));
  }
}

/**
 * Takes an accepted or rejected decision back: what it published ends now, what that had replaced is known again,
 * and the rows wait once more. Nothing is deleted; an answer given in between can still be reproduced.
 */
export async function undoReview(
  context: ListsContext,
  { reviewNo, decidedBy }: { reviewNo: string; decidedBy: string },
): Promise<void> {
  const releases = await inTransaction(context.database, (tx) => liveReleases(tx, reviewNo));
  for (const { delivery_no } of releases) await announce(context, delivery_no);
  await inTransaction(context.database, async (tx) => {
    await lockItem(tx, reviewNo, 'decided');
    const decidedAt = await readNow(tx);
    for (const release of await liveReleases(tx, reviewNo)) {
      await undoRelease(tx, contractOf(context, release.contract_id), { ...release, decidedAt });
    }
    await tx.rows(
      `update lists.enterprise_codes c set known_to = $2 from lists.review_items i
       where i.review_no = $1 and c.enterprise_id = i.enterprise_id and c.known_from = i.decided_at
         and c.delivery_no is null and c.known_to = 'infinity'`,
      [reviewNo, decidedAt],
    );
    await tx.rows(`update lists.held_rows set state = 'held' where review_no = $1`, [reviewNo]);
    await decide(tx, context, { reviewNo, state: 'open', enterpriseId: null, decidedBy, decidedAt });
  });
}

function contractOf(context: ListsContext, id: string): Contract {
  const contract = context.catalogue.contracts.get(id);
  if (contract === undefined) throw listsRefusal('contract.unknown', { contract: id });
  return contract;
}

/** As before any publication: readers are told first that records may appear (decision 0004). */
async function announce(context: ListsContext, deliveryNo: string): Promise<void> {
  await inTransaction(context.database, (tx) =>
    tx.rows(
      `update lists.deliveries set publishing_since = coalesce(publishing_since, date_trunc('milliseconds', clock_timestamp()))
       where delivery_no = $1`,
      [deliveryNo],
    ),
  );
}

async function releaseOne(
  tx: Tx,
  { contract, reviewNo, deliveryNo }: { contract: Contract; reviewNo: string; deliveryNo: string },
): Promise<void> {
  const sql = publishSql(contract);
  await tx.rows(sql.createStaged);
  const staged = await tx.client.query(sql.stageHeld, [deliveryNo, reviewNo]);
  const releasedAt = await readNow(tx);
  const stagedRows = staged.rowCount ?? 0;
  const counts = await publishStaged(tx, { contract, deliveryNo, knownFrom: releasedAt, stagedRows });
  assert.equal(counts.held, 0, 'a released row waits again');
  await tx.rows(`update lists.held_rows set state = 'released' where delivery_no = $1 and review_no = $2 and state = 'held'`, [
    deliveryNo,
    reviewNo,
  ]);
  await tx.rows(
    `insert into lists.held_releases (review_no, delivery_no, released_at, enterprise_id, counts)
     select $1, $2, $3, enterprise_id, $4 from lists.review_items where review_no = $1`,
    [reviewNo, deliveryNo, releasedAt, JSON.stringify(counts)],
  );
  await moveCounts(tx, deliveryNo, { counts, stagedRows, sign: 1 });
}

type Release = HeldDelivery & { released_at: Date; enterprise_id: string; counts: Counts };

async function liveReleases(tx: Tx, reviewNo: string): Promise<Release[]> {
  return await tx.rows<Release>(
    `select r.delivery_no, d.contract_id, r.released_at, r.enterprise_id, r.counts
     from lists.held_releases r join lists.deliveries d on d.delivery_no = r.delivery_no
     where r.review_no = $1 and r.undone_at is null
     order by r.released_at desc`,
    [reviewNo],
  );
}

async function undoRelease(tx: Tx, contract: Contract, release: Release & { decidedAt: Date }): Promise<void> {
  const sql = publishSql(contract);
  const values = [release.enterprise_id, release.released_at, release.decidedAt];
  await tx.rows(sql.endReleased, values);
  await tx.rows(sql.reviveEnded, values);
  await tx.rows('update lists.held_releases set undone_at = $3 where delivery_no = $1 and released_at = $2', [
    release.delivery_no,
    release.released_at,
    release.decidedAt,
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
