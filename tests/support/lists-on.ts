import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Database, openKeyStore, silentLogger, systemClock } from '#kernel';
import { type ListsContext, loadCatalogue } from '#lists';
import { loadPolicies, type PolicySet } from '#security';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Puts one contract and its code tables into a node's folder. A process that a test starts and kills many times then
 * reads these alone, and spends its life on what the test is about.
 */
export function copyContract(folder: string, contractId: string): void {
  const [path] = globSync(join(ROOT, 'lists', '*', `${contractId}.odcs.yaml`));
  if (path === undefined) throw new TypeError(`no contract ${contractId}`);
  const tables = [...readFileSync(path, 'utf8').matchAll(/property: codes, value: (\w+)/g)].map(
    ([, id]) => `codes/${id}.yaml`,
  );
  mkdirSync(join(folder, 'lists', 'codes'), { recursive: true });
  copyFileSync(path, join(folder, 'lists', basename(path)));
  for (const table of tables) copyFileSync(join(ROOT, 'lists', table), join(folder, 'lists', table));
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
