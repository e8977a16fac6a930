import { type EnterpriseId, newId, type Tx } from '#kernel';

export type ConflictRow = {
  readonly conflictId: string;
  readonly itemId: string;
  readonly standingFiling: string;
  readonly otherFiling: string;
  readonly foundAt: Date;
};

const COLUMNS = `conflict_id as "conflictId", item_id as "itemId", standing_filing as "standingFiling",
  other_filing as "otherFiling", found_at as "foundAt"`;

export async function findOpenConflict(
  tx: Tx,
  { enterpriseId, itemId }: { enterpriseId: EnterpriseId; itemId: string },
): Promise<ConflictRow | undefined> {
  const [row] = await tx.rows<ConflictRow>(
    `select ${COLUMNS} from rights.item_conflicts
     where enterprise_id = $1 and item_id = $2 and settled_at is null`,
    [enterpriseId, itemId],
  );
  return row;
}

export async function readOpenConflicts(tx: Tx, enterpriseId: EnterpriseId): Promise<ConflictRow[]> {
  return await tx.rows<ConflictRow>(
    `select ${COLUMNS} from rights.item_conflicts
     where enterprise_id = $1 and settled_at is null order by found_at, conflict_id limit 500`,
    [enterpriseId],
  );
}

export async function openConflict(
  tx: Tx,
  found: Omit<ConflictRow, 'conflictId' | 'foundAt'> & { enterpriseId: EnterpriseId; at: Date },
): Promise<string> {
  const conflictId = newId('cfl', found.at);
  await tx.rows(
    `insert into rights.item_conflicts (enterprise_id, conflict_id, item_id, standing_filing, other_filing, found_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [found.enterpriseId, conflictId, found.itemId, found.standingFiling, found.otherFiling, found.at],
  );
  return conflictId;
}

export async function closeConflict(
  tx: Tx,
  settled: { enterpriseId: EnterpriseId; conflictId: string; chosen: string; by: string; at: Date },
): Promise<void> {
  await tx.rows(
    `update rights.item_conflicts set chosen_filing = $3, settled_by = $4, settled_at = $5
     where enterprise_id = $1 and conflict_id = $2 and settled_at is null`,
    [settled.enterpriseId, settled.conflictId, settled.chosen, settled.by, settled.at],
  );
}
