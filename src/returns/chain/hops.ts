import type { Insertable, Selectable } from 'kysely';
import type { Tx } from '#kernel';
import type { ReturnsTables } from '../tables.ts';

type HopTable = ReturnsTables['returns.hops'];
export type HopRow = Selectable<HopTable>;
/** What a hop begins with; the rest is written as it goes. */
export type NewHop = Pick<
  Insertable<HopTable>,
  | 'hop_id'
  | 'month'
  | 'route'
  | 'about'
  | 'from_party'
  | 'to_party'
  | 'version_no'
  | 'due_on'
  | 'due_is_certain'
  | 'state'
> &
  Partial<Insertable<HopTable>>;

/** The latest version between two parties; its row is locked, so that two who answer it take turns. */
export async function findHop(
  tx: Tx,
  { month, about, from, to }: { month: string; about: string; from: string; to: string },
): Promise<HopRow | undefined> {
  return await tx
    .tables<ReturnsTables>()
    .selectFrom('returns.hops')
    .selectAll()
    .where('month', '=', `${month}-01`)
    .where('about', '=', about)
    .where('from_party', '=', from)
    .where('to_party', '=', to)
    .orderBy('version_no', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
}

export async function findHopById(tx: Tx, hopId: string): Promise<HopRow | undefined> {
  return await tx
    .tables<ReturnsTables>()
    .selectFrom('returns.hops')
    .selectAll()
    .where('hop_id', '=', hopId)
    .forUpdate()
    .executeTakeFirst();
}

/** What it corrects ends here. */
export async function insertHop(tx: Tx, hop: NewHop): Promise<void> {
  const tables = tx.tables<ReturnsTables>();
  if (hop.corrects_hop_id != null)
    await tables
      .updateTable('returns.hops')
      .set({ state: 'corrected' })
      .where('hop_id', '=', hop.corrects_hop_id)
      .execute();
  await tables
    .insertInto('returns.hops')
    .values({
      content_hash: null,
      content: null,
      handed_in_by: null,
      handed_in_at: null,
      receipt_id: null,
      acknowledge_by: null,
      acknowledged_by: null,
      acknowledged_at: null,
      answer_reason: null,
      acknowledge_receipt_id: null,
      corrects_hop_id: null,
      correction_reason: null,
      ...hop,
    })
    .execute();
}

export async function changeHop(tx: Tx, hopId: string, change: Partial<Insertable<HopTable>>): Promise<void> {
  await tx
    .tables<ReturnsTables>()
    .updateTable('returns.hops')
    .set(change)
    .where('hop_id', '=', hopId)
    .execute();
}
