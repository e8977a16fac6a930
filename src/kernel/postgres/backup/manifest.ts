import { open, readFile, rename } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/value';
import { postgresRefusal } from '../postgres-refusals.ts';

const BackedUpFile = Type.Object({
  /** Within the backup, with `/`. */
  path: Type.String({ minLength: 1 }),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});

const Manifest = Type.Object({
  format: Type.Literal('xinqiao-backup/1'),
  /** When the backup began, RFC 3339 UTC: everything committed before is in it. */
  beganAt: Type.String(),
  endedAt: Type.String(),
  node: Type.String(),
  postgres: Type.String(),
  /** Log sequence numbers between which the copy was made; the server replays to the second at least. */
  startLsn: Type.String(),
  stopLsn: Type.String(),
  folders: Type.Array(Type.String({ minLength: 1 })),
  files: Type.Array(BackedUpFile),
});

export type BackedUpFile = Static<typeof BackedUpFile>;
export type BackupManifest = Static<typeof Manifest>;

const NAME = 'manifest.json';

/** Folders of the data folder whose files rows of the database name by their digests. */
export const KEPT_FILES = ['deliveries', 'attachments'] as const;

/** Written last and by renaming: a folder with a manifest is a whole backup. */
export async function writeManifest(target: string, manifest: BackupManifest): Promise<void> {
  const unfinished = join(target, `${NAME}.unfinished`);
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(target, NAME));
}

/** Refuses what is not a whole backup, and a manifest that points outside of it. */
export async function readManifest(source: string): Promise<BackupManifest> {
  const manifest = await parse(join(source, NAME));
  if (manifest === undefined) throw postgresRefusal('backup.no_manifest', { folder: source });
  for (const path of [...manifest.folders, ...manifest.files.map((file) => file.path)]) {
    if (!staysInside(path)) throw postgresRefusal('backup.damaged', { path });
  }
  return manifest;
}

export function staysInside(path: string): boolean {
  return !isAbsolute(path) && normalize(path) === path && path !== '..' && !path.startsWith('../');
}

async function parse(path: string): Promise<BackupManifest | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Check(Manifest, value) ? value : undefined;
  } catch {
    return undefined; // not there or not JSON: answered by the refusal
  }
}
