import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Clock, type Database, inTransaction, Refusal } from '#kernel';
import {
  IDEMPOTENCY_LIMITS,
  type IdempotentCall,
  onceInTransaction,
  requireIdempotencyKey,
  reserveKey,
  sweepIdempotency,
  withIdempotency,
} from '#security';
import { cloneDatabase } from '../support/database.ts';

const database = await cloneDatabase({ after });
await database.pool.query('create table public.effects (n integer)');

const KEY = '6d2f0f0e-4b7e-4d6e-9f3a-1c1d0a6f2b11';
const ANSWER = '{"grade":"A","note":"授信额度五百万元"}';

type TestClock = Clock & { advance(ms: number): void };

function openClock(): TestClock {
  let ms = Date.parse('2026-10-08T02:00:00Z');
  return { now: () => new Date(ms), advance: (by) => void (ms += by) };
}

function callOf(operation: string, clock: Clock, over: Partial<IdempotentCall> = {}): IdempotentCall {
  return { participant: 'bank-a', operation, key: KEY, requestDigest: 'a1', clock, ...over };
}

const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

/** One effect that can be counted, and the answer. */
async function work(call: IdempotentCall, on: Database = database): Promise<string> {
  const { answer } = await onceInTransaction(on, call, async (tx) => {
    await tx.rows('insert into public.effects values ($1)', [effectOf(call)]);
    return ANSWER;
  });
  return answer;
}

const numbers = new Map<string, number>();
function effectOf({ operation }: IdempotentCall): number {
  const known = numbers.get(operation) ?? numbers.size;
  numbers.set(operation, known);
  return known;
}

async function countEffects(call: IdempotentCall): Promise<number> {
  const { rows } = await database.pool.query('select from public.effects where n = $1', [effectOf(call)]);
  return rows.length;
}

test('a key is 16 to 128 visible ASCII characters', () => {
  assert.equal(requireIdempotencyKey(KEY), KEY);
  assert.equal(requireIdempotencyKey('x'.repeat(16)).length, 16);
  assert.equal(requireIdempotencyKey('~'.repeat(128)).length, 128);
  for (const missing of [undefined, ''])
    assert.throws(() => requireIdempotencyKey(missing), refusedWith('idempotency.key_missing'));
  for (const wrong of [
    'x'.repeat(15),
    'x'.repeat(129),
    `${'x'.repeat(20)} x`,
    `${'x'.repeat(20)}号`,
    `${'x'.repeat(20)}\n`,
  ])
    assert.throws(() => requireIdempotencyKey(wrong), refusedWith('idempotency.key_malformed'));
});

test('twenty calls at once with one key have one effect and the same answer', async () => {
  const call = callOf('parallel', openClock());
  const answers = await Promise.all(Array.from({ length: 20 }, () => work(call)));
  assert.deepEqual([...new Set(answers)], [ANSWER]);
  assert.equal(await countEffects(call), 1);
});

test('twenty calls at once over several transactions have one effect; the others hear that it is in progress', async () => {
  const call = callOf('parallel-steps', openClock());
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () =>
      withIdempotency(database, call, async (complete) => {
        await inTransaction(database, (tx) => tx.rows('select 1'));
        await inTransaction(database, async (tx) => {
          await tx.rows('insert into public.effects values ($1)', [effectOf(call)]);
          await complete(tx, ANSWER);
        });
      }),
    ),
  );
  for (const result of results) {
    if (result.status === 'fulfilled') assert.equal(result.value.answer, ANSWER);
    else assert(refusedWith('idempotency.in_progress')(result.reason));
  }
  assert.equal(await countEffects(call), 1);
  assert.deepEqual(await withIdempotency(database, call, () => assert.fail('not again')), {
    answer: ANSWER,
    isRepeated: true,
  });
});

test('the same key with another request is refused, and for another participant or operation it is another key', async () => {
  const clock = openClock();
  const call = callOf('other', clock);
  await work(call);
  await assert.rejects(work({ ...call, requestDigest: 'a2' }), refusedWith('idempotency.other_request'));
  await work({ ...call, participant: 'bank-b', requestDigest: 'a2' });
  assert.equal(await countEffects(call), 2);
  await work({ ...call, operation: 'other-2', requestDigest: 'a2' });
});

test('the same answer for 24 hours by the clock, then the key is free', async () => {
  const clock = openClock();
  const call = callOf('day', clock);
  await work(call);
  clock.advance(IDEMPOTENCY_LIMITS.keepMs - 1);
  await work(call);
  assert.equal(await countEffects(call), 1);
  clock.advance(1);
  await work({ ...call, requestDigest: 'another' });
  assert.equal(await countEffects(call), 2);
});

