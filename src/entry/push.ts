import { openFieldCipher } from '#kernel';
import { openPushNetwork, type PushContext, readLiveWatches } from '#monitoring';
import type { Node } from './node.ts';

/** What pushing works with on this node. */
export function openPush(node: Node): PushContext {
  const { config, database, policies, keys, clock, logger } = node;
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
  };
}
