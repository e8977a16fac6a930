import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** As whom the database's programs run when the node is root; PostgreSQL refuses to run as root. */
export type User = { readonly uid: number; readonly gid: number };

/** Numbers of `nobody` where /etc/passwd does not name it. */
const NOBODY: User = { uid: 65_534, gid: 65_534 };

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** The system's `postgres`, else `nobody`. */
export function serviceUser(passwd: string = readFileSync('/etc/passwd', 'utf8')): User {
  const lines = passwd.split('\n').map((line) => line.split(':'));
  const line = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return line === undefined ? NOBODY : { uid: Number(line[2]), gid: Number(line[3]) };
}

/** Who owns an existing path; undefined for root and for what is not there. */
export function ownerOf(path: string): User | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined || stats.uid === 0 ? undefined : { uid: stats.uid, gid: stats.gid };
}

/** Whether the user may pass through every existing folder from the root down to this one. */
export function canReach(folder: string, user: User): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  const isOpen = stats === undefined || mayEnter(stats, user);
  const parent = dirname(folder);
  return isOpen && (parent === folder || canReach(parent, user));
}

/** The x bit that applies: owner's, group's or others', in that order (path_resolution(7)). */
export function mayEnter(stats: { mode: number; uid: number; gid: number }, user: User): boolean {
  if (stats.uid === user.uid) return (stats.mode & 0o100) !== 0;
  if (stats.gid === user.gid) return (stats.mode & 0o010) !== 0;
  return (stats.mode & 0o001) !== 0;
}