test('the sweep deletes what is past its day and nothing else', async (t) => {
  const own = await cloneDatabase(t);
  await own.pool.query('create table public.effects (n integer)');
  const clock = openClock();
  await work(callOf('old', clock), own);
  clock.advance(3_600_000);
  await work(callOf('new', clock), own);
  assert.equal(await sweepIdempotency(own, clock), 0);
  clock.advance(IDEMPOTENCY_LIMITS.keepMs - 3_600_000);
  assert.equal(await sweepIdempotency(own, clock), 1);
  const { rows } = await own.pool.query('select operation from security.idempotency');
  assert.deepEqual(rows, [{ operation: 'new' }]);
});

test('work that is refused gives its key back, so that a corrected request may use it', async () => {
  const clock = openClock();
  const refusal = refusedWith('idempotency.key_missing');
  const fail = () => Promise.resolve().then(() => requireIdempotencyKey(undefined));
  const one = callOf('refused', clock);
  await assert.rejects(onceInTransaction(database, one, fail), refusal);
  await work({ ...one, requestDigest: 'corrected' });
  const steps = callOf('refused-steps', clock);
  await assert.rejects(
    withIdempotency(database, steps, async () => void (await fail())),
    refusal,
  );
  await work({ ...steps, requestDigest: 'corrected' });
});

test('an attempt that died holds its key until its lease ends; come back late, it has no effect', async () => {
  const clock = openClock();
  const call = callOf('crash', clock);
  let release: (() => void) | undefined;
  const isStuck = new Promise<void>((resolve) => (release = resolve));
  let isAtWork: (() => void) | undefined;
  const began = new Promise<void>((resolve) => (isAtWork = resolve));
  const stuck = withIdempotency(database, call, async (complete) => {
    isAtWork?.();
    await isStuck;
    await inTransaction(database, async (tx) => {
      await tx.rows('insert into public.effects values ($1)', [effectOf(call)]);
      await complete(tx, 'late');
    });
  });
  await began;
  await assert.rejects(work(call), refusedWith('idempotency.in_progress'));
  clock.advance(IDEMPOTENCY_LIMITS.leaseMs);
  assert.equal(await work(call), ANSWER);
  release?.();
  await assert.rejects(stuck, refusedWith('idempotency.in_progress'));
  assert.equal(await countEffects(call), 1);
  assert.equal(await work(call), ANSWER);
});

test('a process that dies inside the one transaction leaves the key free at once', async () => {
  const clock = openClock();
  const call = callOf('crash-one', clock);
  const client = await database.pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  client.release();
  const dying = onceInTransaction(database, call, async (tx) => {
    await tx.rows('insert into public.effects values ($1)', [effectOf(call)]);
    const [own] = await tx.rows<{ pid: number }>('select pg_backend_pid() as pid');
    await database.pool.query('select pg_terminate_backend($1)', [own?.pid ?? rows[0]?.pid]);
    await tx.rows('select 1');
    return ANSWER;
  });
  await assert.rejects(dying);
  assert.equal(await work(call), ANSWER);
  assert.equal(await countEffects(call), 1);
});

test('what is stored tells nothing of key, request or answer, and opens with the key alone', async () => {
  const clock = openClock();
  const call = callOf('sealed', clock, { requestDigest: 'digest-of-the-request' });
  await work(call);
  const { rows } = await database.pool.query<Record<string, unknown>>(
    "select * from security.idempotency where operation = 'sealed'",
  );
  const [row] = rows;
  assert(row !== undefined);
  const stored = Buffer.concat(
    Object.values(row).map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(String(value)))),
  );
  for (const secret of [KEY, ANSWER, '授信额度', 'grade', 'digest-of-the-request'])
    assert.equal(stored.indexOf(secret), -1, secret);

  const other = `${KEY.slice(0, -1)}0`;
  await database.pool.query(
    `insert into security.idempotency
     select participant_id, operation, sha256($1::bytea), state, lease_id, lease_until, suite, salt, request_tag,
       sealed_answer, expires_at
     from security.idempotency where operation = 'sealed'`,
    [Buffer.from(other)],
  );
  await assert.rejects(
    inTransaction(database, (tx) => reserveKey(tx, { ...call, key: other })),
    refusedWith('idempotency.other_request'),
  );
  await database.pool.query(
    "update security.idempotency set sealed_answer = set_byte(sealed_answer, 15, get_byte(sealed_answer, 15) # 1) where operation = 'sealed'",
  );
  await assert.rejects(work(call), (error) => !(error instanceof Refusal));
});
