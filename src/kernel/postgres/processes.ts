import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** One process for ever: a pid alone may come back as somebody else. `ticks` is its start since boot (proc(5), field 22). */
export type ProcessId = { readonly pid: number; readonly ticks: string };

/** The process with this number now; undefined if there is none, or only its unread exit state. */
export function findProcess(pid: number): ProcessId | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const { state, ticks } = parseStat(stat);
  return state === 'Z' || state === 'X' ? undefined : { pid, ticks };
}

/** The command name may hold blanks and brackets, so fields are counted from the last bracket. */
export function parseStat(stat: string): { state: string; ticks: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', ticks: fields[19] ?? '' };
}

export function isAlive(process: ProcessId): boolean {
  return findProcess(process.pid)?.ticks === process.ticks;
}

/**
 * Whether this process is a postmaster on that folder: by executable and working folder, which a postmaster
 * sets to its data folder. Root without CAP_SYS_PTRACE (in most containers) may not read those of
 * another user's process; its arguments are readable then.
 */
export function isPostmasterOf(pid: number, dataFolder: string): boolean {
  const exe = readLinkIfAllowed(`/proc/${pid}/exe`);
  const cwd = readLinkIfAllowed(`/proc/${pid}/cwd`);
  if (exe !== undefined && cwd !== undefined) {
    return basename(exe.replace(/ \(deleted\)$/, '')) === 'postgres' && cwd === dataFolder;
  }
  const args = argumentsOf(pid);
  return basename(args[0] ?? '') === 'postgres' && args[args.indexOf('-D') + 1] === dataFolder;
}

export function argumentsOf(pid: number): string[] {
  return (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1);
}

/** Resolves to true once the process has ended, to false when it has not within the time. */
export async function waitForEnd(process: ProcessId, timeoutMs: number): Promise<boolean> {
  const pauseMs = 20;
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pauseMs) {
    if (!isAlive(process)) return true;
    await delay(pauseMs);
  }
  return !isAlive(process);
}

/** False when it had already ended. */
export function signal(process: ProcessId, name: NodeJS.Signals): boolean {
  if (!isAlive(process)) return false;
  try {
    return globalThis.process.kill(process.pid, name);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

function readLinkIfAllowed(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
