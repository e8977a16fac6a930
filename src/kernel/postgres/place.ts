import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresRefusal } from './postgres-refusals.ts';
import { hasCode, readIfThere } from './processes.ts';
import { canReach, isRoot, ownerOf, serviceUser, type User } from './user.ts';

/** Where the server of one data folder lives, and as whom it runs. */
export type Place = {
  /** Absolute and without symbolic links: `/proc` shows it so. */
  readonly folder: string;
  /** Undefined: as the user of this process. */
  readonly user: User | undefined;
  /** Not inside the data folder, because the database's user could not get there. */
  readonly isElsewhere: boolean;
};

/** Bases for a server that cannot live in its data folder; the second does not survive every reboot. */
const OTHER_BASES = ['/var/lib/xinqiao', join(tmpdir(), 'xinqiao')];

/**
 * Chooses and makes the place of the server, the same one at every start: `<data>/postgres`, or for root under a closed
 * folder (a 0700 home) a place that the service user can enter, remembered in `<data>/postgres.place`.
 */
export function preparePlace(dataFolder: string): Place {
  makeFolder(dataFolder, isRoot() ? 0o711 : 0o700); // as root others may pass through: the service user must
  const real = realpathSync(dataFolder);
  const place = findPlace(real) ?? choosePlace(real);
  makeFolder(place.folder, isRoot() ? 0o711 : 0o700);
  if (place.isElsewhere) {
    writeFileSync(pointerOf(real), `${place.folder}\n`);
    writeFileSync(originOf(place.folder), `${real}\n`);
  }
  return place;
}

/** The place made by an earlier start; undefined when there is none. Changes nothing. */
export function findPlace(dataFolder: string): Place | undefined {
  if (!existsSync(dataFolder)) return undefined;
  const real = realpathSync(dataFolder);
  const pointer = readIfThere(pointerOf(real))?.trim();
  if (pointer !== undefined && existsSync(pointer)) return placeElsewhere(real, pointer);
  const folder = join(real, 'postgres');
  if (!existsSync(join(folder, 'server'))) return undefined;
  return { folder, user: userOf(folder), isElsewhere: false };
}

/** A data folder that was moved keeps its database; a copy must not share the original's. */
function placeElsewhere(dataFolder: string, folder: string): Place {
  const original = readIfThere(originOf(folder))?.trim();
  if (
    original !== undefined &&
    original !== dataFolder &&
    readIfThere(pointerOf(original))?.trim() === folder
  ) {
    throw postgresRefusal('postgres.copied_folder', { folder: dataFolder, original });
  }
  return { folder, user: userOf(folder), isElsewhere: true };
}

/** Who made the server goes on running it, also when the node is started as root another day. */
function userOf(folder: string): User | undefined {
  return isRoot() ? (ownerOf(join(folder, 'server')) ?? serviceUser()) : undefined;
}

function choosePlace(dataFolder: string): Place {
  const inside = join(dataFolder, 'postgres');
  if (!isRoot()) return { folder: inside, user: undefined, isElsewhere: false };
  const user = serviceUser();
  if (canReach(dataFolder, user)) return { folder: inside, user, isElsewhere: false };
  const base = OTHER_BASES.find((candidate) => makeBase(candidate, user));
  if (base === undefined) throw postgresRefusal('postgres.no_place', { folder: dataFolder });
  return { folder: join(realpathSync(base), shortHash(dataFolder)), user, isElsewhere: true };
}

/** A new folder with exactly this mode, whatever the umask; an existing one stays as it is. */
export function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, mode);
}

/** Under /tmp a stranger could have made the folder before us: only root's own, closed to writing by others, will do. */
function makeBase(base: string, user: User): boolean {
  try {
    mkdirSync(base, { recursive: true });
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR')) return false;
    throw error;
  }
  const stats = lstatSync(base);
  if (!stats.isDirectory() || stats.uid !== 0 || (stats.mode & 0o022) !== 0) return false;
  chmodSync(base, 0o711);
  return canReach(base, user);
}

/**
 * Makes a folder that only the database's user enters, inside one that belongs to the node's user: root never
 * writes where the other user could have laid a link.
 */
export function makePrivate(folder: string, user: User | undefined): void {
  makeFolder(folder, 0o700);
  if (user !== undefined && ownerOf(folder)?.uid !== user.uid) lchownSync(folder, user.uid, user.gid);
}

/** A socket's path may have 107 bytes (unix(7)); ours ends in `/run/.s.PGSQL.5432`. */
const SOCKET_PATH_BYTES_MAX = 107;

/**
 * The folder for what is made anew at each start (socket, library links): the place itself, or a short one under /tmp where
 * the path is too long for a socket or holds a separator of PostgreSQL's or the loader's lists.
 */
export function prepareWorkFolder({ folder }: Place): string {
  if (isFitForSocket(folder)) return folder;
  const short = join('/tmp', `xinqiao-${shortHash(`${process.geteuid?.()}:${folder}`)}`);
  makeFolder(short, 0o711);
  const stats = lstatSync(short);
  if (!stats.isDirectory() || (stats.mode & 0o022) !== 0 || stats.uid !== process.geteuid?.()) {
    throw postgresRefusal('postgres.no_access', { folder: short, reason: 'not ours' });
  }
  return short;
}

/** Removes a work folder outside the place when the last user has gone; the next start makes it anew. */
export function dropWorkFolder(place: Place, workFolder: string): void {
  if (workFolder !== place.folder) rmSync(workFolder, { recursive: true, force: true });
}

export function isFitForSocket(folder: string): boolean {
  const bytes = Buffer.byteLength(join(folder, 'run', '.s.PGSQL.5432'));
  return bytes <= SOCKET_PATH_BYTES_MAX && !/[,:;"]/.test(folder);
}

function pointerOf(dataFolder: string): string {
  return join(dataFolder, 'postgres.place');
}

function originOf(folder: string): string {
  return join(folder, 'origin');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
