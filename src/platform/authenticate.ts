import { createHash } from 'node:crypto';
import { type Clock, type Database, inTransaction, LIMITS } from '#kernel';
import type { Caller } from '#security';
import { type AccountFacts, accountCaller } from './callers.ts';
import { type Cost, isPassword, PASSWORD_CHARACTERS_MAX, type StoredPassword } from './passwords.ts';
import { platformRefusal } from './platform-refusals.ts';
import type { PlatformTables } from './tables.ts';

export type Credentials = { readonly login: string; readonly password: string };

/**
 * Proves who is asking by login and password. The attempt is counted and committed before the password is looked at,
 * so that many attempts at once cannot outrun the count, and no connection is held while the hash is computed.
 * Throws `account.sign_in_refused` (never saying what was wrong) or `account.resting`.
 */
export async function authenticate(
  database: Database,
  clock: Clock,
  credentials: Credentials,
): Promise<Caller> {
  const login = credentials.login.trim().toLowerCase();
  const { account, attempts } = await countAttempt(database, clock, login);
  if (attempts > LIMITS.signInAttemptsMax)
    throw platformRefusal('account.resting', { restMinutes: REST_MINUTES });
  const isRight =
    credentials.password.length <= PASSWORD_CHARACTERS_MAX * 2 &&
    (await isPassword(credentials.password, account?.password));
  if (!isRight || account === undefined) {
    throw platformRefusal('account.sign_in_refused', {
      attemptsMax: LIMITS.signInAttemptsMax,
      restMinutes: REST_MINUTES,
    });
  }
  await forgetAttempts(database, login);
  return accountCaller(account.facts);
}

const REST_MINUTES = LIMITS.signInRestMs / 60_000;

type Known = { facts: AccountFacts; password: StoredPassword };

async function countAttempt(
  database: Database,
  clock: Clock,
  login: string,
): Promise<{ account: Known | undefined; attempts: number }> {
  const now = clock.now();
  const restedSince = new Date(now.getTime() - LIMITS.signInRestMs);
  return await inTransaction(database, async (tx) => {
    await tx.rows('delete from platform.sign_in_attempts where last_at <= $1', [restedSince]);
    // A resting login keeps the time of its last counted attempt: further attempts do not lengthen the rest.
    const [row] = await tx.rows<{ attempts: number }>(
      `insert into platform.sign_in_attempts as a (login_hash, attempts, last_at) values ($1, 1, $2)
       on conflict (login_hash) do update set
         attempts = a.attempts + 1,
         last_at = case when a.attempts < $3 then excluded.last_at else a.last_at end
       returning attempts`,
      [hashOf(login), now, LIMITS.signInAttemptsMax],
    );
    const account = await tx
      .tables<PlatformTables>()
      .selectFrom('platform.accounts')
      .selectAll()
      .where('login', '=', login)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    return { account: account && toKnown(account), attempts: row?.attempts ?? 1 };
  });
}

function toKnown(
  row: AccountFacts & { password_salt: Buffer; password_hash: Buffer; password_cost: unknown },
): Known {
  return {
    facts: row,
    // The column is written by this module alone, from a Cost.
    password: { salt: row.password_salt, hash: row.password_hash, cost: row.password_cost as Cost },
  };
}

async function forgetAttempts(database: Database, login: string): Promise<void> {
  await inTransaction(database, (tx) =>
    tx
      .tables<PlatformTables>()
      .deleteFrom('platform.sign_in_attempts')
      .where('login_hash', '=', hashOf(login))
      .execute(),
  );
}

function hashOf(login: string): Buffer {
  return createHash('sha256').update(login).digest();
}
