/**
 * A process of its own that runs one query file, for tests that kill it:
 * `query-file-process.ts DATABASE-URL KEYS-FOLDER FILE-ID`. Prints `page N` for every page done, and `finished`.
 */
import { join } from 'node:path';
import { runQueryFile } from '#information';
import { openDatabase, openFieldCipher, openKeyStore, silentLogger, systemClock } from '#kernel';
import { loadCatalogue } from '#lists';
import { loadPolicies } from '#security';
import { packagePersonGate } from './person-gate.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const [, , url = '', keysFolder = '', fileId = ''] = process.argv;
const database = openDatabase(url, 6);
const parts = {
  database,
  clock: systemClock,
  keys: openKeyStore(keysFolder),
  policies: loadPolicies([join(ROOT, 'policies')]),
};
const lists = {
  ...parts,
  catalogue: loadCatalogue([join(ROOT, 'lists')]),
  logger: silentLogger,
  packageFolder: ROOT,
  deliveriesFolder: ROOT,
};
const cipher = openFieldCipher(keysFolder, 'intl-1');
const personGate = packagePersonGate(parts.clock);
await runQueryFile({ ...parts, lists, cipher, personGate }, fileId, {
  progress: (done) => console.log(`page ${done}`),
});
console.log('finished');
await database.close();
