import { dirname, join } from 'node:path';
import type { Logger } from '../logger.ts';
import { type Binaries, copyBinaries, findBinaries, linkLibraries, whyNotRunnable } from './binaries.ts';
import { hasCluster, prepareCluster, serverFolder } from './cluster.ts';
import {
  dropWorkFolder,
  findPlace,
  makePrivate,
  type Place,
  preparePlace,
  prepareWorkFolder,
} from './place.ts';
import { postgresRefusal } from './postgres-refusals.ts';
import {
  answersUnseen,
  clearRemains,
  findPostmaster,
  type Postmaster,
  startPostmaster,
  stopPostmaster,
  urlOf,
  waitUntilReady,
} from './postmaster.ts';
import { argumentsOf, hasCode, isAlive, signal } from './processes.ts';
import { serverArguments } from './settings.ts';
import { underStartLock } from './start-lock.ts';
import { forgetDeadUsers, isUsed, joinUsers, leaveUsers } from './users.ts';

export type EmbeddedOptions = {
  /** The data folder; the server lives in its `postgres/` unless its user cannot get there. */
  folder: string;
  logger: Logger;
  /** Lines for a person: where the database is, why a start takes long. */
  say?: (line: string) => void;
  /** The server ended without our asking; the node cannot go on. Called once. */
  onExit?: (reason: string) => void;
};

export type EmbeddedServer = {
  readonly url: string;
  /** This process started it or took it over from one that was killed; false: it runs for another live process too. */
  readonly owned: boolean;
  /** Where the server really lives. */
  readonly folder: string;
  /** The server's first process. */
  readonly processId: number;
  /** Leaves the server; the last process that uses it stops it. Within 5 s, and nothing acknowledged is lost. */
  stop(): Promise<void>;
};

/** A start may replay gigabytes of log first; other starts wait for it this long. */
const START_LOCK_MS = 120_000;
/** Whoever holds the lock that long is attaching or starting, and will stop the server when it leaves. */
const STOP_LOCK_MS = 2_000;
/** A fast stop of an orphan may write its checkpoint at leisure. */
const ORPHAN_STOP_MS = 60_000;
const WATCH_MS = 500;

/**
 * The database that comes with the package, running and ready: starts it, attaches to one that another live process runs, or
 * takes over an orphan. Refuses with `postgres.*`; where there is no package for the platform, with the advice to set DATABASE_URL.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  if (process.platform !== 'linux') {
    throw postgresRefusal('postgres.no_package', { platform: `${process.platform}-${process.arch}` });
  }
  try {
    const place = preparePlace(options.folder);
    const opened = await underStartLock(place.folder, START_LOCK_MS, () => openAt(place, options));
    if (opened === undefined) throw postgresRefusal('postgres.busy', {});
    return opened.result;
  } catch (error) {
    throw hasCode(error, 'EACCES', 'EPERM', 'EROFS') ? noAccess(options.folder, error) : error;
  }
}

export type EmbeddedState =
  | { state: 'absent' | 'stopped' }
  | { state: 'running' | 'orphan'; url: string; processId: number; folder: string };

/** Looks without changing anything: for `doctor`, and for `restore` before it writes. */
export function inspectEmbedded(dataFolder: string): EmbeddedState {
  const place = findPlace(dataFolder);
  if (place === undefined || !hasCluster(place)) return { state: 'absent' };
  const postmaster = findPostmaster(place);
  if (postmaster === undefined) return { state: 'stopped' };
  const state = isUsed(usersFolder(place)) ? 'running' : 'orphan';
  return {
    state,
    url: urlOf(place, postmaster),
    processId: postmaster.process.pid,
    folder: serverFolder(place),
  };
}

/** Under the start lock. */
async function openAt(place: Place, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const isShared = isUsed(usersFolder(place));
  const running = findPostmaster(place);
  const postmaster = await (running !== undefined && isShared
    ? attach(place, running)
    : startOrTakeOver(place, running, options));
  forgetDeadUsers(usersFolder(place));
  const userFile = joinUsers(usersFolder(place));
  return hold({ place, postmaster, userFile, owned: !isShared, options });
}

async function attach(place: Place, running: Postmaster): Promise<Postmaster> {
  await waitUntilReady(place, running, () => {});
  return running;
}

