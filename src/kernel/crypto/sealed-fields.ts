/**
 * Sealed fields: identity numbers and their like, which no copy of the database may show. A value is sealed by a data
 * key of its owner; the data key stands in the database wrapped by a master key, which does not.
 */
import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Tx } from '../database.ts';
import { LIMITS } from '../limits.ts';
import { Refusal } from '../refusals.ts';
import { cryptoRefusal } from './crypto-refusals.ts';
import type { FieldCipher } from './field-masters.ts';
import { type SuiteId, SUITE_IDS } from './suite.ts';
import { suiteOf } from './suites.ts';
import type { DataKeyTables } from './tables.ts';

/** Whose value it is, and with whom it dies; the prefix keeps the kinds of ids apart. */
export type FieldOwner =
  | `enterprise:${string}`
  | `person:${string}`
  | `file:${string}`
  | `institution:${string}`;

/**
 * Where a sealed value stands. All three are bound to it: moved to another owner, table or column it does not open.
 * The names are those under which it was sealed; they stay when a column is renamed.
 */
export type FieldPlace = { readonly table: string; readonly column: string; readonly owner: FieldOwner };

/** Seals a value as `<suite>.<key number>.<base64url>`; makes the owner's data key when there is none. */
export async function sealField(
  tx: Tx,
  cipher: FieldCipher,
  place: FieldPlace,
  plain: string,
): Promise<string> {
  const key = (await findDataKey(tx, cipher, place.owner)) ?? (await makeDataKey(tx, cipher, place.owner));
  const sealed = cipher.suite.seal(key.bytes, Buffer.from(plain), placeContext(place));
  return `${cipher.suite.id}.${key.number}.${sealed.toString('base64url')}`;
}

/**
 * Opens what `sealField` made for this very place, under any suite and master key. Nothing is remembered between
 * calls, so that a shredded key is gone for every process at once.
 * Throws `fields.shredded`, or `fields.unreadable` for a value that was changed or moved.
 */
export async function openField(
  tx: Tx,
  cipher: FieldCipher,
  place: FieldPlace,
  sealed: string,
): Promise<string> {
  const { suiteId, number, bytes } = parseSealed(sealed, place);
  const row = await tx
    .tables<DataKeyTables>()
    .selectFrom('kernel.data_keys')
    .selectAll()
    .where('owner', '=', place.owner)
    .where('key_no', '=', number)
    .executeTakeFirst();
  if (row === undefined || row.suite !== suiteId) throw unreadable(place);
  if (row.wrapped === null) throw cryptoRefusal('fields.shredded', { column: nameOf(place) });
  const wrappedKey = { ...row, wrapped: row.wrapped };
  return orUnreadable(place, () => {
    const key = unwrap(cipher, wrappedKey);
    return suiteOf(suiteId).open(key, bytes, placeContext(place)).toString('utf8');
  });
}

/**
 * Makes the next master key and wraps every data key by it; sealed values stay as they are. Returns how many keys were
 * wrapped anew. The old master file may be removed by hand once this has committed, and must be kept as long as a
 * backup of the database from before it may be needed.
 */
export async function rotateMasterKey(tx: Tx, cipher: FieldCipher): Promise<number> {
  await tx.rows('select pg_advisory_xact_lock($1)', [MASTER_LOCK]);
  const master = cipher.next();
  let after = { owner: '', key_no: 0 };
  let wrapped = 0;
  for (;;) {
    const page = await tx.rows<WrappedKey>(READ_PAGE, [after.owner, after.key_no, LIMITS.rewrapPageRows]);
    const last = page.at(-1);
    if (last === undefined) return wrapped;
    const renewed = page.map((row) => master.suite.seal(master.bytes, unwrap(cipher, row), keyContext(row)));
    const owners = page.map(({ owner }) => owner);
    const numbers = page.map(({ key_no }) => key_no);
    await tx.rows(REWRAP, [owners, numbers, renewed, master.number]);
    [after, wrapped] = [last, wrapped + page.length];
  }
}

/**
 * Destroys the owner's data keys: nothing sealed for this owner can be opened again, in whatever table or copy of a
 * column it stands. The caller has established that the law asks for it and records the act. Returns how many keys.
 */
export async function shredOwner(tx: Tx, owner: FieldOwner): Promise<number> {
  const shred = 'update kernel.data_keys set wrapped = null, shredded_at = now()';
  const rows = await tx.rows(`${shred} where owner = $1 and wrapped is not null returning key_no`, [owner]);
  return rows.length;
}

/** Held shared while a data key is made, alone while the master key changes: no key is left under the old one. */
const MASTER_LOCK = 7_241_061;

