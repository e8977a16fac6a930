import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import {
  type FieldCipher,
  type FieldPlace,
  inTransaction,
  openField,
  openFieldCipher,
  Refusal,
  rotateMasterKey,
  sealField,
  shredOwner,
  type SuiteId,
} from '#kernel';
import { cloneDatabase } from '../support/database.ts';

const database = await cloneDatabase({ after });
const PLAIN = '11010119900307001X';
const SUITES: readonly SuiteId[] = ['intl-1', 'gm-1'];
let people = 0;

function keyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'field keys '));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A person nobody has sealed anything for. */
function newPlace(): FieldPlace {
  people += 1;
  return { table: 'platform.people', column: 'id_number', owner: `person:p${people}` };
}

/** A rotation reads every data key of the node, and each test has master keys of its own. */
async function forgetDataKeys(): Promise<void> {
  await database.pool.query('delete from kernel.data_keys');
}

/** Until a transaction of this database waits for an advisory lock. */
async function untilOneWaits(): Promise<void> {
  const { rowCount } = await database.pool.query(
    `select 1 from pg_locks where locktype = 'advisory' and not granted
     and database = (select oid from pg_database where datname = current_database())`,
  );
  if (rowCount === 0) await untilOneWaits();
}

const seal = (cipher: FieldCipher, place: FieldPlace, plain = PLAIN): Promise<string> =>
  inTransaction(database, (tx) => sealField(tx, cipher, place, plain));
const open = (cipher: FieldCipher, place: FieldPlace, sealed: string): Promise<string> =>
  inTransaction(database, (tx) => openField(tx, cipher, place, sealed), 'snapshot');
const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

test('a sealed value opens in its place, says its suite, and never looks the same twice', async (t) => {
  for (const suite of SUITES) {
    const cipher = openFieldCipher(keyFolder(t), suite);
    const place = newPlace();
    const [one, two] = [await seal(cipher, place), await seal(cipher, place)];
    assert.match(one, new RegExp(`^${suite}\\.1\\.[A-Za-z0-9_-]+$`));
    assert.notEqual(one, two);
    assert.equal(await open(cipher, place, one), PLAIN);
    assert.equal(await open(cipher, place, two), PLAIN);
    const chinese = await seal(cipher, place, '护照 E12345678');
    assert.equal(await open(cipher, place, chinese), '护照 E12345678');
    assert.equal(await open(cipher, place, await seal(cipher, place, '')), '');
  }
});

test('moved to another owner, table or column a value does not open', async (t) => {
  for (const suite of SUITES) {
    const cipher = openFieldCipher(keyFolder(t), suite);
    const [place, other] = [newPlace(), newPlace()];
    const sealed = await seal(cipher, place);
    await seal(cipher, other);
    const enterprise = place.owner.replace('person:', 'enterprise:') as FieldPlace['owner'];
    const places: FieldPlace[] = [
      other,
      { ...place, owner: enterprise },
      { ...place, table: 'platform.agents' },
      { ...place, column: 'passport' },
    ];
    for (const wrong of places) {
      await assert.rejects(open(cipher, wrong, sealed), refusedWith('fields.unreadable'));
    }
  }
});

test('one flipped bit, another spelling or another key number is refused', async (t) => {
  for (const suite of SUITES) {
    const cipher = openFieldCipher(keyFolder(t), suite);
    const place = newPlace();
    const sealed = await seal(cipher, place);
    const head = `${suite}.1.`;
    const bytes = Buffer.from(sealed.slice(head.length), 'base64url');
    const wrong = Array.from(bytes, (byte, at) => {
      const changed = Buffer.from(bytes);
      changed[at] = byte ^ (1 << (at % 8));
      return head + changed.toString('base64url');
    });
    const otherSuite = suite === 'gm-1' ? 'intl-1' : 'gm-1';
    const text = sealed.slice(head.length);
    wrong.push('', PLAIN, `${sealed}=`, `${sealed}.x`, `${suite}.01.${text}`, `${suite}.2.${text}`);
    wrong.push(`${otherSuite}.1.${text}`, `other.1.${text}`, `${suite}.1.`, head + text.slice(0, 20));
    for (const one of wrong) {
      await assert.rejects(open(cipher, place, one), refusedWith('fields.unreadable'), one);
    }
    assert.equal(await open(cipher, place, sealed), PLAIN);
  }
});

test('a wrapped key put into another owner’s row does not serve him', async (t) => {
  const cipher = openFieldCipher(keyFolder(t), 'intl-1');
  const [place, thief] = [newPlace(), newPlace()];
  const sealed = await seal(cipher, place);
  await seal(cipher, thief);
  await database.pool.query(
    `update kernel.data_keys as mine set wrapped = theirs.wrapped from kernel.data_keys as theirs
     where mine.owner = $1 and theirs.owner = $2`,
    [thief.owner, place.owner],
  );
  await assert.rejects(open(cipher, thief, sealed), refusedWith('fields.unreadable'));
});

test('after the master key changed, old values read on with the new one alone, and so do those of another process', async (t) => {
  for (const suite of SUITES) {
    await forgetDataKeys();
    const folder = keyFolder(t);
    const [cipher, other] = [openFieldCipher(folder, suite), openFieldCipher(folder, suite)];
    const places = Array.from({ length: 5 }, newPlace);
    const sealed = await Promise.all(places.map((place) => seal(cipher, place)));
    assert.equal(await inTransaction(database, (tx) => rotateMasterKey(tx, cipher)), 5);
    const { rows } = await database.pool.query('select distinct master_no from kernel.data_keys');
    assert.deepEqual(rows, [{ master_no: 2 }]);
    rmSync(join(folder, 'field-1.key'));
    const place = newPlace();
    const later = await seal(other, place);
    const reopened = openFieldCipher(folder, suite);
    assert.equal(await open(reopened, place, later), PLAIN);
    for (const [n, one] of places.entries()) {
      for (const reader of [reopened, other]) assert.equal(await open(reader, one, sealed[n] ?? ''), PLAIN);
    }
  }
});

