import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Database, openKeyStore, silentLogger, systemClock } from '#kernel';
import { type ListsContext, loadCatalogue } from '#lists';
import { loadPolicies, type PolicySet } from '#security';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Puts one contract into a node's folder, with the contracts and code tables it names. A process that a test starts and
 * kills many times then reads these alone, and spends its life on what the test is about.
 */
export function copyContract(folder: string, contractId: string): void {
  mkdirSync(join(folder, 'lists', 'codes'), { recursive: true });
  const wanted = [contractId];
  for (const id of wanted) {
    const [path] = globSync(join(ROOT, 'lists', '*', `${id}.odcs.yaml`));
    if (path === undefined) throw new TypeError(`no contract ${id}`);
    const text = readFileSync(path, 'utf8');
    copyFileSync(path, join(folder, 'lists', basename(path)));
    const tables = [...text.matchAll(/property: codes, value: (\w+)/g)].map(([, table]) => table);
    for (const table of [...tables, 'currency']) {
      // amounts are read with it, whether a field names it or not
      copyFileSync(
        join(ROOT, 'lists', 'codes', `${table}.yaml`),
        join(folder, 'lists', 'codes', `${table}.yaml`),
      );
    }
    const [, named = ''] = /property: precedence, value: \[([^\]]*)\]/.exec(text) ?? [];
    wanted.push(...named.split(/,\s*/).filter((other) => other !== '' && !wanted.includes(other)));
  }
}

/** Lists on this database, with keys and stored bytes in this folder; any number of processes may share both. */
export function listsOn(database: Database, folder: string): ListsContext {
  const own = join(folder, 'lists');
  let policies: PolicySet | undefined;
  return {
    database,
    catalogue: loadCatalogue([existsSync(own) ? own : join(ROOT, 'lists')]),
    get policies() {
      policies ??= loadPolicies([join(ROOT, 'policies')]);
      return policies;
    },
    clock: systemClock,
    logger: silentLogger,
    keys: openKeyStore(join(folder, 'keys')),
    packageFolder: ROOT,
    deliveriesFolder: join(folder, 'deliveries'),
  };
}
