import assert from 'node:assert';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProcess, hasCode, isAlive, type ProcessId } from './processes.ts';

/**
 * Who uses the server now: one empty file `<pid>-<ticks>-<chance>` per use, written and removed under the start lock.
 * The last one to leave stops the server, so a command that started it can end before the node that came later.
 * Returns the file.
 */
export function joinUsers(folder: string): string {
  const self = findProcess(process.pid);
  assert(self !== undefined, '/proc shows this process');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${self.pid}-${self.ticks}-${randomBytes(4).toString('hex')}`);
  writeFileSync(file, '');
  return file;
}

export function leaveUsers(file: string): void {
  rmSync(file, { force: true });
}

/** Whether a live process uses the server. */
export function isUsed(folder: string): boolean {
  return fileNames(folder).some(isOfLiveProcess);
}

/** Clears the files of processes that ended without leaving. */
export function forgetDeadUsers(folder: string): void {
  for (const name of fileNames(folder)) {
    if (!isOfLiveProcess(name)) rmSync(join(folder, name), { force: true });
  }
}

function isOfLiveProcess(name: string): boolean {
  const user = parseUserFile(name);
  return user !== undefined && isAlive(user);
}

export function parseUserFile(name: string): ProcessId | undefined {
  const [, pid, ticks] = /^(\d+)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
  return pid === undefined || ticks === undefined ? undefined : { pid: Number(pid), ticks };
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
