/**
 * A process of its own that runs a full evaluation, for tests that kill it: `evaluation-process.ts DATABASE-URL FOLDER`.
 * Goes on from whatever state it finds. Prints a line for each slice that is done, and `finished` with the run.
 */
import { join } from 'node:path';
import { loadIndicators, readFiledModel, runEvaluation } from '#evaluation';
import { openDatabase, openKeyStore, silentLogger, systemClock } from '#kernel';
import { loadCatalogue } from '#lists';
import { systemCaller } from '#platform';
import { loadPolicies } from '#security';

const [, , url = '', folder = ''] = process.argv;
const ROOT = join(import.meta.dirname, '..', '..');
const database = openDatabase(url, 4);
const catalogue = loadCatalogue([join(ROOT, 'lists')]);
const book = loadIndicators([join(ROOT, 'models')], catalogue);
const { model } = readFiledModel([join(ROOT, 'models', 'index-systems')], book);
const context = {
  database,
  catalogue,
  policies: loadPolicies([join(ROOT, 'policies')]),
  keys: openKeyStore(folder),
  clock: systemClock,
  logger: silentLogger,
};
const finished = await runEvaluation(context, {
  caller: systemCaller('evaluate'),
  kind: 'full',
  role: 'champion',
  model,
  sessions: 2,
  sliceSize: 10,
  onProgress: (done) => console.log(`slice ${done}`),
});
console.log(`finished ${finished?.runId}`);
await database.close();
