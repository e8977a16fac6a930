import { createHash } from 'node:crypto';
import { inTransaction, Refusal, type Tx } from '#kernel';
import { isSyntheticNode, readEnterprise } from '#lists';
import { findAccountCaller } from '#platform';
import type { Caller } from '#security';
import { permitAt } from '../permit-everything.ts';
import { type Everything, readEverything } from '../read-everything.ts';
import type { SelfContext } from '../self-context.ts';
import { SELF_LIMITS } from '../self-limits.ts';
import { selfRefusal } from '../self-refusals.ts';
import { composeFiles, partFileName } from './compose-bundle.ts';
import { type ExportAddress, keepBundle, selectExports } from './export-store.ts';
import { BUNDLE_FORMAT, listFile, type Manifest, signManifest } from './manifest.ts';
import { viewOf } from './print-view.ts';
import { discloseOwn, type OwnRead, recordOwnRead } from './record-own-read.ts';
import { zip, type ZipFile } from './zip.ts';

/**
 * The job of an export: reads everything in one snapshot, prints it, and keeps the bundle with leaf and disclosure in one
 * transaction, in which the right of whoever asked is looked at again. It is its own recovery: what is not kept is still
 * asked for. A refusal ends the export as failed, with its code.
 */
export async function makeExport(context: SelfContext, address: ExportAddress): Promise<void> {
  try {
    await make(context, address);
  } catch (error) {
    if (!(error instanceof Refusal) || error.text.status >= 500) throw error;
    await inTransaction(context.database, (tx) => endAsFailed(tx, address, error.code));
  }
}

type Head = {
  readonly caller: Caller;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly isSynthetic: boolean;
  readonly everything: Everything;
};

async function make(context: SelfContext, address: ExportAddress): Promise<void> {
  const head = await inTransaction(context.database, (tx) => readHead(tx, context, address), 'snapshot');
  if (head === undefined) return;
  const { enterprise, isSynthetic, everything } = head;
  const issuedAt = context.clock.now();
  const { nodeName, keys } = context;
  const { exportId } = address;
  const cover = { exportId, nodeName, enterprise, asOf: everything.until, issuedAt, isSynthetic };
  const printing = context.print(viewOf(everything, cover), issuedAt);
  const [pdfs, data] = await Promise.all([printing, composeLater(everything, keys)]);
  await inTransaction(context.database, (tx) =>
    keep(tx, context, { address, head, files: [...pdfs, ...data] }),
  );
}

/** After the printing thread has its task, so that both work at once. */
async function composeLater(everything: Everything, keys: SelfContext['keys']): Promise<ZipFile[]> {
  await new Promise(setImmediate);
  return composeFiles(everything, keys);
}

/** Undefined: it is not asked for any more. */
async function readHead(
  tx: Tx,
  context: SelfContext,
  { enterpriseId, exportId }: ExportAddress,
): Promise<Head | undefined> {
  const [asked] = await selectExports(tx, { enterpriseId, exportId, limit: 1 });
  if (asked?.state !== 'asked') return undefined;
  const caller = await findAccountCaller(tx, asked.askedBy);
  if (caller === undefined) throw selfRefusal('everything.account_gone');
  const everything = await readEverything(tx, context, {
    caller,
    enterpriseId,
    asOf: asked.asOf ?? undefined,
    withProofs: true,
  });
  const { code, name } = await readEnterprise(tx, enterpriseId);
  return { caller, enterprise: { code, name }, isSynthetic: await isSyntheticNode(tx), everything };
}

type Made = { readonly address: ExportAddress; readonly head: Head; readonly files: readonly ZipFile[] };

/** Leaf first, so that the manifest can carry its receipt. */
async function keep(tx: Tx, context: SelfContext, { address, head, files }: Made): Promise<void> {
  const [still] = await tx.rows<{ state: string }>(
    'select state from rights.own_exports where enterprise_id = $1 and export_id = $2 for update',
    [address.enterpriseId, address.exportId],
  );
  if (still?.state !== 'asked') return;
  const { caller, everything } = head;
  const { knownAt } = everything.permit.asOf;
  const permit = await permitAt(tx, context, { caller, enterpriseId: address.enterpriseId, knownAt });
  const counts = Object.fromEntries(everything.parts.map(({ part, items }) => [part.id, items.length]));
  const more = { export: address.exportId, parts: counts };
  const read = await recordOwnRead(tx, context, { permit, what: 'everything', more });
  const manifest = manifestOf(context, { address, head, files }, read);
  const bundle = zip([signManifest(manifest, context.keys), ...files], read.at);
  const digest = createHash('sha256').update(bundle).digest('hex');
  const contracts = everything.contracts.map(({ id }) => id);
  await discloseOwn(tx, read, { permit, contracts, digest });
  await keepBundle(tx, context, address, bundle);
  await endAsMade(tx, address, { read, manifest, digest, bytes: bundle.length });
}

function manifestOf(context: SelfContext, { address, head, files }: Made, read: OwnRead): Manifest {
  const { enterprise, isSynthetic, everything } = head;
  const { permit, parts, until } = everything;
  return {
    format: BUNDLE_FORMAT,
    export: address.exportId,
    node: context.nodeName,
    issuer: new URL(context.publicUrl).origin,
    issuedAt: read.at.toISOString(),
    asOf: until.toISOString(),
    knownAt: permit.asOf.knownAt.toISOString(),
    isSynthetic,
    enterprise,
    policyHash: permit.policyHash,
    disclosure: read.disclosureId,
    receipt: { id: read.receipt.id, leafHash: read.receipt.leafHash },
    parts: parts.map(({ part, items }) => ({
      part: part.id,
      file: partFileName(part.id),
      items: items.length,
    })),
    files: files.map(listFile),
  };
}

type Ended = {
  readonly read: OwnRead;
  readonly manifest: Manifest;
  readonly digest: string;
  readonly bytes: number;
};

async function endAsMade(
  tx: Tx,
  address: ExportAddress,
  { read, manifest, digest, bytes }: Ended,
): Promise<void> {
  const items = manifest.parts.reduce((sum, part) => sum + part.items, 0);
  await tx.rows(
    `update rights.own_exports set state = 'made', made_at = $3, remove_at = $3::timestamptz + make_interval(days => $4),
       known_at = $5, items = $6, bytes = $7, digest = $8, disclosure_id = $9, receipt_id = $10
     where enterprise_id = $1 and export_id = $2`,
    [
      address.enterpriseId,
      address.exportId,
      read.at,
      SELF_LIMITS.exportDays,
      manifest.knownAt,
      items,
      bytes,
      digest,
      read.disclosureId,
      read.receipt.id,
    ],
  );
}

async function endAsFailed(tx: Tx, { enterpriseId, exportId }: ExportAddress, code: string): Promise<void> {
  await tx.rows(
    `update rights.own_exports set state = 'failed', refusal = $3
     where enterprise_id = $1 and export_id = $2 and state = 'asked'`,
    [enterpriseId, exportId, code],
  );
}
