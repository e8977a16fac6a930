import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { addJob, inTransaction } from '#kernel';
import type { ListsContext } from '../lists-context.ts';
import { withdrawAnnouncement } from './announce.ts';

/** No upload rests this long between two pieces; were one swept after all, the sender is told and sends again. */
const INCOMING_REST_MS = 3_600_000;

/**
 * Clears and queues whatever a crash left unfinished: half-received files, announcements of publications that died,
 * deliveries received or half way, and releases a person decided. Jobs are keyed and clearing takes the contract's lock,
 * so calling it in every process at every start does no work twice and disturbs no live one.
 */
export async function recoverDeliveries(context: ListsContext): Promise<number> {
  await sweepIncoming(context);
  for (const deliveryNo of await readAnnounced(context)) await withdrawAnnouncement(context, deliveryNo);
  return await queueUnfinished(context);
}

async function sweepIncoming({ deliveriesFolder, clock }: ListsContext): Promise<void> {
  const incoming = join(deliveriesFolder, 'incoming');
  for (const name of await readdir(incoming).catch(noneIfMissing)) {
    const path = join(incoming, name);
    const found = await stat(path).catch(noneIfMissing);
    if ('mtimeMs' in found && clock.now().getTime() - found.mtimeMs > INCOMING_REST_MS)
      await rm(path, { force: true });
  }
}

/** Another process may take a file away at any moment: finished, or swept. */
function noneIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function readAnnounced(context: ListsContext): Promise<string[]> {
  const rows = await inTransaction(context.database, (tx) =>
    tx.rows<{ delivery_no: string }>(
      'select delivery_no from lists.deliveries where publishing_since is not null order by 1',
    ),
  );
  return rows.map(({ delivery_no }) => delivery_no);
}

async function queueUnfinished(context: ListsContext): Promise<number> {
  return await inTransaction(context.database, async (tx) => {
    const deliveries = await tx.rows<{ delivery_no: string }>(
      `select delivery_no from lists.deliveries where state in ('received', 'publishing') order by delivery_no`,
    );
    for (const { delivery_no } of deliveries) {
      await addJob(tx, 'process_delivery', { deliveryNo: delivery_no }, { key: `delivery ${delivery_no}` });
    }
    const releases = await tx.rows<{ review_no: string }>(
      `select distinct h.review_no from lists.held_rows h
       join lists.review_items i on i.review_no = h.review_no
       where h.state = 'held' and i.state = 'accepted'`,
    );
    for (const { review_no } of releases) {
      await addJob(tx, 'release_held', { reviewNo: review_no }, { key: `release ${review_no}` });
    }
    return deliveries.length + releases.length;
  });
}
