import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { inTransaction, type Tx } from '#kernel';
import { requireAllowed } from '#security';
import { type Asked, permitAt } from '../permit-everything.ts';
import type { SelfContext } from '../self-context.ts';
import { selfRefusal } from '../self-refusals.ts';
import { unknownParams } from './ask-export.ts';
import { openBundle, selectExports } from './export-store.ts';
import { discloseOwn, recordOwnRead } from './record-own-read.ts';

export type FetchedExport = { readonly bytes: Buffer; readonly name: string; readonly disclosureId: string };

/**
 * The bundle itself: an access of its own, on record before a byte leaves. Throws what `askExport` throws,
 * `everything.export_unknown`, `everything.export_not_made`.
 */
export async function fetchExport(
  context: SelfContext,
  { exportId, ...asked }: Omit<Asked, 'asOf'> & { readonly exportId: string },
): Promise<FetchedExport> {
  return await inTransaction(context.database, (tx) =>
    fetchInTransaction(tx, context, { ...asked, exportId }),
  );
}

async function fetchInTransaction(
  tx: Tx,
  context: SelfContext,
  { caller, enterpriseId, exportId }: Omit<Asked, 'asOf'> & { readonly exportId: string },
): Promise<FetchedExport> {
  requireAllowed(context.policies, caller, 'export_everything', { enterprise: enterpriseId });
  const [found] = await selectExports(tx, { enterpriseId, exportId, limit: 1 });
  const now = context.clock.now();
  if (found === undefined || found.state === 'removed' || (found.removeAt !== null && found.removeAt <= now))
    throw selfRefusal('everything.export_unknown', unknownParams({ exportId }));
  if (found.state !== 'made') throw selfRefusal('everything.export_not_made', { id: exportId.slice(0, 40) });
  const knownAt = await readKnownAtOf(tx, { enterpriseId, exportId });
  const permit = await permitAt(tx, context, { caller, enterpriseId, knownAt });
  const bytes = await openBundle(tx, context, { enterpriseId, exportId });
  const digest = createHash('sha256').update(bytes).digest('hex');
  assert.equal(digest, found.digest, 'the bundle is the one that was kept');
  const contracts = [...context.catalogue.contracts.keys()];
  const read = await recordOwnRead(tx, context, {
    permit,
    what: 'everything_fetched',
    more: { export: exportId },
  });
  await discloseOwn(tx, read, { permit, contracts, digest });
  return { bytes, name: `${exportId}.zip`, disclosureId: read.disclosureId };
}

async function readKnownAtOf(
  tx: Tx,
  { enterpriseId, exportId }: { enterpriseId: string; exportId: string },
): Promise<Date> {
  const [row] = await tx.rows<{ known_at: Date }>(
    'select known_at from rights.own_exports where enterprise_id = $1 and export_id = $2',
    [enterpriseId, exportId],
  );
  assert(row !== undefined, 'an export that is made says as of when');
  return row.known_at;
}

/** Takes away the bundles whose days are over; that they were made stays. Returns how many. */
export async function sweepExports({
  database,
  clock,
}: Pick<SelfContext, 'database' | 'clock'>): Promise<number> {
  return await inTransaction(database, async (tx) => {
    const rows = await tx.rows<{ export_id: string }>(
      `with over as (
         update rights.own_exports set state = 'removed'
         where state = 'made' and remove_at <= $1 returning enterprise_id, export_id
       ), gone as (
         delete from rights.own_export_pages p using over o
         where p.enterprise_id = o.enterprise_id and p.export_id = o.export_id
       )
       select export_id from over`,
      [clock.now()],
    );
    return rows.length;
  });
}
