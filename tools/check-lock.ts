/**
 * The lock file must hold an entry for every optional package of every platform, or `npm ci` refuses it elsewhere;
 * and it must not carry download addresses, which belong to the machine that installs.
 * npm leaves out the entries of platforms it could not fetch for: `--complete` adds them.
 */
import { readFileSync, writeFileSync } from 'node:fs';

type Entry = {
  version?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  optionalDependencies?: Record<string, string>;
};
type Lock = { packages: Record<string, Entry> };
type Missing = { name: string; version: string; isDev: boolean; wantedBy: string };

const FILE = 'package-lock.json';
const lock = JSON.parse(readFileSync(FILE, 'utf8')) as Lock;
const missing = findMissing(lock);
if (process.argv.includes('--complete')) {
  writeFileSync(FILE, `${JSON.stringify(complete(lock, missing), null, 2)}\n`);
  console.log(`${missing.length} entries added`);
} else {
  const addresses = Object.entries(lock.packages).filter(
    ([, entry]) => entry.resolved !== undefined && entry.link !== true,
  );
  for (const [path] of addresses) console.log(`${path} carries an address`);
  for (const { name, wantedBy } of missing)
    console.log(`no entry for ${name}, optional of ${wantedBy}: npm run lock`);
  console.log(`${Object.keys(lock.packages).length} entries, ${addresses.length + missing.length} problems`);
  process.exitCode = addresses.length + missing.length === 0 ? 0 : 1;
}

function findMissing({ packages }: Lock): Missing[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => {
        const prefix = path === '' ? '' : `${path}/`;
        return (
          packages[`${prefix}node_modules/${name}`] === undefined &&
          packages[`node_modules/${name}`] === undefined
        );
      })
      .map(([name, range]) => ({
        name,
        version: range.replace(/^[\^~]/, ''),
        isDev: entry.dev === true,
        wantedBy: path,
      })),
  );
}

function complete({ packages, ...rest }: Lock, added: readonly Missing[]): Lock {
  const entries = { ...packages };
  for (const { name, version, isDev } of added) {
    entries[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(isDev ? { dev: true } : {}),
      optional: true,
    };
  }
  const sorted = Object.entries(entries).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...rest, packages: Object.fromEntries(sorted) };
}

/** Packages of one platform carry it in their name; a name that does not say installs nowhere. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu'> {
  const os = /(android|darwin|freebsd|netbsd|openbsd|sunos|aix|win32|windows|linux|openharmony)/.exec(
    name,
  )?.[1];
  const cpu = /(arm64|x64|ia32|riscv64|ppc64|s390x|loong64|arm)/.exec(name)?.[1];
  return { os: [os === 'windows' ? 'win32' : (os ?? 'none')], ...(cpu === undefined ? {} : { cpu: [cpu] }) };
}
