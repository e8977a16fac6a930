import { join } from 'node:path';
import { openFieldCipher } from '#kernel';
import {
  loadPushTerms,
  noteAlertsTaken,
  openPushNetwork,
  type PushContext,
  readLiveWatches,
} from '#monitoring';
import { systemCaller } from '#platform';
import type { Node } from './node.ts';

/** What pushing works with on this node; its terms are those of the files at this moment. */
export function openPush(node: Node): PushContext {
  const { config, database, policies, keys, clock, logger } = node;
  const { packageFolder, definitionsFolder } = config;
  const city = definitionsFolder === undefined ? [] : [definitionsFolder];
  return {
    database,
    policies,
    keys,
    clock,
    logger,
    cipher: openFieldCipher(config.keysFolder, config.suite),
    source: `${config.publicUrl}/api/v1/monitoring`,
    network: openPushNetwork(config.pushNetworks),
    readWatched: (tx, enterpriseIds) => readLiveWatches(tx, enterpriseIds, clock),
    noteTaken: (tx, taken) => noteAlertsTaken(tx, { clock, keys }, { caller: systemCaller('push'), taken }),
    terms: loadPushTerms([join(packageFolder, 'models'), ...city]),
  };
}
