import { spawn } from 'node:child_process';
import { closeSync, lchownSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Binaries, programEnvironment } from './binaries.ts';
import { readPassword, serverFolder } from './cluster.ts';
import type { Place } from './place.ts';
import { postgresRefusal } from './postgres-refusals.ts';
import {
  findProcess,
  isAlive,
  isPostmasterOf,
  type ProcessId,
  readIfThere,
  signal,
  waitForEnd,
} from './processes.ts';
import { serverArguments, socketUrl } from './settings.ts';

/** A running server of a place: its first process and the folder of its socket. */
export type Postmaster = { readonly process: ProcessId; readonly socketFolder: string };

/** What the server writes about itself (PostgreSQL: storage file layout, `postmaster.pid`), line by line. */
export function parsePidFile(text: string): { pid: number; socketFolder: string; isReady: boolean } {
  const lines = text.split('\n');
  return { pid: Number(lines[0]), socketFolder: lines[4] ?? '', isReady: lines[7]?.trim() === 'ready' };
}

/** The live server of this place, whoever started it; a pid file left behind, even with a reused pid, is not one. */
export function findPostmaster(place: Place): Postmaster | undefined {
  const text = readIfThere(join(serverFolder(place), 'postmaster.pid'));
  if (text === undefined) return undefined;
  const { pid, socketFolder } = parsePidFile(text);
  const process = findProcess(pid);
  return process !== undefined && isPostmasterOf(pid, serverFolder(place))
    ? { process, socketFolder }
    : undefined;
}

/**
 * Whether a server answers whose process is not to be seen from here: one in another container on the same
 * folder. Two servers on one folder would destroy it.
 */
export async function answersUnseen(place: Place): Promise<boolean> {
  const text = readIfThere(join(serverFolder(place), 'postmaster.pid'));
  if (text === undefined) return false;
  const { socketFolder } = parsePidFile(text);
  return new Promise((resolve) => {
    const socket = connect(join(socketFolder, '.s.PGSQL.5432'), () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false)); // nobody listens, or the file is gone
  });
}

/** Call only when no server runs on this place: removes what a killed one left and would bar the next by a reused pid. */
export function clearRemains(place: Place, socketFolder: string): void {
  rmSync(join(serverFolder(place), 'postmaster.pid'), { force: true });
  for (const name of readdirSync(socketFolder)) {
    if (name.startsWith('.s.PGSQL.')) rmSync(join(socketFolder, name), { force: true });
  }
}

/**
 * Starts the server and waits until it takes connections, however long it replays its log after a crash.
 * It gets a session of its own, so that Ctrl-C reaches the node first; it does not keep this process alive.
 */
export async function startPostmaster(
  place: Place,
  how: { binaries: Binaries; librariesFolder: string; socketFolder: string; waiting: () => void },
): Promise<Postmaster> {
  const log = openLog(place);
  const child = spawn(
    join(how.binaries.folder, 'bin', 'postgres'),
    serverArguments(serverFolder(place), how.socketFolder),
    {
      ...place.user,
      env: programEnvironment(how.librariesFolder),
      cwd: serverFolder(place),
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  child.on('error', () => {}); // without a process there is no pid, which is answered below
  child.unref();
  const process = child.pid === undefined ? undefined : findProcess(child.pid);
  if (process === undefined) throw startFailed(place, 'no process');
  const postmaster = { process, socketFolder: how.socketFolder };
  await waitUntilReady(place, postmaster, how.waiting);
  return postmaster;
}

/** Refuses when the server ends instead; `waiting` is called every few seconds. */
export async function waitUntilReady(
  place: Place,
  { process }: Postmaster,
  waiting: () => void,
): Promise<void> {
  const pidFile = join(serverFolder(place), 'postmaster.pid');
  const pauseMs = 10;
  const sayEveryMs = 3_000;
  for (let waitedMs = pauseMs; isAlive(process); waitedMs += pauseMs) {
    const { pid, isReady } = parsePidFile(readIfThere(pidFile) ?? '');
    if (isReady && pid === process.pid) return;
    if (waitedMs % sayEveryMs === 0) waiting();
    await delay(pauseMs);
  }
  throw startFailed(place, 'postgres ended');
}

/** A checkpoint of what is in memory takes most of this; after it the log is what the next start replays. */
const FAST_STOP_MS = 3_000;
const IMMEDIATE_STOP_MS = 1_500;

/**
 * Stops the server: fast (SIGINT: sessions end, checkpoint), then immediate (SIGQUIT) if that lasts longer than a clean stop
 * of the node may. Nothing acknowledged is lost either way. Returns false if it still runs.
 */
export async function stopPostmaster({ process }: Postmaster, fastStopMs = FAST_STOP_MS): Promise<boolean> {
  signal(process, 'SIGINT');
  if (await waitForEnd(process, fastStopMs)) return true;
  signal(process, 'SIGQUIT');
  return waitForEnd(process, IMMEDIATE_STOP_MS);
}

export function urlOf(place: Place, { socketFolder }: Postmaster): string {
  return socketUrl(socketFolder, readPassword(place));
}

const LOG_BYTES_MAX = 10 * 1024 ** 2;

/** Opened by the node's user and handed over; one earlier log is kept. */
function openLog(place: Place): number {
  const file = logFile(place);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, 'a', 0o600);
  if (place.user !== undefined) lchownSync(file, place.user.uid, place.user.gid);
  return descriptor;
}

function logFile(place: Place): string {
  return join(place.folder, 'log');
}

function startFailed(place: Place, what: string): Error {
  const lines = (readIfThere(logFile(place)) ?? '').trimEnd().split('\n');
  const last = lines.findLast((line) => / (FATAL|PANIC|ERROR): /.test(line)) ?? lines.at(-1) ?? '';
  return postgresRefusal('postgres.start_failed', { reason: `${what}: ${last}`, log: logFile(place) });
}
