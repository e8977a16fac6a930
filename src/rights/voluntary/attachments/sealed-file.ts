/**
 * Attachments on disk: sealed piece by piece under the enterprise's data key, one piece a line, so that destroying the key
 * destroys the file wherever a copy of it lies. A file stands under the SHA-256 of its sealed bytes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type EnterpriseId, type FieldCipher, type FieldPlace, openField, sealField, type Tx } from '#kernel';
import { ATTACHMENT_LIMITS } from '../voluntary-limits.ts';
import { attachmentRefusal } from './attachment-refusals.ts';

type OfFile = { readonly enterpriseId: EnterpriseId; readonly attachmentId: string };

/** Each piece is bound to its file, its place in it and the number of pieces: none can be left out or moved. */
function pieceOf({ enterpriseId, attachmentId }: OfFile, at: number, count: number): FieldPlace {
  return {
    table: 'rights.attachments',
    column: `${attachmentId} ${at + 1}/${count}`,
    owner: `enterprise:${enterpriseId}`,
  };
}

/** Seals and writes, durable before it returns: file, then its name, then the folder. Returns the stored digest. */
export async function writeSealed(
  tx: Tx,
  { cipher, folder }: { cipher: FieldCipher; folder: string },
  { bytes, ...file }: OfFile & { bytes: Buffer },
): Promise<string> {
  const count = Math.ceil(bytes.length / ATTACHMENT_LIMITS.chunkBytes);
  const incoming = join(folder, 'incoming', randomUUID());
  await mkdir(dirname(incoming), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  try {
    const handle = await open(incoming, 'wx', 0o600);
    try {
      for (let at = 0; at < count; at += 1) {
        const piece = bytes.subarray(
          at * ATTACHMENT_LIMITS.chunkBytes,
          (at + 1) * ATTACHMENT_LIMITS.chunkBytes,
        );
        const line = `${await sealField(tx, cipher, pieceOf(file, at, count), piece.toString('base64'))}\n`;
        hash.update(line);
        await handle.writeFile(line);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const digest = hash.digest('hex');
    await keep(incoming, pathOf(folder, digest));
    return digest;
  } finally {
    await rm(incoming, { force: true });
  }
}

async function keep(incoming: string, path: string): Promise<void> {
  const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rename(incoming, path);
  await syncFolder(dirname(path));
  if (made !== undefined) await syncFolder(dirname(dirname(path)));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function pathOf(folder: string, digest: string): string {
  return join(folder, digest.slice(0, 2), digest);
}

/** Throws `attachments.damaged`, `fields.shredded`, `fields.unreadable`. */
export async function readSealed(
  tx: Tx,
  { cipher, folder }: { cipher: FieldCipher; folder: string },
  { storedDigest, ...file }: OfFile & { storedDigest: string },
): Promise<Buffer> {
  const sealed = await readFile(pathOf(folder, storedDigest)).catch(() => undefined);
  if (sealed === undefined || createHash('sha256').update(sealed).digest('hex') !== storedDigest)
    throw attachmentRefusal('attachments.damaged');
  const lines = sealed.toString('latin1').split('\n').slice(0, -1);
  const pieces: Buffer[] = [];
  for (const [at, line] of lines.entries()) {
    const text = await openField(tx, cipher, pieceOf(file, at, lines.length), line);
    pieces.push(Buffer.from(text, 'base64'));
  }
  return Buffer.concat(pieces);
}

/** Files older than an hour that `isKept` does not know: a crash left them between the disk and the commit, or they were removed. */
export async function sweepFiles(
  folder: string,
  { now, isKept }: { now: Date; isKept: (digests: readonly string[]) => Promise<ReadonlySet<string>> },
): Promise<number> {
  let swept = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const old = await oldFiles(join(folder, name), now);
    const kept = name === 'incoming' ? new Set<string>() : await isKept(old);
    for (const file of old.filter((one) => !kept.has(one))) {
      await rm(join(folder, name, file), { force: true });
      swept += 1;
    }
  }
  return swept;
}

async function oldFiles(folder: string, now: Date): Promise<string[]> {
  const old: string[] = [];
  for (const file of await readdir(folder)) {
    const { mtimeMs } = await stat(join(folder, file));
    if (now.getTime() - mtimeMs > ATTACHMENT_LIMITS.orphanMs) old.push(file);
  }
  return old;
}
