import { type Clock, type EnterpriseId, type KeyStore, newId, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { hashPassword, requirePassword } from './passwords.ts';
import { platformRefusal } from './platform-refusals.ts';
import { readParticipants } from './participants/read-participants.ts';
import { areDutiesApart, doesRoleFit, type Role } from './roles.ts';
import { endSessionsOf } from './sessions.ts';
import type { AccountKind, PlatformTables } from './tables.ts';

export type NewAccount = {
  readonly login: string;
  readonly password: string;
  readonly kind: AccountKind;
  readonly roles: readonly Role[];
  /** Of a provider: its name as contracts write it. */
  readonly organisation: string | null;
  /** The institution, platform, department or regulator that the account belongs to; an office where it sits in one. */
  readonly participantId?: string | null;
  readonly enterpriseId: EnterpriseId | null;
  readonly label: { readonly zh: string; readonly en: string };
  readonly isDemonstration: boolean;
};

/** Who acts, already allowed `manage_accounts`, and with what the act is written into the log. */
export type Act = {
  readonly by: string;
  readonly clock: Clock;
  readonly keys: KeyStore;
  /** The node's own rule for new passwords, where it has one. */
  readonly passwordCharactersMin?: number;
};

export type Account = {
  readonly accountId: string;
  readonly login: string;
  readonly kind: AccountKind;
  readonly roles: readonly string[];
  readonly organisation: string | null;
  readonly participantId: string | null;
  readonly label: { readonly zh: string; readonly en: string };
  readonly isDemonstration: boolean;
  readonly madeAt: Date;
  readonly disabledAt: Date | null;
};

const LOGIN = /^[a-z0-9][a-z0-9._-]{1,63}$/;

/**
 * Makes an account and its leaf; returns its id. Throws `account.…` for a login or shape that does not hold, for duties
 * that do not fit the kind, and for those that must not meet in one person.
 */
export async function makeAccount(tx: Tx, act: Act, account: NewAccount): Promise<string> {
  requireShape(account);
  requireFittingRoles(account);
  requirePassword(account.password, act.passwordCharactersMin);
  await requireOwnParticipant(tx, account);
  const now = act.clock.now();
  const accountId = newId('acc', now);
  const made = await tx
    .tables<PlatformTables>()
    .insertInto('platform.accounts')
    .values({
      ...(await rowOf(account)),
      account_id: accountId,
      made_by: act.by,
      made_at: now,
      password_changed_at: now,
    })
    .onConflict((conflict) => conflict.column('login').doNothing())
    .returning('account_id')
    .executeTakeFirst();
  if (made === undefined) throw platformRefusal('account.login_taken');
  await leaf(tx, act, {
    act: 'account_made',
    account: accountId,
    kind: account.kind,
    roles: [...account.roles],
  });
  return accountId;
}

function requireShape(account: NewAccount): void {
  const { login, kind, organisation, participantId = null, enterpriseId } = account;
  if (!LOGIN.test(login)) throw platformRefusal('account.login_malformed');
  const isOfParticipant = kind === 'institution' || kind === 'platform' || kind === 'regulator';
  const isWrong =
    (kind === 'enterprise') !== (enterpriseId !== null) ||
    (kind === 'provider' && organisation === null) ||
    (isOfParticipant && participantId === null) ||
    (!isOfParticipant && kind !== 'provider' && participantId !== null);
  if (isWrong) throw platformRefusal('account.shape_wrong');
}

function requireFittingRoles({ kind, roles }: NewAccount): void {
  const unfit = roles.find((role) => !doesRoleFit(kind, role));
  if (unfit !== undefined) throw platformRefusal('account.role_unfit', { role: unfit, kind });
  if (!areDutiesApart(roles)) throw platformRefusal('account.roles_together');
}

/** An account belongs to a participant of its own kind. */
async function requireOwnParticipant(tx: Tx, { kind, participantId = null }: NewAccount): Promise<void> {
  if (participantId === null) return;
  const participant = (await readParticipants(tx, [participantId])).get(participantId);
  if (participant?.kind !== kind) throw platformRefusal('account.shape_wrong');
}

async function rowOf(account: NewAccount) {
  return {
    login: account.login,
    kind: account.kind,
    roles: [...account.roles],
    organisation: account.organisation,
    participant_id: account.participantId ?? null,
    enterprise_id: account.enterpriseId,
    label_zh: account.label.zh,
    label_en: account.label.en,
    is_demonstration: account.isDemonstration,
    disabled_at: null,
    ...(await passwordColumns(account.password)),
  };
}

async function passwordColumns(password: string) {
  const { salt, hash, cost } = await hashPassword(password);
  return { password_salt: salt, password_hash: hash, password_cost: JSON.stringify(cost) };
}

/** Gives an account a new password and ends its sessions. */
export async function setPassword(
  tx: Tx,
  act: Act,
  { login, password }: { login: string; password: string },
): Promise<void> {
  requirePassword(password, act.passwordCharactersMin);
  const changed = await tx
    .tables<PlatformTables>()
    .updateTable('platform.accounts')
    .set({ ...(await passwordColumns(password)), password_changed_at: act.clock.now() })
    .where('login', '=', login)
    .returning('account_id')
    .executeTakeFirst();
  if (changed === undefined) throw platformRefusal('account.unknown');
  await endSessionsOf(tx, changed.account_id);
  await leaf(tx, act, { act: 'password_set', account: changed.account_id });
}

/** Disables an account for good and ends its sessions; its row stays, for the log names it. */
export async function disableAccount(tx: Tx, act: Act, login: string): Promise<void> {
  const disabled = await tx
    .tables<PlatformTables>()
    .updateTable('platform.accounts')
    .set({ disabled_at: act.clock.now() })
    .where('login', '=', login)
    .where('disabled_at', 'is', null)
    .returning('account_id')
    .executeTakeFirst();
  if (disabled === undefined) throw platformRefusal('account.unknown');
  await endSessionsOf(tx, disabled.account_id);
  await leaf(tx, act, { act: 'account_disabled', account: disabled.account_id });
}

/** Every account, by login; without anything of its password. */
export async function listAccounts(tx: Tx): Promise<Account[]> {
  const rows = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select([
      'account_id',
      'login',
      'kind',
      'roles',
      'organisation',
      'participant_id',
      'label_zh',
      'label_en',
    ])
    .select(['is_demonstration', 'made_at', 'disabled_at'])
    .orderBy('login')
    .execute();
  return rows.map((row) => ({
    accountId: row.account_id,
    login: row.login,
    kind: row.kind,
    roles: row.roles,
    organisation: row.organisation,
    participantId: row.participant_id,
    label: { zh: row.label_zh, en: row.label_en },
    isDemonstration: row.is_demonstration,
    madeAt: row.made_at,
    disabledAt: row.disabled_at,
  }));
}

/** The leaf names accounts by id, never by login: a login may be a person's name. */
async function leaf(tx: Tx, act: Act, body: Readonly<Record<string, string | string[]>>): Promise<void> {
  await recordLeaf(tx, act.keys, {
    kind: 'administrative_act',
    at: act.clock.now(),
    body: { ...body, by: act.by },
  });
}
