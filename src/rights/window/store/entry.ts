import type { Selectable } from 'kysely';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Capacity } from '#platform';
import type { WindowActId } from './act-words.ts';
import type { EntryState, WindowTables } from './tables.ts';

/** What was entered for whom, and where it stands; no word of the person or of the matter. */
export type Entry = {
  readonly enterpriseId: EnterpriseId;
  readonly entryId: string;
  readonly act: WindowActId;
  readonly capacity: Capacity;
  readonly digest: string;
  readonly scanDigest: string;
  readonly mandateDigest: string | null;
  readonly state: EntryState;
  readonly enteredBy: string;
  readonly enteredAt: Date;
  /** Past it, what nobody checked is undone. */
  readonly checkBy: Date;
  readonly madeId: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly reason: string | null;
  readonly refusal: string | null;
  readonly printedAt: Date | null;
  readonly receiptId: string;
  readonly decidedReceiptId: string | null;
};

export const OPEN_STATES: readonly EntryState[] = ['entered', 'in_effect', 'acting'];

export type EntryRow = Selectable<WindowTables['rights.window_entries']>;

/** Of an enterprise and of those merged into it, newest first. */
export async function selectEntries(
  tx: Tx,
  enterpriseIds: readonly EnterpriseId[],
  limit: number,
): Promise<Entry[]> {
  const rows = await tx
    .tables<WindowTables>()
    .selectFrom('rights.window_entries')
    .selectAll()
    .where('enterprise_id', 'in', [...enterpriseIds])
    .orderBy('entry_id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toEntry);
}

export function toEntry(row: EntryRow): Entry {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    entryId: row.entry_id,
    act: row.act as WindowActId, // written by `insertEntry` alone
    capacity: row.capacity,
    digest: row.digest,
    scanDigest: row.scan_digest,
    mandateDigest: row.mandate_digest,
    state: row.state,
    enteredBy: row.entered_by,
    enteredAt: row.entered_at,
    checkBy: row.check_by,
    madeId: row.made_id,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    reason: row.reason,
    refusal: row.refusal,
    printedAt: row.printed_at,
    receiptId: row.receipt_id,
    decidedReceiptId: row.decided_receipt_id,
  };
}
