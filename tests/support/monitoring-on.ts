import { join } from 'node:path';
import { loadIndicators } from '#evaluation';
import { type Clock, type Database, openFieldCipher, openKeyStore, silentLogger } from '#kernel';
import { loadCatalogue } from '#lists';
import {
  loadHandling,
  loadPushTerms,
  loadRules,
  type MonitoringContext,
  type MonitoringRequest,
  noteAlertsTaken,
  openPushNetwork,
  type PushContext,
  readLiveWatches,
  type Rule,
  type RuleBook,
} from '#monitoring';
import { systemCaller } from '#platform';
import { loadPolicies } from '#security';

const ROOT = join(import.meta.dirname, '..', '..');
const MODELS = join(ROOT, 'models');

/** The rule of `penalty_recent.yaml`: yellow for every penalty of the last months. */
export const RULE = 'penalty_recent';

/** Where the keys lie, and what time it is. Any number of processes may share a folder. */
export type On = { readonly folder: string; readonly clock: Clock };

/** Monitoring on this database as a node of the package's own files has it. */
export function monitoringOn(
  database: Database,
  { folder, clock }: On,
): { readonly context: MonitoringContext; readonly rules: RuleBook } {
  const catalogue = loadCatalogue([join(ROOT, 'lists')]);
  const book = loadIndicators([MODELS], catalogue);
  const context = {
    database,
    policies: loadPolicies([join(ROOT, 'policies')]),
    keys: openKeyStore(join(folder, 'keys')),
    clock,
    logger: silentLogger,
    catalogue,
    book,
    handling: loadHandling([MODELS]),
  };
  return { context, rules: loadRules([MODELS], book, catalogue) };
}

/** Sending on this database, to targets on this machine too. */
export function pushingOn(database: Database, { folder, clock }: On): PushContext {
  const keys = openKeyStore(join(folder, 'keys'));
  return {
    database,
    policies: loadPolicies([join(ROOT, 'policies')]),
    keys,
    clock,
    logger: silentLogger,
    cipher: openFieldCipher(join(folder, 'keys'), 'intl-1'),
    source: 'https://node.test/api/v1/monitoring',
    network: openPushNetwork(['127.0.0.1/32']),
    readWatched: (tx, enterpriseIds) => readLiveWatches(tx, enterpriseIds, clock),
    noteTaken: (tx, taken) => noteAlertsTaken(tx, { clock, keys }, { caller: systemCaller('push'), taken }),
    terms: loadPushTerms([MODELS]),
  };
}

/** A sweep by one rule, one enterprise to a transaction. */
export function requestOf(rules: RuleBook, rule: Rule): MonitoringRequest {
  return {
    caller: systemCaller('monitoring'),
    kind: 'sweep',
    rules,
    active: [rule],
    shadow: [],
    pageSize: 1,
  };
}
