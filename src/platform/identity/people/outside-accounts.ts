import type { Tx } from '#kernel';
import { recordLeaf } from '#security';
import type { Act } from '../../accounts.ts';
import type { AccountFacts } from '../../callers.ts';
import { platformRefusal } from '../../platform-refusals.ts';
import { endSessionsOf } from '../../sessions.ts';
import type { PlatformTables } from '../../tables.ts';
import { identityRefusal } from '../identity-refusals.ts';
import type { IdentityTables } from '../tables.ts';

/**
 * Links an account to a person of the outside identity provider, in place of an earlier link, with its leaf. Throws
 * `account.unknown`, or `account.outside_taken` when the person is linked to another account.
 */
export async function linkOutsideAccount(
  tx: Tx,
  act: Act,
  { login, subjectHash }: { login: string; subjectHash: Buffer },
): Promise<void> {
  const accountId = await findAccountId(tx, login);
  const tables = tx.tables<IdentityTables>();
  await tables.deleteFrom('platform.outside_accounts').where('account_id', '=', accountId).execute();
  const linked = await tables
    .insertInto('platform.outside_accounts')
    .values({
      subject_hash: subjectHash,
      account_id: accountId,
      linked_by: act.by,
      linked_at: act.clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('account_id')
    .executeTakeFirst();
  if (linked === undefined) throw identityRefusal('account.outside_taken');
  await leaf(tx, act, { act: 'outside_account_linked', account: accountId });
}

/** Takes the link away and ends the account's sessions. Throws `account.unknown` or `account.outside_unlinked`. */
export async function unlinkOutsideAccount(tx: Tx, act: Act, login: string): Promise<void> {
  const accountId = await findAccountId(tx, login);
  const { numDeletedRows } = await tx
    .tables<IdentityTables>()
    .deleteFrom('platform.outside_accounts')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw identityRefusal('account.outside_unlinked');
  await endSessionsOf(tx, accountId);
  await leaf(tx, act, { act: 'outside_account_unlinked', account: accountId });
}

/** The linked account that is not disabled, and whether it has a second factor here. */
export async function findOutsideAccount(
  tx: Tx,
  subjectHash: Buffer,
): Promise<{ facts: AccountFacts; hasSecondFactor: boolean } | undefined> {
  const [row] = await tx.rows<AccountFacts & { has_second_factor: boolean }>(FIND, [subjectHash]);
  return row && { facts: row, hasSecondFactor: row.has_second_factor };
}

const FIND = `
  select a.account_id, a.kind, a.roles, a.organisation, a.participant_id, a.enterprise_id,
    exists (
      select from platform.second_factors f
      where f.account_id = a.account_id and f.confirmed_at is not null) as has_second_factor
  from platform.outside_accounts o
  join platform.accounts a on a.account_id = o.account_id and a.disabled_at is null
  where o.subject_hash = $1`;

async function findAccountId(tx: Tx, login: string): Promise<string> {
  const account = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select('account_id')
    .where('login', '=', login)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (account === undefined) throw platformRefusal('account.unknown');
  return account.account_id;
}

async function leaf(tx: Tx, act: Act, body: Readonly<Record<string, string>>): Promise<void> {
  await recordLeaf(tx, act.keys, {
    kind: 'administrative_act',
    at: act.clock.now(),
    body: { ...body, by: act.by },
  });
}
