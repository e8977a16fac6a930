import { createHash } from 'node:crypto';
import {
  beginningOfBeijingDate,
  beijingDate,
  type EnterpriseId,
  inTransaction,
  newId,
  type Tx,
} from '#kernel';
import { findEnterprise } from '#lists';
import { type Caller, requireAllowed } from '#security';
import { readSealed, sweepFiles, writeSealed } from '../voluntary/attachments/sealed-file.ts';
import { takeContent } from '../voluntary/attachments/take-content.ts';
import type { WindowTables } from './store/tables.ts';
import type { WindowContext } from './window-context.ts';
import { WINDOW_LIMITS } from './window-limits.ts';
import { windowRefusal } from './window-refusals.ts';

const EXTENSIONS = { 'application/pdf': 'pdf', 'image/png': 'png', 'image/jpeg': 'jpg' } as const;

/** `isScanned: false`: the node has no scanner for malicious code, which the clerk is told. */
export type KeptScan = {
  readonly digest: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly isScanned: boolean;
};

export type NewScan = { readonly caller: Caller; readonly code: string; readonly bytes: Buffer };

/**
 * Takes the scan of what a person signed at the window: checked by content, sealed under the enterprise's data key, durable
 * before the commit that names it. The same file again is the same scan. Throws the policy's refusal, `window.scan_too_large`,
 * `window.too_many_scans`, `attachments.…`.
 */
export async function keepScan(context: WindowContext, { caller, code, bytes }: NewScan): Promise<KeptScan> {
  requireAllowed(context.policies, caller, 'enter_at_window');
  const bytesMax = WINDOW_LIMITS.scanBytesMax;
  if (bytes.length === 0 || bytes.length > bytesMax)
    throw windowRefusal('window.scan_too_large', { bytesMax });
  const { contentType, bytes: taken } = await takeContent(bytes);
  await context.scanner?.(bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return await inTransaction(context.database, async (tx) => {
    const { enterpriseId } = await findEnterprise(tx, code);
    await lockClerk(tx, caller);
    const isScanned = context.scanner !== undefined;
    const kept = await findScan(tx, { enterpriseId, digest });
    if (kept !== undefined) return { digest, contentType: kept.content_type, bytes: kept.bytes, isScanned };
    await requireRoom(tx, context, caller);
    await insert(tx, context, { caller, enterpriseId, digest, contentType, bytes: taken });
    return { digest, contentType, bytes: taken.length, isScanned };
  });
}

/** One thing at a time for one clerk, so that what a day holds is counted. */
export async function lockClerk(tx: Tx, { id }: Caller): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [CLERK_LOCK, id]);
}

const CLERK_LOCK = 7_241_060;

async function requireRoom(tx: Tx, { clock }: WindowContext, { id }: Caller): Promise<void> {
  const [row] = await tx.rows<{ n: number }>(
    'select count(*)::integer as n from rights.window_scans where made_by = $1 and made_at >= $2',
    [id, beginningOfBeijingDate(beijingDate(clock.now()))],
  );
  const max = WINDOW_LIMITS.scansPerDayMax;
  if ((row?.n ?? 0) >= max) throw windowRefusal('window.too_many_scans', { max });
}

type ScanRow = WindowTables['rights.window_scans'];

async function insert(
  tx: Tx,
  { cipher, clock, scansFolder: folder }: WindowContext,
  scan: {
    readonly caller: Caller;
    readonly enterpriseId: EnterpriseId;
    readonly digest: string;
    readonly contentType: ScanRow['content_type'];
    readonly bytes: Buffer;
  },
): Promise<void> {
  const { enterpriseId, digest, contentType, bytes } = scan;
  const at = clock.now();
  const scanId = newId('wsc', at);
  const file = { enterpriseId, attachmentId: scanId, bytes };
  await tx
    .tables<WindowTables>()
    .insertInto('rights.window_scans')
    .values({
      enterprise_id: enterpriseId,
      scan_id: scanId,
      content_type: contentType,
      bytes: bytes.length,
      digest,
      stored_digest: await writeSealed(tx, { cipher, folder }, file),
      made_by: scan.caller.id,
      made_at: at,
    })
    .execute();
}

type OfScan = { readonly enterpriseId: EnterpriseId; readonly digest: string };

async function findScan(tx: Tx, { enterpriseId, digest }: OfScan): Promise<ScanRow | undefined> {
  return await tx
    .tables<WindowTables>()
    .selectFrom('rights.window_scans')
    .selectAll()
    .where('enterprise_id', '=', enterpriseId)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

/** Throws `window.scan_unknown` for a digest that names no scan of this enterprise. */
export async function requireScan(tx: Tx, of: OfScan): Promise<ScanRow> {
  const scan = await findScan(tx, of);
  if (scan === undefined) throw windowRefusal('window.scan_unknown');
  return scan;
}

export type ScanFile = { readonly contentType: string; readonly extension: string; readonly bytes: Buffer };

/** Throws `window.scan_unknown`, `attachments.damaged`, `fields.shredded`. */
export async function openScan(
  tx: Tx,
  { cipher, scansFolder: folder }: WindowContext,
  of: OfScan,
): Promise<ScanFile> {
  const { scan_id: attachmentId, stored_digest: storedDigest, content_type } = await requireScan(tx, of);
  const { enterpriseId } = of;
  return {
    contentType: content_type,
    extension: EXTENSIONS[content_type],
    bytes: await readSealed(tx, { cipher, folder }, { enterpriseId, attachmentId, storedDigest }),
  };
}

/** Forgets scans of a day ago that no entry names, and removes files that no row names. Returns how many files. */
export async function sweepScans({ database, clock, scansFolder }: WindowContext): Promise<number> {
  const now = clock.now();
  const before = new Date(now.getTime() - WINDOW_LIMITS.scanUnusedMs);
  await inTransaction(database, (tx) => tx.rows(FORGET_UNUSED, [before]));
  return await sweepFiles(scansFolder, {
    now,
    isKept: (digests) => inTransaction(database, (tx) => findStored(tx, digests)),
  });
}

const FORGET_UNUSED = `
  delete from rights.window_scans s
  where s.made_at < $1 and not exists (
    select from rights.window_entries e
    where e.enterprise_id = s.enterprise_id and s.digest in (e.scan_digest, e.mandate_digest))`;

async function findStored(tx: Tx, digests: readonly string[]): Promise<Set<string>> {
  const rows = await tx
    .tables<WindowTables>()
    .selectFrom('rights.window_scans')
    .select('stored_digest')
    .where('stored_digest', 'in', ['', ...digests])
    .execute();
  return new Set(rows.map(({ stored_digest }) => stored_digest));
}
