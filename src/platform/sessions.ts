import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Tx } from '#kernel';
import type { Caller } from '#security';
import { type AccountFacts, accountCaller } from './callers.ts';
import { platformRefusal } from './platform-refusals.ts';
import { DEFAULT_RULES, type SignInRules } from './sign-in-rules.ts';
import type { PlatformTables } from './tables.ts';

/** What the signed-in person may know of their own account. */
export type SignedIn = {
  readonly caller: Caller;
  readonly login: string;
  readonly label: { readonly zh: string; readonly en: string };
  readonly isDemonstration: boolean;
};

type SessionRules = Pick<SignInRules, 'sessionIdleMs' | 'sessionMaxMs'>;

/** Activity is written at most this often, so that reading does not become writing. */
const SEEN_EVERY_MS = 60_000;

/** A token has a fixed form; anything else is not looked up. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * Starts a session for an authenticated caller and returns its token: 256 random bits, base64url, of which only the
 * SHA-256 is stored. The session that the browser had before, if any, ends: a token never survives a sign-in.
 */
export async function startSession(
  tx: Tx,
  clock: Clock,
  session: { caller: Caller; replaces: string | undefined; rules?: SessionRules },
): Promise<string> {
  const now = clock.now();
  await endExpired(tx, now, session.rules ?? DEFAULT_RULES);
  if (session.replaces !== undefined) await endSession(tx, session.replaces);
  const token = randomBytes(32).toString('base64url');
  await tx
    .tables<PlatformTables>()
    .insertInto('platform.sessions')
    .values({ token_hash: hashOf(token), account_id: session.caller.id, started_at: now, last_seen_at: now })
    .execute();
  return token;
}

/** Who this token stands for. Throws `account.not_signed_in` for an unknown, idle or ended one. */
export async function callerOfSession(
  tx: Tx,
  clock: Clock,
  token: string,
  rules: SessionRules = DEFAULT_RULES,
): Promise<SignedIn> {
  const now = clock.now();
  const [row] = TOKEN.test(token) ? await findLive(tx, token, { now, rules }) : [];
  if (row === undefined) throw platformRefusal('account.not_signed_in');
  if (now.getTime() - row.last_seen_at.getTime() > SEEN_EVERY_MS) await markSeen(tx, token, now);
  return {
    caller: accountCaller(row),
    login: row.login,
    label: { zh: row.label_zh, en: row.label_en },
    isDemonstration: row.is_demonstration,
  };
}

type LiveRow = AccountFacts & {
  login: string;
  label_zh: string;
  label_en: string;
  is_demonstration: boolean;
  last_seen_at: Date;
};

async function findLive(
  tx: Tx,
  token: string,
  { now, rules }: { now: Date; rules: SessionRules },
): Promise<LiveRow[]> {
  return await tx
    .tables<PlatformTables>()
    .selectFrom('platform.sessions as s')
    .innerJoin('platform.accounts as a', 'a.account_id', 's.account_id')
    .select(['a.account_id', 'a.kind', 'a.roles', 'a.organisation', 'a.participant_id', 'a.enterprise_id'])
    .select(['a.login', 'a.label_zh', 'a.label_en', 'a.is_demonstration', 's.last_seen_at'])
    .where('s.token_hash', '=', hashOf(token))
    .where('s.last_seen_at', '>', idleSince(now, rules))
    .where('s.started_at', '>', startedSince(now, rules))
    .where('a.disabled_at', 'is', null)
    .execute();
}

async function markSeen(tx: Tx, token: string, now: Date): Promise<void> {
  await tx
    .tables<PlatformTables>()
    .updateTable('platform.sessions')
    .set({ last_seen_at: now })
    .where('token_hash', '=', hashOf(token))
    .execute();
}

/** Ends one session; one that is not there has ended already. */
export async function endSession(tx: Tx, token: string): Promise<void> {
  await tx
    .tables<PlatformTables>()
    .deleteFrom('platform.sessions')
    .where('token_hash', '=', hashOf(token))
    .execute();
}

/** Ends every session of an account: after a new password, or when it is disabled. */
export async function endSessionsOf(tx: Tx, accountId: string): Promise<void> {
  await tx
    .tables<PlatformTables>()
    .deleteFrom('platform.sessions')
    .where('account_id', '=', accountId)
    .execute();
}

async function endExpired(tx: Tx, now: Date, rules: SessionRules): Promise<void> {
  await tx.rows('delete from platform.sessions where last_seen_at <= $1 or started_at <= $2', [
    idleSince(now, rules),
    startedSince(now, rules),
  ]);
}

function idleSince(now: Date, { sessionIdleMs }: SessionRules): Date {
  return new Date(now.getTime() - sessionIdleMs);
}

function startedSince(now: Date, { sessionMaxMs }: SessionRules): Date {
  return new Date(now.getTime() - sessionMaxMs);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
