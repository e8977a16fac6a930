import assert from 'node:assert';
import { type Clock, drawBytes, equalSecrets, type Tx } from '#kernel';
import { idempotencyRefusal } from './idempotency-refusals.ts';
import {
  deriveSecrets,
  hashKey,
  type KeyScope,
  type KeySecrets,
  newSalt,
  openAnswer,
  sealAnswer,
  SUITE_ID,
  tagRequest,
} from './key-secrets.ts';

export const IDEMPOTENCY_LIMITS = Object.freeze({
  /** Long enough to be random, short enough for a header. */
  keyCharactersMin: 16,
  keyCharactersMax: 128,
  /** How long the same key gives the same answer. */
  keepMs: 24 * 3_600_000,
  /** How long an attempt that spans transactions holds its key; longer than any deadline of a query. */
  leaseMs: 60_000,
  /** An answer; what is longer streams, and streams have no key. */
  answerCharactersMax: 8 * 1024 ** 2,
});

/** What a caller asks to be done once. */
export type IdempotentCall = KeyScope & {
  /** As `requireIdempotencyKey` returned it. */
  readonly key: string;
  /** Hash over everything that makes the request this one, hex. */
  readonly requestDigest: string;
  readonly clock: Clock;
};

/** The right to do the work, of one attempt. */
export type Reservation = {
  readonly call: IdempotentCall;
  readonly keyHash: Buffer;
  readonly leaseId: Buffer;
  readonly secrets: KeySecrets;
};

/** `done`: the work was done before, and this is its answer. */
export type Reserved =
  | { readonly done: true; readonly answer: string }
  | { readonly done: false; readonly reservation: Reservation };

/** The header's value, if it is one. Throws `idempotency.key_missing` or `idempotency.key_malformed`. */
export function requireIdempotencyKey(header: string | undefined): string {
  const { keyCharactersMin, keyCharactersMax } = IDEMPOTENCY_LIMITS;
  if (header === undefined || header === '') throw idempotencyRefusal('idempotency.key_missing');
  const isKey =
    header.length >= keyCharactersMin && header.length <= keyCharactersMax && /^[\x21-\x7e]+$/.test(header);
  if (!isKey)
    throw idempotencyRefusal('idempotency.key_malformed', {
      charactersMin: keyCharactersMin,
      charactersMax: keyCharactersMax,
    });
  return header;
}

/**
 * Takes the key in the transaction of the work, or gives the answer that it has already. Another transaction that holds
 * the key is waited for: when it commits this call gets its answer, when it rolls back this call gets the key. What is
 * reserved here and completed in the same transaction is never seen half done by anyone.
 * Throws `idempotency.other_request`, and `idempotency.in_progress` while an attempt over several transactions holds it.
 */
export async function reserveKey(tx: Tx, call: IdempotentCall): Promise<Reserved> {
  const taken = await takeKey(tx, call);
  if (taken !== undefined) return { done: false, reservation: taken };
  return { done: true, answer: await readAnswer(tx, call) };
}

/**
 * Stores the answer under the key, in the transaction whose commit is the effect. Throws `idempotency.in_progress` when
 * the lease ran out and another attempt has the key, so that the effect rolls back and counts once.
 */
export async function completeKey(tx: Tx, reservation: Reservation, answer: string): Promise<void> {
  const rows = await tx.hotRows(
    'security.complete_idempotency',
    COMPLETE,
    valuesOf([sealed(reservation, answer)]),
  );
  if (rows.length === 0) throw inProgress();
}

/**
 * As `completeKey`, in the transaction that reserved the key and so has held it since. Nothing is left to hear: the
 * statement fails by itself where a key is not held, and the commit travels with it instead of after it.
 */
export async function completeHeldKey(tx: Tx, reservation: Reservation, answer: string): Promise<void> {
  await tx.together(completeHeldKeys, sealed(reservation, answer));
}

type Completion = Pick<Reservation, 'call' | 'keyHash' | 'leaseId'> & {
  readonly sealed: Buffer;
  readonly expiresAt: Date;
};

function sealed({ call, keyHash, leaseId, secrets }: Reservation, answer: string): Completion {
  assert(answer.length <= IDEMPOTENCY_LIMITS.answerCharactersMax, 'a stored answer is bounded');
  const expiresAt = new Date(call.clock.now().getTime() + IDEMPOTENCY_LIMITS.keepMs);
  return { call, keyHash, leaseId, sealed: sealAnswer(secrets, call, answer), expiresAt };
}

async function completeHeldKeys(tx: Tx, completions: readonly Completion[]): Promise<void[]> {
  const values = [...valuesOf(completions), completions.length];
  await tx.write(tx.hotRows('security.complete_held', COMPLETE_HELD, values));
  return completions.map(() => undefined);
}

/** Answers come in one piece with their lengths, which travels as bytes; an array of them would travel as hex. */
function valuesOf(completions: readonly Completion[]): unknown[] {
  let end = 0;
  return [
    completions.map(({ call }) => call.participant),
    completions.map(({ call }) => call.operation),
    completions.map(({ keyHash }) => keyHash),
    completions.map(({ leaseId }) => leaseId),
    completions.map(({ expiresAt }) => expiresAt),
    Buffer.concat(completions.map(({ sealed: bytes }) => bytes)),
    completions.map(({ sealed: { length } }) => length),
    completions.map(({ sealed: { length } }) => (end += length) - length + 1),
  ];
}

