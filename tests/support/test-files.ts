import { globSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** Where tests stand; nothing else of the tree is searched. */
const PLACES = ['src', 'tests', 'tools'];

/**
 * The test files to run: all, or those named. A name is a file, a folder, or a part of a path; a name that
 * fits nothing is an error, since a run of no tests would look like success.
 */
export function findTestFiles(root: string, names: readonly string[]): string[] {
  const all = globSync(
    PLACES.map((place) => `${place}/**/*.test.ts`),
    { cwd: root },
  ).sort();
  const wanted = names.map((name) => ({ name, files: all.filter((file) => fits(root, file, name)) }));
  const empty = wanted.find(({ files }) => files.length === 0);
  if (empty !== undefined) throw new TypeError(`no test file fits: ${empty.name}`);
  const chosen = names.length === 0 ? all : [...new Set(wanted.flatMap(({ files }) => files))];
  return chosen.map((file) => join(root, file));
}

function fits(root: string, file: string, name: string): boolean {
  const path = relative(root, resolve(name));
  return file === path || file.startsWith(`${path}/`) || file.includes(name);
}