type KeyRow = Selectable<DataKeyTables['kernel.data_keys']>;
type WrappedKey = Pick<KeyRow, 'owner' | 'key_no' | 'suite' | 'master_no'> & { wrapped: Buffer };
type DataKey = { readonly number: number; readonly bytes: Buffer };

/** The newest live key of the active suite. */
async function findDataKey(tx: Tx, cipher: FieldCipher, owner: FieldOwner): Promise<DataKey | undefined> {
  const [row] = await tx.rows<WrappedKey>(FIND_KEY, [owner, cipher.suite.id]);
  return row === undefined ? undefined : { number: row.key_no, bytes: unwrap(cipher, row) };
}

/**
 * Of transactions that make one at once the first wins, and the others take its key. The highest number is read before
 * the key is looked for again: a key committed before that reading is found, one committed after it holds the number.
 */
async function makeDataKey(tx: Tx, cipher: FieldCipher, owner: FieldOwner): Promise<DataKey> {
  await tx.rows('select pg_advisory_xact_lock_shared($1)', [MASTER_LOCK]);
  const [latest] = await tx.rows<{ key_no: number | null }>(LATEST_NUMBER, [owner]);
  const made = await findDataKey(tx, cipher, owner);
  if (made !== undefined) return made;
  await insertDataKey(tx, cipher, { owner, key_no: (latest?.key_no ?? 0) + 1 });
  return (await findDataKey(tx, cipher, owner)) ?? (await makeDataKey(tx, cipher, owner));
}

/** Waits for a transaction that inserts the same number; does nothing once that has committed. */
async function insertDataKey(
  tx: Tx,
  cipher: FieldCipher,
  numbered: Pick<KeyRow, 'owner' | 'key_no'>,
): Promise<void> {
  const master = cipher.current();
  const row = { ...numbered, suite: cipher.suite.id, master_no: master.number };
  const key = randomBytes(cipher.suite.sealKeyBytes);
  const wrapped = master.suite.seal(master.bytes, key, keyContext(row));
  await tx
    .tables<DataKeyTables>()
    .insertInto('kernel.data_keys')
    .values({ ...row, wrapped })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function unwrap(cipher: FieldCipher, row: WrappedKey): Buffer {
  const master = cipher.numbered(row.master_no);
  return master.suite.open(master.bytes, row.wrapped, keyContext(row));
}

/** A wrapped key put into another row does not unwrap. */
function keyContext({ owner, key_no, suite }: Pick<KeyRow, 'owner' | 'key_no' | 'suite'>): Buffer {
  return Buffer.from(JSON.stringify(['xinqiao-data-key/1', owner, key_no, suite]));
}

function placeContext({ table, column, owner }: FieldPlace): Buffer {
  return Buffer.from(JSON.stringify(['xinqiao-field/1', table, column, owner]));
}

/** Refuses spellings that decode to the same bytes, so that every character counts. */
function parseSealed(sealed: string, place: FieldPlace): { suiteId: SuiteId; number: number; bytes: Buffer } {
  const [suite, number = '', text = '', ...rest] = sealed.split('.');
  const suiteId = SUITE_IDS.find((id) => id === suite);
  const bytes = Buffer.from(text, 'base64url');
  const isExact = /^[1-9][0-9]{0,8}$/.test(number) && bytes.toString('base64url') === text;
  if (suiteId === undefined || rest.length > 0 || !isExact) throw unreadable(place);
  return { suiteId, number: Number(number), bytes };
}

function orUnreadable(place: FieldPlace, open: () => string): string {
  try {
    return open();
  } catch (error) {
    if (error instanceof Refusal) throw error; // the master key's file is gone: another matter
    throw Object.assign(unreadable(place), { cause: error });
  }
}

function unreadable(place: FieldPlace): Error {
  return cryptoRefusal('fields.unreadable', { column: nameOf(place) });
}

function nameOf({ table, column }: FieldPlace): string {
  return `${table}.${column}`;
}

const FIND_KEY = `
  select owner, key_no, suite, master_no, wrapped from kernel.data_keys
  where owner = $1 and suite = $2 and wrapped is not null
  order by key_no desc limit 1`;

const LATEST_NUMBER = 'select max(key_no) as key_no from kernel.data_keys where owner = $1';

const READ_PAGE = `
  select owner, key_no, suite, master_no, wrapped from kernel.data_keys
  where (owner, key_no) > ($1, $2) and wrapped is not null
  order by owner, key_no limit $3`;

/** A key shredded since the page was read stays shredded. */
const REWRAP = `
  update kernel.data_keys as kept set wrapped = renewed.wrapped, master_no = $4
  from unnest($1::text[], $2::integer[], $3::bytea[]) as renewed (owner, key_no, wrapped)
  where kept.owner = renewed.owner and kept.key_no = renewed.key_no and kept.wrapped is not null`;
