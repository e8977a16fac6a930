import { existsSync } from 'node:fs';
import { chown, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCluster, passwordFile, serverFolder } from '../cluster.ts';
import { copyFile, forEachFile } from './copy-files.ts';
import { inspectEmbedded } from '../embedded.ts';
import { type BackupManifest, KEPT_FILES, readManifest } from './manifest.ts';
import { findPlace, type Place, preparePlace } from '../place.ts';
import { postgresRefusal } from '../postgres-refusals.ts';
import { underStartLock } from '../start-lock.ts';
import { isRoot, type User } from '../user.ts';

export type RestoreOptions = {
  source: string;
  /** Must hold no database, no deliveries and no keys. */
  dataFolder: string;
  /** Default `<data>/keys`. */
  keysFolder?: string;
  /** Bytes restored so far. */
  onProgress?: (bytes: number) => void;
};

/** Another start is only looking; it ends at once when it finds nothing. */
const LOCK_MS = 5_000;

/**
 * Puts a backup into an empty data folder; the next start replays its log. Every file is checked against the manifest
 * while it is copied, and nothing stands under its final name until all are. Refuses with `backup.*`.
 */
export async function restoreEmbedded(options: RestoreOptions): Promise<BackupManifest> {
  const { source, dataFolder, keysFolder = join(dataFolder, 'keys') } = options;
  const manifest = await readManifest(source);
  const kept = KEPT_FILES.filter((folder) => manifest.folders.includes(folder)); // an older backup knew fewer
  await requireEmpty(dataFolder, [...KEPT_FILES.map((folder) => join(dataFolder, folder)), keysFolder]);
  const place = preparePlace(dataFolder);
  const done = await underStartLock(place.folder, LOCK_MS, async () => {
    if (hasCluster(place)) throw postgresRefusal('backup.target_not_empty', { folder: serverFolder(place) });
    const parts = partsOf(place, { dataFolder, keysFolder, kept });
    try {
      await stage(manifest, { ...options, parts });
      for (const part of parts) await install(part);
    } finally {
      for (const part of parts) await rm(stagedAs(part), { recursive: true, force: true });
    }
  });
  if (done === undefined) throw postgresRefusal('postgres.busy', {});
  return manifest;
}

async function requireEmpty(dataFolder: string, folders: readonly string[]): Promise<void> {
  const { state } = inspectEmbedded(dataFolder);
  if (state === 'running' || state === 'orphan')
    throw postgresRefusal('backup.server_running', { folder: dataFolder });
  const place = findPlace(dataFolder);
  if (place !== undefined && hasCluster(place)) {
    throw postgresRefusal('backup.target_not_empty', { folder: serverFolder(place) });
  }
  for (const folder of folders) {
    const isEmpty = !existsSync(folder) || (await readdir(folder)).length === 0;
    if (!isEmpty) throw postgresRefusal('backup.target_not_empty', { folder });
  }
}

/** A folder or file of the backup and where it goes. The server is last: it appears when everything else is there. */
type Part = { prefix: string; to: string; user: User | undefined };

function partsOf(
  place: Place,
  of: { readonly dataFolder: string; readonly keysFolder: string; readonly kept: readonly string[] },
): Part[] {
  const { dataFolder, keysFolder, kept } = of;
  return [
    ...kept.map((folder) => ({ prefix: folder, to: join(dataFolder, folder), user: undefined })),
    { prefix: 'keys', to: keysFolder, user: undefined },
    { prefix: 'postgres/password', to: passwordFile(place), user: place.user },
    { prefix: 'postgres/server', to: serverFolder(place), user: place.user },
  ];
}

function stagedAs(part: Part): string {
  return `${part.to}.restoring`;
}

async function stage(
  manifest: BackupManifest,
  options: RestoreOptions & { parts: readonly Part[] },
): Promise<void> {
  const { parts, source, onProgress = () => {} } = options;
  for (const part of parts) await rm(stagedAs(part), { recursive: true, force: true });
  for (const path of manifest.folders) {
    const to = stagedPath(path, parts);
    await mkdir(to, { recursive: true, mode: 0o700 });
  }
  let bytes = 0;
  await forEachFile(manifest.files, async (file) => {
    const copied = await copyFile(join(source, file.path), stagedPath(file.path, parts), file.path);
    if (copied?.sha256 !== file.sha256) throw postgresRefusal('backup.damaged', { path: file.path });
    bytes += copied.bytes;
    onProgress(bytes);
  });
  for (const part of parts) await handOver(part);
}

function stagedPath(path: string, parts: readonly Part[]): string {
  const part = parts.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  if (part === undefined) throw postgresRefusal('backup.damaged', { path });
  return stagedAs(part) + path.slice(part.prefix.length);
}

/** Gives the server's files to its user; the rest stays the node's. */
async function handOver(part: Part): Promise<void> {
  const { user } = part;
  if (user === undefined || !isRoot()) return;
  await chown(stagedAs(part), user.uid, user.gid);
  if (part.prefix === 'postgres/password') return;
  for (const entry of await readdir(stagedAs(part), { recursive: true, withFileTypes: true })) {
    await chown(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
}

async function install(part: Part): Promise<void> {
  if (!existsSync(stagedAs(part))) return;
  if (existsSync(part.to)) await (part.prefix === 'postgres/password' ? rm(part.to) : rmdir(part.to)); // never one that holds something
  await rename(stagedAs(part), part.to);
}
