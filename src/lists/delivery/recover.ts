import { addJob, inTransaction } from '#kernel';
import type { ListsContext } from '../lists-context.ts';

/**
 * Queues whatever a crash left unfinished: deliveries received or half way, and releases a person decided.
 * Jobs are keyed, so calling it in every process at every start does no work twice.
 */
export async function recoverDeliveries(context: ListsContext): Promise<number> {
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
