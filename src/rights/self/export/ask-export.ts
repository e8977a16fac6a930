import assert from 'node:assert';
import { addJob, newId, type Tx } from '#kernel';
import { requireAllowed } from '#security';
import { type Asked, permitEverything } from '../permit-everything.ts';
import type { SelfContext } from '../self-context.ts';
import { SELF_LIMITS } from '../self-limits.ts';
import { selfRefusal } from '../self-refusals.ts';
import { type ExportAddress, type OwnExport, selectExports } from './export-store.ts';
import type { SelfTables } from './self-tables.ts';

/** The job that `makeExport` is. */
export const MAKE_EXPORT = 'make_own_export';

/** An export of everything is asked for; it is made by a job. While one is being made, asking again gives that one. */
export async function askExport(tx: Tx, context: SelfContext, asked: Asked): Promise<OwnExport> {
  const { caller, enterpriseId, asOf } = asked;
  requireAllowed(context.policies, caller, 'export_everything', { enterprise: enterpriseId });
  await permitEverything(tx, context, asked);
  const exportId = newId('exp', context.clock.now());
  const made = await tx
    .tables<SelfTables>()
    .insertInto('rights.own_exports')
    .values({
      enterprise_id: enterpriseId,
      export_id: exportId,
      asked_by: caller.id,
      asked_at: context.clock.now(),
      as_of: asOf ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('export_id')
    .execute();
  if (made.length > 0) await addJob(tx, MAKE_EXPORT, { enterpriseId, exportId }, { key: exportId });
  return made.length > 0
    ? await requireExport(tx, { enterpriseId, exportId })
    : await findOpen(tx, enterpriseId);
}

async function findOpen(tx: Tx, enterpriseId: Asked['enterpriseId']): Promise<OwnExport> {
  const open = (await selectExports(tx, { enterpriseId, limit: 20 })).find(({ state }) => state === 'asked');
  assert(open !== undefined, 'an export that stands in the way of another is open');
  return withoutAsker(open);
}

/** Throws `everything.export_unknown`. */
async function requireExport(tx: Tx, address: ExportAddress): Promise<OwnExport> {
  const [found] = await selectExports(tx, { ...address, limit: 1 });
  if (found === undefined) throw selfRefusal('everything.export_unknown', unknownParams(address));
  return withoutAsker(found);
}

function withoutAsker({ askedBy: _askedBy, ...shown }: OwnExport & { askedBy: string }): OwnExport {
  return shown;
}

export function unknownParams({ exportId }: Pick<ExportAddress, 'exportId'>): { id: string; days: number } {
  return { id: exportId.slice(0, 40), days: SELF_LIMITS.exportDays };
}

/** Where an export stands, for the enterprise itself. Throws what `askExport` throws, `everything.export_unknown`. */
export async function readExport(
  tx: Tx,
  context: SelfContext,
  { exportId, ...asked }: Asked & { readonly exportId: string },
): Promise<OwnExport> {
  await permitEverything(tx, context, asked);
  return await requireExport(tx, { enterpriseId: asked.enterpriseId, exportId });
}

/** Exports of the enterprise, newest first; at most this many. */
export async function listExports(
  tx: Tx,
  context: SelfContext,
  { limit, ...asked }: Asked & { readonly limit: number },
): Promise<OwnExport[]> {
  await permitEverything(tx, context, asked);
  const found = await selectExports(tx, { enterpriseId: asked.enterpriseId, limit });
  return found.map(withoutAsker);
}
