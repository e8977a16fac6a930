import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Database,
  defineRefusals,
  type GroupMember,
  inGroup,
  inTransaction,
  startAll,
  type Tx,
} from '#kernel';
import { cloneDatabase } from '../support/database.ts';

const refuse = defineRefusals({
  'test.refused': {
    clause: 'none',
    status: 409,
    zh: '不行',
    en: 'no',
    remedyZh: '别这样',
    remedyEn: 'do otherwise',
  },
});

/** How many names each statement brought. */
const batches: number[] = [];

async function insertNames(tx: Tx, names: readonly string[]): Promise<string[]> {
  batches.push(names.length);
  await tx.rows('insert into public.names select unnest($1::text[])', [names]);
  return names.map((name) => `${name}!`);
}

/** As `insertNames`, without waiting for the database's answer. */
async function sendNames(tx: Tx, names: readonly string[]): Promise<string[]> {
  await tx.write(tx.rows('insert into public.names select unnest($1::text[])', [names]));
  return names.map((name) => `${name}!`);
}

function nameMember(name: string, over: Partial<GroupMember<string>> = {}): GroupMember<string> {
  return { apart: [name], work: (tx) => tx.together(insertNames, name), undo: async () => {}, ...over };
}

async function openNames(t: Parameters<typeof cloneDatabase>[0]): Promise<Database> {
  const database = await cloneDatabase(t);
  await database.pool.query('create table public.names (name text primary key check (name <> $$bad$$))');
  batches.length = 0;
  return database;
}

async function namesIn({ pool }: Database): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>('select name from public.names order by name');
  return rows.map(({ name }) => name);
}

describe('a group', () => {
  it('gives every member its own result of one statement', async (t) => {
    const database = await openNames(t);
    const names = Array.from({ length: 20 }, (_, n) => `n${String(n).padStart(2, '0')}`);
    const results = await Promise.all(names.map((name) => inGroup(database, nameMember(name))));
    assert.deepEqual(
      results,
      names.map((name) => `${name}!`),
    );
    assert.deepEqual(await namesIn(database), names);
    assert.ok(batches.length < names.length, `${batches.length} statements for ${names.length} members`);
    assert.equal(
      batches.reduce((sum, size) => sum + size, 0),
      names.length,
    );
  });

  it('lets a refused member go with what it wrote, and keeps the others', async (t) => {
    const database = await openNames(t);
    const refused = nameMember('refused', {
      work: async (tx) => {
        await tx.together(insertNames, 'refused');
        throw refuse('test.refused');
      },
      undo: async (tx) => {
        await tx.rows("delete from public.names where name = 'refused'");
      },
    });
    const ended = await Promise.allSettled(
      [nameMember('first'), nameMember('second'), refused, nameMember('third')].map((member) =>
        inGroup(database, member),
      ),
    );
    assert.deepEqual(
      ended.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as { code: string }).code)),
      ['first!', 'second!', 'test.refused', 'third!'],
    );
    assert.deepEqual(await namesIn(database), ['first', 'second', 'third']);
  });

  it('runs each member by itself when one fails, so that it fails alone', async (t) => {
    const database = await openNames(t);
    const names = ['a', 'b', 'bad', 'c', 'd'];
    const ended = await Promise.allSettled(names.map((name) => inGroup(database, nameMember(name))));
    assert.deepEqual(
      ended.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.deepEqual(await namesIn(database), ['a', 'b', 'c', 'd']);
  });

  it('commits nothing when a write fails that nobody waited for', async (t) => {
    const database = await openNames(t);
    const names = ['a', 'bad', 'c'];
    const sent = (name: string) => nameMember(name, { work: (tx) => tx.together(sendNames, name) });
    const ended = await Promise.allSettled(names.map((name) => inGroup(database, sent(name))));
    assert.deepEqual(
      ended.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(await namesIn(database), ['a', 'c']);
  });

  it('never holds two who would write the same row', async (t) => {
    const database = await openNames(t);
    const counted = (name: string): GroupMember<string> => ({
      apart: ['the one row'],
      undo: async () => {},
      work: async (tx) => {
        const { rows } = await tx.client.query<{ txid: string }>('select txid_current()::text as txid');
        return `${await tx.together(insertNames, name)} ${rows[0]?.txid}`;
      },
    });
    const results = await Promise.all(
      ['p', 'q', 'r', 's', 't', 'u'].map((name) => inGroup(database, counted(name))),
    );
    const transactions = results.map((result) => result.split(' ')[1]);
    assert.equal(new Set(transactions).size, results.length);
    assert.ok(batches.every((size) => size === 1));
  });

  it('is not run again when its commit failed: what happened then is not known', async (t) => {
    const database = await openNames(t);
    await database.pool.query(
      'create table public.once (name text, constraint one unique (name) deferrable initially deferred)',
    );
    let runs = 0;
    const member = (apart: string): GroupMember<void> => ({
      apart: [apart],
      undo: async () => {},
      work: async (tx) => {
        runs += 1;
        await tx.rows("insert into public.once values ('same')");
      },
    });
    const lead = inGroup(database, nameMember('lead'));
    const ended = await Promise.allSettled([member('x'), member('y')].map((one) => inGroup(database, one)));
    await lead;
    assert.deepEqual(
      ended.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(runs, 2);
  });

  it('ends the part of each member with it', async (t) => {
    const database = await openNames(t);
    const kept: Tx[] = [];
    const keep = (name: string) =>
      nameMember(name, {
        work: async (tx) => {
          kept.push(tx);
          return await tx.together(insertNames, name);
        },
      });
    await Promise.all(['k', 'l', 'm'].map((name) => inGroup(database, keep(name))));
    for (const tx of kept) await assert.rejects(tx.rows('select 1'), /transaction has ended/);
  });
});

describe('an ordinary transaction', () => {
  it('takes statements that are started together one after the other', async (t) => {
    const database = await openNames(t);
    const found = await inTransaction(database, async (tx) => {
      const [, , reading] = startAll(
        tx.rows("insert into public.names values ('one')"),
        tx.rows("insert into public.names values ('two')"),
        tx.rows<{ n: number }>('select count(*)::integer as n from public.names'),
      );
      return await reading;
    });
    assert.deepEqual(found, [{ n: 2 }]);
  });

  it('rolls back when the first of them fails, whatever the others do', async (t) => {
    const database = await openNames(t);
    const work = inTransaction(database, async (tx) => {
      const [first, second] = startAll(
        tx.rows("insert into public.names values ('bad')"),
        tx.rows("insert into public.names values ('two')"),
      );
      await first;
      await second;
    });
    await assert.rejects(work, { code: '23514' });
    assert.deepEqual(await namesIn(database), []);
  });
});
