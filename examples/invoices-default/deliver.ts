import { inTransaction } from '#kernel';
import {
  type DeliveryReceipt,
  type ListsContext,
  processDelivery,
  readReceipt,
  receive,
  requireContract,
} from '#lists';
import { type Direction, type Firm, joinFiles, mappingOf } from './files.ts';

/** Delivers all invoices of one direction through the node's own collection; the receipt counts every row. */
export async function deliverInvoices(
  lists: ListsContext,
  folder: string,
  { direction, firms }: { readonly direction: Direction; readonly firms: readonly Firm[] },
): Promise<DeliveryReceipt> {
  const contract = requireContract(lists, 'v22_invoices');
  const { deliveryNo, deliveryId } = await receive(
    lists,
    {
      contractId: contract.id,
      provider: contract.provider,
      kind: 'records',
      fileName: `${direction}.csv`,
      mapping: mappingOf(direction, firms),
      isSynthetic: false,
      receivedBy: 'example:invoices-default',
    },
    joinFiles(folder, direction),
  );
  await processDelivery(lists, deliveryNo);
  return await inTransaction(lists.database, (tx) => readReceipt(tx, { delivery: deliveryId }));
}
