import { inTransaction, type Tx } from '#kernel';
import { type DeliveredFile, emptyQuarantine, findNeededFiles, listOldFiles, removeStoredFile } from '#lists';
import type { Grant } from '#security';
import { readKeepingHolds } from './hold-store.ts';
import { NOTE_FILES } from './remove-batch.ts';
import type { RetentionContext } from './retention-context.ts';
import { RETENTION_LIMITS } from './retention-limits.ts';

const DAY_MS = 86_400_000;

/**
 * Removes the delivered files that hold a removed record, and those past their days, since a record that was sent again unchanged
 * stands in files that no record points to. Bytes that somebody sent again are removed again. A file stays while a delivery needs
 * it, or a hold on its whole dataset does; one on an enterprise keeps its records, with their rows as they came, and no file.
 * Returns how many are gone for the first time.
 */
export async function removeFiles(context: RetentionContext, grant: Grant): Promise<number> {
  await noteOldFiles(context, grant);
  let [after, removed] = ['0', 0];
  for (;;) {
    const files = await inTransaction(context.database, (tx) => readNoted(tx, after));
    const last = files.at(-1);
    if (last === undefined) return removed;
    removed += await removeStep(context, grant, files);
    after = last.deliveryNo;
  }
}

async function noteOldFiles(context: RetentionContext, grant: Grant): Promise<void> {
  const { clock, retention } = context;
  const at = clock.now();
  const before = new Date(at.getTime() - retention.fileDays * DAY_MS);
  let after: string | undefined = '0';
  while (after !== undefined) {
    const from: string = after;
    after = await inTransaction(context.database, async (tx) => {
      const asked = { contracts: contractsOf(context), before, after: from, limit: FILES };
      const files = await listOldFiles(tx, grant, asked);
      await tx.rows(NOTE_FILES, [
        files.map(({ deliveryNo }) => deliveryNo),
        files.map(({ contract }) => contract),
        files.map(({ digest }) => digest),
        at,
      ]);
      return files.length < FILES ? undefined : files.at(-1)?.deliveryNo;
    });
  }
}

const FILES = RETENTION_LIMITS.filesPerStep;

type Noted = DeliveredFile & { readonly isGone: boolean };

async function readNoted(tx: Tx, after: string): Promise<Noted[]> {
  return await tx.rows<Noted>(
    `select delivery_no::text as "deliveryNo", contract_id as contract, digest, removed_at is not null as "isGone"
     from rights.removed_files where delivery_no > $1::bigint order by delivery_no limit $2`,
    [after, FILES],
  );
}

/** The bytes first, then the note: after a crash in between they are removed once more, which does nothing. */
async function removeStep(context: RetentionContext, grant: Grant, files: readonly Noted[]): Promise<number> {
  const { database, clock, deliveriesFolder } = context;
  const digests = [...new Set(files.map(({ digest }) => digest))];
  const { needed, held } = await inTransaction(database, async (tx) => ({
    needed: await findNeededFiles(tx, grant, { digests, contracts: contractsOf(context) }),
    held: await readHeldDatasets(tx, context),
  }));
  const free = files.filter(({ contract, digest }) => !held.has(contract) && !needed.has(digest));
  for (const digest of new Set(free.map((file) => file.digest)))
    await removeStoredFile(deliveriesFolder, digest);
  const fresh = free.filter(({ isGone }) => !isGone).map(({ deliveryNo }) => deliveryNo);
  await inTransaction(database, (tx) =>
    tx.rows(
      'update rights.removed_files set removed_at = $2 where delivery_no = any($1::bigint[]) and removed_at is null',
      [fresh, clock.now()],
    ),
  );
  return fresh.length;
}

async function readHeldDatasets(tx: Tx, { clock }: RetentionContext): Promise<ReadonlySet<string>> {
  const holds = await readKeepingHolds(tx, clock.now());
  return new Set(
    holds.flatMap(({ enterpriseId, contract }) =>
      enterpriseId === null && contract !== null ? [contract] : [],
    ),
  );
}

/** What quarantined rows said goes after its days, but for datasets under a hold. Returns how many rows. */
export async function emptyOldQuarantine(context: RetentionContext, grant: Grant): Promise<number> {
  const { database, clock, retention } = context;
  const before = new Date(clock.now().getTime() - retention.quarantineDays * DAY_MS);
  let emptied = 0;
  for (;;) {
    const step = await inTransaction(database, async (tx) => {
      const held = await readHeldDatasets(tx, context);
      const contracts = contractsOf(context).filter((id) => !held.has(id));
      const asked = { contracts, before, after: '0', limit: RETENTION_LIMITS.rowsPerStep };
      return await emptyQuarantine(tx, grant, asked);
    });
    emptied += step;
    if (step === 0) return emptied;
  }
}

function contractsOf({ retention }: RetentionContext): string[] {
  return Object.keys(retention.contracts);
}
