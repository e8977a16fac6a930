/**
 * The lock file must hold an entry for every optional package of every platform, or `npm ci` refuses it elsewhere;
 * and it must not carry download addresses, which belong to the machine that installs.
 */
import { readFileSync } from 'node:fs';

type Entry = { resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> };

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> };
const problems: string[] = [];
for (const [path, entry] of Object.entries(packages)) {
  if (entry.resolved !== undefined && entry.link !== true) problems.push(`${path} carries an address`);
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    const prefix = path === '' ? '' : `${path}/`;
    if (packages[`${prefix}node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined) {
      problems.push(`${path || 'the project'} has no entry for its optional ${name}`);
    }
  }
}
for (const problem of problems) console.log(problem);
console.log(`${Object.keys(packages).length} entries, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
