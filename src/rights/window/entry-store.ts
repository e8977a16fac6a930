import type { Insertable, Updateable } from 'kysely';
import { canonicalHash, openField, type Tx } from '#kernel';
import { askedPlace, type Person, personPlace } from './person.ts';
import type { WindowActId } from './store/act-words.ts';
import { type Entry, type EntryRow, toEntry } from './store/entry.ts';
import type { WindowTables } from './store/tables.ts';
import type { AskedOf } from './window-acts.ts';
import type { WindowContext } from './window-context.ts';
import { windowRefusal } from './window-refusals.ts';

export async function insertEntry(
  tx: Tx,
  row: Insertable<WindowTables['rights.window_entries']>,
): Promise<void> {
  await tx.tables<WindowTables>().insertInto('rights.window_entries').values(row).execute();
}

export async function updateEntry(
  tx: Tx,
  { enterpriseId, entryId }: Pick<Entry, 'enterpriseId' | 'entryId'>,
  change: Updateable<WindowTables['rights.window_entries']>,
): Promise<void> {
  await tx
    .tables<WindowTables>()
    .updateTable('rights.window_entries')
    .set(change)
    .where('enterprise_id', '=', enterpriseId)
    .where('entry_id', '=', entryId)
    .execute();
}

/** Under its lock until the transaction ends. Throws `window.unknown`. */
export async function takeEntry(tx: Tx, entryId: string): Promise<Entry> {
  return toEntry(await findRow(tx, entryId, 'take'));
}

async function findRow(tx: Tx, entryId: string, how: 'read' | 'take'): Promise<EntryRow> {
  const query = tx
    .tables<WindowTables>()
    .selectFrom('rights.window_entries')
    .selectAll()
    .where('entry_id', '=', entryId);
  const row = await (how === 'take' ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) throw windowRefusal('window.unknown');
  return row;
}

/** Person and matter of an entry. */
export type Opened<Id extends WindowActId = WindowActId> = {
  readonly entry: Entry;
  readonly person: Person;
  readonly asked: AskedOf[Id];
};

/** Throws `window.unknown`, `fields.shredded`. */
export async function openEntry(tx: Tx, { cipher }: WindowContext, entryId: string): Promise<Opened> {
  const row = await findRow(tx, entryId, 'read');
  const entry = toEntry(row);
  const text = await openField(tx, cipher, askedPlace(entry.enterpriseId, entryId), row.asked_sealed);
  const asked = JSON.parse(text) as AskedOf[WindowActId]; // sealed by us, in the shape of its act
  const person = JSON.parse(await openField(tx, cipher, personPlace(entryId), row.person_sealed)) as Person; // likewise
  return { entry, person, asked };
}

/** What the second person confirms: this matter, for this entry, on this paper. */
export function digestOf(of: {
  readonly entryId: string;
  readonly act: WindowActId;
  readonly asked: object;
  readonly scanDigest: string;
}): string {
  return canonicalHash(of);
}
