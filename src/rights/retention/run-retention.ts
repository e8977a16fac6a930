import { inTransaction } from '#kernel';
import type { RecordPlace } from '#lists';
import { systemCaller } from '#platform';
import { type Caller, type Grant, removeOldAccesses, requireAllowed } from '#security';
import { monthsBefore } from '../recall/months-before.ts';
import { readKeepingHolds } from './hold-store.ts';
import { adverseContract } from './list-expired.ts';
import { removeBatch } from './remove-batch.ts';
import { emptyOldQuarantine, removeFiles } from './remove-files.ts';
import type { RetentionContext } from './retention-context.ts';
import { RETENTION_LIMITS } from './retention-limits.ts';
import { requireRulesFit } from './retention-rules.ts';

export type RetentionRun = {
  readonly removed: number;
  readonly recalls: number;
  readonly waiting: number;
  readonly files: number;
  readonly quarantined: number;
  readonly accesses: number;
};

/**
 * Removes what is past its years: adverse records, the files that they came with, what quarantined rows said, and accesses. In
 * steps of their own, each done or not done: after a crash the same call does the rest, and removes nothing twice. Throws
 * `retention.definition_not_valid` where rules and contracts do not fit, and then removes nothing.
 */
export async function runRetention(
  context: RetentionContext,
  { caller = systemCaller('retention') }: { readonly caller?: Caller } = {},
): Promise<RetentionRun> {
  requireRulesFit(context.retention, context.catalogue);
  const grant = requireAllowed(context.policies, caller, 'remove_expired');
  const records = await removeAllExpired(context, caller);
  const files = await removeFiles(context, grant);
  const quarantined = await emptyOldQuarantine(context, grant);
  const accesses = await removeAccesses(context, grant);
  const done = { ...records, files, quarantined, accesses };
  context.logger.info(done, 'retention');
  return done;
}

async function removeAllExpired(
  context: RetentionContext,
  caller: Caller,
): Promise<Pick<RetentionRun, 'removed' | 'recalls' | 'waiting'>> {
  const total = { removed: 0, recalls: 0, waiting: 0 };
  for (const id of Object.keys(context.retention.contracts)) {
    const contract = adverseContract(context, id);
    let after: RecordPlace | undefined;
    do {
      const done = await removeBatch(context, { contract, after, caller });
      total.removed += done.removed;
      total.recalls += done.recalls;
      total.waiting += done.waiting;
      after = done.next;
    } while (after !== undefined);
  }
  return total;
}

/** Accesses to an enterprise under a hold stay. */
async function removeAccesses(context: RetentionContext, grant: Grant): Promise<number> {
  const { database, clock, retention } = context;
  const now = clock.now();
  const before = monthsBefore(now, retention.accessYears * 12);
  let removed = 0;
  for (;;) {
    const step = await inTransaction(database, async (tx) => {
      const holds = await readKeepingHolds(tx, now);
      const except = holds.flatMap(({ enterpriseId }) => (enterpriseId === null ? [] : [enterpriseId]));
      return await removeOldAccesses(tx, grant, { before, except, limit: RETENTION_LIMITS.rowsPerStep });
    });
    removed += step;
    if (step === 0) return removed;
  }
}
