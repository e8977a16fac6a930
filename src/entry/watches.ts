import { addJob, type EnterpriseId, inTransaction, toEnterpriseId, type Tx } from '#kernel';
import { refreshAllWatches, refreshWatches } from '#monitoring';
import { type BatchResult, readBorrowersOfBatch } from '#outcomes';
import type { Node } from './node.ts';

/** What institutions report changes who is watched: queued with the report, so that neither is there without the other. */
const TASK = 'refresh_watches';

/** After a batch, in its transaction; one that said nothing new changes no watch. */
export async function refreshAfterBatch(
  tx: Tx,
  { institutionId, result }: { institutionId: string; result: Pick<BatchResult, 'batchId' | 'counts'> },
): Promise<void> {
  const { batchId, counts } = result;
  if (counts.items === counts.unchanged + counts.refused) return;
  await addJob(tx, TASK, { batchId, institutionId });
}

/** After a person decided which report of an enterprise stands, in that transaction. */
export async function refreshAfterDecision(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await addJob(tx, TASK, { enterpriseId });
}

/** Does what either of them queued. */
export async function refreshByJob(
  node: Pick<Node, 'database' | 'clock'>,
  payload: Readonly<Record<string, string>>,
): Promise<void> {
  await inTransaction(node.database, async (tx) => {
    await refreshWatches(tx, node, { enterpriseIds: await enterprisesOf(tx, payload) });
  });
}

/** Every watch, each night: the register merges and separates enterprises without a report. */
export async function refreshNightly(node: Pick<Node, 'database' | 'clock'>): Promise<void> {
  await refreshAllWatches(node);
}

async function enterprisesOf(
  tx: Tx,
  { enterpriseId, batchId, institutionId }: Readonly<Record<string, string>>,
): Promise<EnterpriseId[]> {
  if (enterpriseId !== undefined) return [toEnterpriseId(enterpriseId)];
  if (batchId === undefined || institutionId === undefined)
    throw new TypeError('a job names a batch or an enterprise');
  return await readBorrowersOfBatch(tx, { batchId, institutionId });
}
