import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, lchownSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Binaries, MAJOR, programEnvironment } from './binaries.ts';
import type { Place } from './place.ts';
import { postgresRefusal } from './postgres-refusals.ts';
import { readIfThere } from './processes.ts';

/** The server's own data (PGDATA) within its place. */
export function serverFolder(place: Place): string {
  return join(place.folder, 'server');
}

export function readPassword(place: Place): string {
  return readFileSync(passwordFile(place), 'utf8').trim();
}

/**
 * Makes the empty database if there is none yet. It is made under another name and renamed when it is whole, so that
 * a start that was cut off leaves nothing half made. Refuses one of another major version.
 */
export function prepareCluster(
  place: Place,
  binaries: Binaries,
  librariesFolder: string,
): { isNew: boolean } {
  const found = readIfThere(join(serverFolder(place), 'PG_VERSION'))?.trim();
  if (found === MAJOR) return { isNew: false };
  if (found !== undefined) throw postgresRefusal('postgres.other_version', { found, wanted: MAJOR });
  const unfinished = `${serverFolder(place)}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  makeEmpty(unfinished, place);
  writePassword(place);
  runInitdb(unfinished, { place, binaries, librariesFolder });
  renameSync(unfinished, serverFolder(place));
  return { isNew: true };
}

function makeEmpty(folder: string, { user }: Place): void {
  mkdirSync(folder, { mode: 0o700 });
  if (user !== undefined) lchownSync(folder, user.uid, user.gid);
}

/** 192 bits, readable by the database's user alone (and root). */
function writePassword(place: Place): void {
  const file = passwordFile(place);
  rmSync(file, { force: true });
  writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  if (place.user !== undefined) lchownSync(file, place.user.uid, place.user.gid);
}

function runInitdb(
  folder: string,
  { place, binaries, librariesFolder }: { place: Place; binaries: Binaries; librariesFolder: string },
): void {
  const options = ['-D', folder, '-U', 'postgres', `--pwfile=${passwordFile(place)}`];
  const fixed = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256', '--no-instructions'];
  const made = spawnSync(join(binaries.folder, 'bin', 'initdb'), [...options, ...fixed], {
    ...place.user,
    env: programEnvironment(librariesFolder),
    cwd: folder,
    encoding: 'utf8',
  });
  if (made.status === 0) return;
  const reason = made.error?.message ?? made.stderr.trim();
  throw postgresRefusal('postgres.start_failed', { reason: `initdb: ${reason}`, log: folder });
}

export function passwordFile(place: Place): string {
  return join(place.folder, 'password');
}

/** Whether a database has been made here. */
export function hasCluster(place: Place): boolean {
  return existsSync(join(serverFolder(place), 'PG_VERSION'));
}
