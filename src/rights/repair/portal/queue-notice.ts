import { newId, type Tx } from '#kernel';
import type { StoredRepair } from '../definition/repair.ts';

/** Queues what the portal is told of one of its applications, in the transaction of the change; of others nothing. */
export async function noteToPortal(
  tx: Tx,
  { repair, state, at }: { readonly repair: StoredRepair; readonly state: string; readonly at: Date },
): Promise<void> {
  if (repair.entrance !== 'portal') return;
  await tx.rows(
    `insert into rights.repair_portal_notices (notice_id, number, repair_id, state, at, due_at)
     select $1, n.number, n.repair_id, $3, $4::timestamptz, $4::timestamptz
     from rights.repair_portal_numbers n where n.repair_id = $2`,
    [newId('rpn', at), repair.repairId, state, at],
  );
}
