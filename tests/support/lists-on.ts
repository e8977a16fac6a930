import { join } from 'node:path';
import { type Database, openKeyStore, silentLogger, systemClock } from '#kernel';
import { type ListsContext, loadCatalogue } from '#lists';
import { loadPolicies } from '#security';

const ROOT = join(import.meta.dirname, '..', '..');

/** Lists on this database, with keys and stored bytes in this folder; any number of processes may share both. */
export function listsOn(database: Database, folder: string): ListsContext {
  return {
    database,
    catalogue: loadCatalogue([join(ROOT, 'lists')]),
    policies: loadPolicies([join(ROOT, 'policies')]),
    clock: systemClock,
    logger: silentLogger,
    keys: openKeyStore(join(folder, 'keys')),
    packageFolder: ROOT,
    deliveriesFolder: join(folder, 'deliveries'),
  };
}