/** Gives the key back after work that had no effect. What was completed, or taken over by another attempt, stays. */
export async function releaseKey(tx: Tx, { call, keyHash, leaseId }: Reservation): Promise<void> {
  await tx.rows(RELEASE, [call.participant, call.operation, keyHash, leaseId]);
}

/** Undefined: somebody else has it. */
async function takeKey(tx: Tx, call: IdempotentCall): Promise<Reservation | undefined> {
  const [now, salt] = [call.clock.now(), newSalt()];
  const secrets = deriveSecrets(call.key, salt);
  const reservation = { call, keyHash: hashKey(call.key), leaseId: drawBytes(16), secrets };
  const tag = tagRequest(secrets, call, call.requestDigest);
  return (await tx.together(takeKeys, { reservation, now, salt, tag })) ? reservation : undefined;
}

type Attempt = {
  readonly reservation: Reservation;
  readonly now: Date;
  readonly salt: Buffer;
  readonly tag: Buffer;
};

/** Whether each key was free. In the order of the keys: whoever waits for whom, nobody waits in a circle. */
async function takeKeys(tx: Tx, attempts: readonly Attempt[]): Promise<boolean[]> {
  const reservations = attempts.map(({ reservation }) => reservation);
  const after = (ms: number): Date[] => attempts.map(({ now }) => new Date(now.getTime() + ms));
  const rows = await tx.hotRows<{ lease: string }>('security.take_idempotency', TAKE, [
    reservations.map(({ call }) => call.participant),
    reservations.map(({ call }) => call.operation),
    reservations.map(({ keyHash }) => keyHash),
    reservations.map(({ leaseId }) => leaseId),
    after(IDEMPOTENCY_LIMITS.leaseMs),
    SUITE_ID,
    attempts.map(({ salt }) => salt),
    attempts.map(({ tag }) => tag),
    after(IDEMPOTENCY_LIMITS.keepMs),
    attempts[0]?.now,
  ]);
  const taken = new Set(rows.map(({ lease }) => lease));
  return reservations.map(({ leaseId }) => taken.has(leaseId.toString('hex')));
}

type Row = {
  state: 'reserved' | 'completed';
  lease_until: Date;
  salt: Buffer;
  request_tag: Buffer;
  sealed_answer: Buffer | null;
};

async function readAnswer(tx: Tx, call: IdempotentCall): Promise<string> {
  const [row] = await tx.hotRows<Row>('security.read_idempotency', READ, [
    call.participant,
    call.operation,
    hashKey(call.key),
  ]);
  if (row === undefined) throw inProgress(); // given back a moment ago: the next call gets it
  const secrets = deriveSecrets(call.key, row.salt);
  if (!equalSecrets(tagRequest(secrets, call, call.requestDigest), row.request_tag))
    throw idempotencyRefusal('idempotency.other_request');
  if (row.sealed_answer === null) throw inProgress(row.lease_until.getTime() - call.clock.now().getTime());
  return openAnswer(secrets, call, row.sealed_answer);
}

/** Mostly the holder is done long before its lease ends. */
function inProgress(leaseMs = 0): Error {
  const seconds = leaseMs > 5_000 ? 5 : 1;
  return idempotencyRefusal('idempotency.in_progress', { seconds });
}

/** A key past its day, or left behind by an attempt that never came back, is free. */
const TAKE = `
  insert into security.idempotency as held
    (participant_id, operation, key_hash, state, lease_id, lease_until, suite, salt, request_tag, expires_at)
  select participant_id, operation, key_hash, 'reserved', lease_id, lease_until, $6, salt, request_tag, expires_at
  from unnest((select $1::text[]), (select $2::text[]), (select $3::bytea[]), (select $4::bytea[]), (select $5::timestamptz[]), (select $7::bytea[]), (select $8::bytea[]), (select $9::timestamptz[]))
    as asked (participant_id, operation, key_hash, lease_id, lease_until, salt, request_tag, expires_at)
  order by participant_id, operation, key_hash
  on conflict (participant_id, operation, key_hash) do update set
    state = 'reserved', lease_id = excluded.lease_id, lease_until = excluded.lease_until, suite = excluded.suite,
    salt = excluded.salt, request_tag = excluded.request_tag, sealed_answer = null, expires_at = excluded.expires_at
  where held.expires_at <= $10::timestamptz or (held.state = 'reserved' and held.lease_until <= $10::timestamptz)
  returning encode(lease_id, 'hex') as lease`;

const READ = `
  select state, lease_until, salt, request_tag, sealed_answer
  from security.idempotency where participant_id = $1 and operation = $2 and key_hash = $3`;

const COMPLETE = `
  update security.idempotency held
  set state = 'completed', sealed_answer = substring($6::bytea from done.begins for done.bytes), expires_at = done.expires_at
  from unnest((select $1::text[]), (select $2::text[]), (select $3::bytea[]), (select $4::bytea[]), (select $5::timestamptz[]), (select $7::integer[]), (select $8::integer[]))
    as done (participant_id, operation, key_hash, lease_id, expires_at, bytes, begins)
  where held.participant_id = done.participant_id and held.operation = done.operation
    and held.key_hash = done.key_hash and held.lease_id = done.lease_id and held.state = 'reserved'
  returning 1`;

/** Divides by zero, and so undoes the transaction, unless all of them were held. */
const COMPLETE_HELD = `
  with done as (${COMPLETE})
  select 1 / (count(*) = $9::integer)::integer from done`;

const RELEASE = `
  delete from security.idempotency
  where participant_id = $1 and operation = $2 and key_hash = $3 and lease_id = $4 and state = 'reserved'`;
