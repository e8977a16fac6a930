import type { Clock, EnterpriseId, KeyStore, Tx } from '#kernel';
import type { Caller } from '#security';
import { windowCaller } from '../callers.ts';
import type { PlatformTables } from '../tables.ts';
import { insertMandate, lockMandates, readMandates } from './change-mandate.ts';
import { type Capacity, MANDATE_SCOPES, type MandateScope } from './mandate-tables.ts';

export type WindowMandate = {
  readonly entryId: string;
  readonly enterpriseId: EnterpriseId;
  readonly capacity: Capacity;
  /** What the one act needs. */
  readonly scope: MandateScope;
  /** SHA-256 of the scanned paper, hex. */
  readonly documentDigest: string;
  /** Caller id of the clerk or job by whose hand the person acts. */
  readonly by: string;
  readonly lastsMs: number;
};

/**
 * A person at the window, whose identity was checked there, may do one thing for the enterprise for a few minutes. Whoever
 * calls this has checked it. The mandate is of the entry, not of an account, and stands among the enterprise's own.
 */
export async function grantAtWindow(
  tx: Tx,
  { clock, keys }: { readonly clock: Clock; readonly keys: KeyStore },
  { entryId, by, lastsMs, enterpriseId, documentDigest, capacity, scope }: WindowMandate,
): Promise<Caller> {
  await lockMandates(tx, enterpriseId);
  const caller = windowCaller({ entryId, enterpriseId, capacity });
  const validFrom = clock.now();
  await insertMandate(
    tx,
    { by, clock, keys },
    {
      enterpriseId,
      mandate: {
        accountId: caller.id,
        // Of the one act alone, whoever is present: what a representative may do beyond it is not asked for here.
        capacity: 'agent',
        scope: MANDATE_SCOPES.filter((one) => one === scope),
        validFrom,
        validTo: new Date(validFrom.getTime() + lastsMs),
        standing: 'granted',
        via: 'paper',
        documentDigest,
      },
      act: 'mandate_at_window',
    },
  );
  return caller;
}

/**
 * Names under which people act for the enterprise by a mandate that has not ended: an account's own label. The node knows its
 * clerks by account and by name, and not by the number of an identity document.
 */
export async function readMandateHolders(
  tx: Tx,
  enterpriseId: EnterpriseId,
  at: Date,
): Promise<{ readonly accountId: string; readonly name: string }[]> {
  const held = (await readMandates(tx, enterpriseId, at)).filter(
    ({ state }) => state !== 'ended' && state !== 'expired',
  );
  const rows = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select(['account_id', 'label_zh'])
    .where('account_id', 'in', ['', ...held.map(({ accountId }) => accountId)])
    .execute();
  return rows.map(({ account_id, label_zh }) => ({ accountId: account_id, name: label_zh }));
}

/** The name that an account carries; undefined: it is no account. */
export async function readAccountName(tx: Tx, accountId: string): Promise<string | undefined> {
  const row = await tx
    .tables<PlatformTables>()
    .selectFrom('platform.accounts')
    .select('label_zh')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row?.label_zh;
}
