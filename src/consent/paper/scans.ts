import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CONSENT_LIMITS } from '../consent-limits.ts';
import { consentRefusal } from '../consent-refusals.ts';
import type { ScanType } from '../tables.ts';

export type StoredScan = { readonly digest: string; readonly type: ScanType; readonly bytes: number };

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Keeps a scan under its SHA-256 in the data folder, durable before this returns; the same bytes are the same scan.
 * Throws `consent.scan_too_large` or `consent.scan_unreadable`: what a file is, its first bytes say, not its name.
 */
export async function storeScan(folder: string, content: Uint8Array): Promise<StoredScan> {
  if (content.length > CONSENT_LIMITS.scanBytesMax) {
    const mebibytes = CONSENT_LIMITS.scanBytesMax / 1024 ** 2;
    throw consentRefusal('consent.scan_too_large', { mebibytes });
  }
  const type = sniffScan(content);
  if (type === undefined) throw consentRefusal('consent.scan_unreadable');
  const digest = createHash('sha256').update(content).digest('hex');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeOnce(folder, digest, content);
  return { digest, type, bytes: content.length };
}

/** A scan that was stored. Throws `consent.scan_unreadable` for a digest that names none, or whose bytes are not its own. */
export async function readScan(folder: string, digest: string): Promise<StoredScan & { content: Buffer }> {
  const content = DIGEST.test(digest) ? await readOrNone(join(folder, digest)) : undefined;
  const type = content && sniffScan(content);
  if (content === undefined || type === undefined) throw consentRefusal('consent.scan_unreadable');
  if (createHash('sha256').update(content).digest('hex') !== digest) {
    throw consentRefusal('consent.scan_unreadable');
  }
  return { digest, type, bytes: content.length, content };
}

/** By the first and last bytes: PDF (ISO 32000-1 7.5.2), JPEG (SOI and a marker), PNG (ISO/IEC 15948 5.2). */
function sniffScan(content: Uint8Array): ScanType | undefined {
  const head = Buffer.from(content.subarray(0, 8)).toString('latin1');
  if (/^%PDF-[12]\./.test(head)) return 'application/pdf';
  if (head.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg';
  return head === '\u0089PNG\r\n\u001a\n' ? 'image/png' : undefined;
}

/** Whole and durable under a name of its own, then linked: readers see no file or the whole file. */
async function writeOnce(folder: string, digest: string, content: Uint8Array): Promise<void> {
  const draft = join(folder, `.${randomBytes(8).toString('hex')}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, join(folder, digest));
  } catch (error) {
    if (!isFault(error, 'EEXIST')) throw error; // the same bytes, stored before
  } finally {
    await unlink(draft);
  }
  if (process.platform !== 'win32') await syncFolder(folder);
}

/** A name is durable only when its folder is; Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readOrNone(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isFault(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isFault(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
