import type { Tx } from '#kernel';
import type { Caller } from '#security';
import { accountCaller } from './callers.ts';
import type { PlatformTables } from './tables.ts';

/**
 * Who an account is now, for work that its person asked for and that runs later, without their session. Undefined: the
 * account is disabled, or the id is of no account.
 */
export async function findAccountCaller(tx: Tx, accountId: string): Promise<Caller | undefined> {
  const row = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select(['account_id', 'kind', 'roles', 'organisation', 'participant_id', 'enterprise_id'])
    .where('account_id', '=', accountId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  return row && accountCaller(row);
}