test('a rotation that does not commit leaves everything readable', async (t) => {
  const cipher = openFieldCipher(keyFolder(t), 'intl-1');
  await forgetDataKeys();
  const place = newPlace();
  const sealed = await seal(cipher, place);
  const interrupted = inTransaction(database, async (tx) => {
    await rotateMasterKey(tx, cipher);
    throw new TypeError('interrupted');
  });
  await assert.rejects(interrupted, /interrupted/);
  assert.equal(await open(cipher, place, sealed), PLAIN);
  assert.equal(await inTransaction(database, (tx) => rotateMasterKey(tx, cipher)), 1);
  assert.equal(await open(cipher, place, sealed), PLAIN);
});

test('shredding an owner makes every value unreadable for every process, and only of this owner', async (t) => {
  for (const suite of SUITES) {
    await forgetDataKeys();
    const folder = keyFolder(t);
    const [cipher, other] = [openFieldCipher(folder, suite), openFieldCipher(folder, suite)];
    const [place, neighbour] = [newPlace(), newPlace()];
    const mandate = { ...place, table: 'platform.mandates' };
    const [one, two, kept] = [
      await seal(cipher, place),
      await seal(cipher, mandate),
      await seal(cipher, neighbour),
    ];
    assert.equal(await open(other, place, one), PLAIN);
    assert.equal(await inTransaction(database, (tx) => shredOwner(tx, place.owner)), 1);
    for (const reader of [cipher, other, openFieldCipher(folder, suite)]) {
      await assert.rejects(open(reader, place, one), refusedWith('fields.shredded'));
      await assert.rejects(open(reader, mandate, two), refusedWith('fields.shredded'));
    }
    assert.equal(await open(other, neighbour, kept), PLAIN);
    assert.equal(await inTransaction(database, (tx) => shredOwner(tx, place.owner)), 0);
    const { rows } = await database.pool.query('select wrapped from kernel.data_keys where owner = $1', [
      place.owner,
    ]);
    assert.deepEqual(rows, [{ wrapped: null }]);
    const anew = await seal(cipher, place);
    assert.match(anew, new RegExp(`^${suite}\\.2\\.`));
    assert.equal(await open(cipher, place, anew), PLAIN);
    await inTransaction(database, (tx) => rotateMasterKey(tx, cipher));
    await assert.rejects(open(cipher, place, one), refusedWith('fields.shredded'));
  }
});

test('after a change of suite new values take the new one, and old ones still open', async (t) => {
  const folder = keyFolder(t);
  const place = newPlace();
  const [intl, gm] = [openFieldCipher(folder, 'intl-1'), openFieldCipher(folder, 'gm-1')];
  const old = await seal(intl, place);
  const fresh = await seal(gm, place);
  assert.deepEqual([old.split('.')[0], fresh.split('.').slice(0, 2).join('.')], ['intl-1', 'gm-1.2']);
  for (const cipher of [intl, gm]) {
    assert.deepEqual([await open(cipher, place, old), await open(cipher, place, fresh)], [PLAIN, PLAIN]);
  }
  assert.match(await seal(intl, place), /^intl-1\.1\./, 'the suite still has a key');
  const lengths = [1, 2].map((n) => readFileSync(join(folder, `field-${n}.key`)).length);
  assert.deepEqual(lengths, [32, 16]);
});

test('those who seal for a new owner at once share one key', async (t) => {
  const folder = keyFolder(t);
  const place = newPlace();
  const ciphers = Array.from({ length: 4 }, () => openFieldCipher(folder, 'intl-1'));
  const sealed = await Promise.all(ciphers.map((cipher) => seal(cipher, place)));
  for (const one of sealed) assert.equal(await open(openFieldCipher(folder, 'gm-1'), place, one), PLAIN);
  const { rowCount } = await database.pool.query('select 1 from kernel.data_keys where owner = $1', [
    place.owner,
  ]);
  assert.equal(rowCount, 1);
});

test('a key that was made while one waited to make it is taken, and no second one is made', async (t) => {
  await forgetDataKeys();
  const folder = keyFolder(t);
  const place = newPlace();
  const cipher = openFieldCipher(folder, 'intl-1');
  const late = await inTransaction(database, async (tx) => {
    await rotateMasterKey(tx, cipher); // holds the lock that a maker waits for
    const waiting = seal(openFieldCipher(folder, 'intl-1'), place);
    await untilOneWaits();
    await sealField(tx, cipher, place, PLAIN);
    return { waiting };
  });
  assert.match(await late.waiting, /^intl-1\.1\./);
});

test('master keys are readable by their owner only; one that is open, lost or cut is refused', async (t) => {
  const folder = keyFolder(t);
  const place = newPlace();
  const sealed = await seal(openFieldCipher(folder, 'gm-1'), place);
  assert.deepEqual(readdirSync(folder), ['field-1.key']);
  const file = join(folder, 'field-1.key');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o640);
  await assert.rejects(
    open(openFieldCipher(folder, 'gm-1'), place, sealed),
    refusedWith('keys.open_to_others'),
  );
  rmSync(file);
  await assert.rejects(open(openFieldCipher(folder, 'gm-1'), place, sealed), refusedWith('keys.unreadable'));
});
