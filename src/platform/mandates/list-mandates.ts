import type { EnterpriseId, Tx } from '#kernel';
import { type Caller, type PolicySet, requireAllowed } from '#security';
import { WINDOW_CALLER } from '../callers.ts';
import type { PlatformTables } from '../tables.ts';
import { type LiveMandate, readMandates } from './change-mandate.ts';

export type ListedMandate = Omit<LiveMandate, 'standing' | 'accountId'> & { readonly login: string };

/** Mandates of one enterprise, for its own people and for admission officers; newest first. */
export async function listMandates(
  tx: Tx,
  asking: { readonly caller: Caller; readonly policies: PolicySet; readonly at: Date },
  enterpriseId: EnterpriseId,
): Promise<ListedMandate[]> {
  const { caller, policies, at } = asking;
  if (caller.kind !== 'enterprise' || caller.enterpriseId !== enterpriseId)
    requireAllowed(policies, caller, 'admit_participant');
  const mandates = await readMandates(tx, enterpriseId, at);
  const logins = await readLogins(
    tx,
    mandates.map(({ accountId }) => accountId),
  );
  return mandates.toReversed().map(({ standing: _standing, accountId, ...mandate }) => ({
    ...mandate,
    // A person at the window has no login: the entry stands in its place.
    login: logins.get(accountId) ?? (accountId.startsWith(WINDOW_CALLER) ? accountId : ''),
  }));
}

async function readLogins(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select(['account_id', 'login'])
    .where('account_id', 'in', ['', ...ids])
    .execute();
  return new Map(rows.map(({ account_id, login }) => [account_id, login]));
}
