import { createHash } from 'node:crypto';
import { type Clock, type Database, inTransaction } from '#kernel';
import type { Caller } from '#security';
import { type AccountFacts, accountCaller } from './callers.ts';
import { identityRefusal } from './identity/identity-refusals.ts';
import { useCode } from './identity/people/second-factor.ts';
import { type Cost, isPassword, PASSWORD_CHARACTERS_MAX, type StoredPassword } from './passwords.ts';
import { platformRefusal } from './platform-refusals.ts';
import { DEFAULT_RULES, isSecondFactorRequired, type SignInRules } from './sign-in-rules.ts';
import type { PlatformTables } from './tables.ts';

export type Credentials = {
  readonly login: string;
  readonly password: string;
  /** Of the authenticator, or a recovery code. */
  readonly code?: string | undefined;
};

/**
 * Proves who is asking by login, password and, where the account has one, second factor. The attempt is counted and
 * committed before the password is looked at, so that many attempts at once cannot outrun the count, and no connection
 * is held while the hash is computed. A wrong code counts like a wrong password.
 * Throws `account.sign_in_refused` (never saying what was wrong), `account.resting`, `account.code_required`,
 * `account.code_refused`, `account.second_factor_missing` or `account.passwords_off`.
 */
export async function authenticate(
  database: Database,
  clock: Clock,
  credentials: Credentials,
  rules: SignInRules = DEFAULT_RULES,
): Promise<Caller> {
  if (rules.passwords !== 'on') throw identityRefusal('account.passwords_off');
  const login = credentials.login.trim().toLowerCase();
  const { account, attempts } = await countAttempt(database, clock, { login, rules });
  const restMinutes = rules.restMs / 60_000;
  if (attempts > rules.attemptsMax) throw platformRefusal('account.resting', { restMinutes });
  const isRight =
    credentials.password.length <= PASSWORD_CHARACTERS_MAX * 2 &&
    (await isPassword(credentials.password, account?.password));
  if (!isRight || account === undefined) {
    throw platformRefusal('account.sign_in_refused', { attemptsMax: rules.attemptsMax, restMinutes });
  }
  await requireSecondFactor(database, clock, { account, code: credentials.code, rules });
  await forgetAttempts(database, login);
  return accountCaller(account.facts);
}

/** What an account has is asked for, unless the node uses none; what it lacks only where it is required. */
async function requireSecondFactor(
  database: Database,
  clock: Clock,
  { account, code, rules }: { account: Known; code: string | undefined; rules: SignInRules },
): Promise<void> {
  if (rules.secondFactor === 'off') return;
  const { kind, account_id: accountId } = account.facts;
  if (!account.hasSecondFactor) {
    if (isSecondFactorRequired(rules, kind)) throw identityRefusal('account.second_factor_missing');
    return;
  }
  if (code === undefined || code === '') throw identityRefusal('account.code_required');
  const key = rules.secondFactorKey;
  const isRight =
    key !== undefined &&
    (await inTransaction(database, (tx) => useCode(tx, { clock, key }, { accountId, code })));
  if (!isRight) throw identityRefusal('account.code_refused');
}

type Known = { facts: AccountFacts; password: StoredPassword; hasSecondFactor: boolean };

async function countAttempt(
  database: Database,
  clock: Clock,
  { login, rules }: { login: string; rules: SignInRules },
): Promise<{ account: Known | undefined; attempts: number }> {
  const now = clock.now();
  const restedSince = new Date(now.getTime() - rules.restMs);
  return await inTransaction(database, async (tx) => {
    await tx.rows('delete from platform.sign_in_attempts where last_at <= $1', [restedSince]);
    // A resting login keeps the time of its last counted attempt: further attempts do not lengthen the rest.
    const [row] = await tx.rows<{ attempts: number }>(
      `insert into platform.sign_in_attempts as a (login_hash, attempts, last_at) values ($1, 1, $2)
       on conflict (login_hash) do update set
         attempts = a.attempts + 1,
         last_at = case when a.attempts < $3 then excluded.last_at else a.last_at end
       returning attempts`,
      [hashOf(login), now, rules.attemptsMax],
    );
    const account = await tx
      .tables<PlatformTables>()
      .selectFrom('platform.accounts')
      .selectAll()
      .where('login', '=', login)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (account === undefined) return { account: undefined, attempts: row?.attempts ?? 1 };
    const factors = await tx.rows(
      'select 1 as confirmed from platform.second_factors where account_id = $1 and confirmed_at is not null',
      [account.account_id],
    );
    return { account: toKnown(account, factors.length > 0), attempts: row?.attempts ?? 1 };
  });
}

function toKnown(
  row: AccountFacts & { password_salt: Buffer; password_hash: Buffer; password_cost: unknown },
  hasSecondFactor: boolean,
): Known {
  return {
    facts: row,
    hasSecondFactor,
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