async function startOrTakeOver(
  place: Place,
  orphan: Postmaster | undefined,
  { logger, say = () => {} }: EmbeddedOptions,
): Promise<Postmaster> {
  if (orphan === undefined && (await answersUnseen(place))) throw postgresRefusal('postgres.busy', {});
  const workFolder = prepareWorkFolder(place);
  const socketFolder = join(workFolder, 'run');
  makePrivate(socketFolder, place.user);
  const { binaries, librariesFolder } = prepareBinaries(place, workFolder);
  if (orphan !== undefined) {
    logger.warn({ pid: orphan.process.pid }, 'orphan database server found');
    if (runsAsWanted(orphan, serverArguments(serverFolder(place), socketFolder)))
      return attach(place, orphan);
    if (!(await stopPostmaster(orphan, ORPHAN_STOP_MS))) throw postgresRefusal('postgres.busy', {});
  }
  const { isNew } = prepareCluster(place, binaries, librariesFolder);
  if (place.isElsewhere) sayElsewhere(place, say);
  clearRemains(place, socketFolder);
  const waiting = (): void => say('数据库正在恢复上次未完成的写入…… The database is replaying its log …');
  const started = await startPostmaster(place, { binaries, librariesFolder, socketFolder, waiting });
  logger.info({ pid: started.process.pid, isNew }, 'database server started');
  return started;
}

/** Same program arguments, so same folder, socket and settings; the sessions of the killed node end by themselves. */
function runsAsWanted(orphan: Postmaster, wanted: readonly string[]): boolean {
  const [, ...args] = argumentsOf(orphan.process.pid);
  return args.join('\0') === wanted.join('\0');
}

/** Where the database's user cannot run the package's programs (a closed home, lost x bits), copies of them are used. */
function prepareBinaries(place: Place, workFolder: string): { binaries: Binaries; librariesFolder: string } {
  const librariesFolder = join(workFolder, 'lib');
  const packaged = findBinaries();
  linkLibraries(packaged, librariesFolder);
  if (whyNotRunnable(packaged, librariesFolder, place.user) === undefined)
    return { binaries: packaged, librariesFolder };
  const copied = copyBinaries(packaged, place.folder);
  linkLibraries(copied, librariesFolder);
  const reason = whyNotRunnable(copied, librariesFolder, place.user);
  if (reason !== undefined) throw postgresRefusal('postgres.does_not_run', { reason });
  return { binaries: copied, librariesFolder };
}

function sayElsewhere({ folder }: Place, say: (line: string) => void): void {
  say(`以 root 运行：数据库换用户运行而进不了数据文件夹，已放在 ${folder}`);
  say(`Running as root: the database's user cannot enter the data folder; the database is in ${folder}`);
}

type Held = {
  place: Place;
  postmaster: Postmaster;
  userFile: string;
  owned: boolean;
  options: EmbeddedOptions;
};

/** Watches the server until `stop`; if this process ends without it, the server is told to stop on the way out. */
function hold({ place, postmaster, userFile, owned, options }: Held): EmbeddedServer {
  let isStopping = false;
  const watcher = setInterval(() => {
    if (isAlive(postmaster.process)) return;
    release();
    options.onExit?.('数据库进程意外结束 The database server ended unexpectedly');
  }, WATCH_MS).unref();
  const onProcessExit = (): void => {
    leaveUsers(userFile);
    if (!isUsed(usersFolder(place))) signal(postmaster.process, isStopping ? 'SIGQUIT' : 'SIGINT');
  };
  const release = (): void => {
    clearInterval(watcher);
    process.off('exit', onProcessExit);
  };
  process.once('exit', onProcessExit);
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    clearInterval(watcher);
    await leave({ place, postmaster, userFile, owned, options });
    release();
  };
  return {
    url: urlOf(place, postmaster),
    owned,
    folder: place.folder,
    processId: postmaster.process.pid,
    stop,
  };
}

async function leave({ place, postmaster, userFile, options }: Held): Promise<void> {
  const left = await underStartLock(place.folder, STOP_LOCK_MS, async () => {
    leaveUsers(userFile);
    if (isUsed(usersFolder(place))) return true;
    const isStopped = await stopPostmaster(postmaster);
    if (isStopped) dropWorkFolder(place, dirname(postmaster.socketFolder));
    return isStopped;
  });
  if (left === undefined) leaveUsers(userFile);
  if (left?.result === false)
    options.logger.error({ pid: postmaster.process.pid }, 'database server did not stop');
}

function usersFolder(place: Place): string {
  return join(place.folder, 'users');
}

function noAccess(folder: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return postgresRefusal('postgres.no_access', { folder, reason });
}
