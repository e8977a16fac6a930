import { join } from 'node:path';
import { type ConsentContext, loadFairUse } from '#consent';
import type { Node } from './node.ts';

/** What consent works with on this node: bounds of the package, with the city's in their place where it has its own. */
export function openConsent(
  node: Pick<Node, 'config' | 'database' | 'clock' | 'keys' | 'policies' | 'lists'>,
): ConsentContext {
  const { config, database, clock, keys, policies, lists } = node;
  const folders = [
    config.packageFolder,
    ...(config.definitionsFolder === undefined ? [] : [config.definitionsFolder]),
  ];
  return {
    database,
    clock,
    keys,
    policies,
    get catalogue() {
      return lists.catalogue;
    },
    fairUse: loadFairUse(folders.map((folder) => join(folder, 'models', 'fair-use'))),
    publicUrl: config.publicUrl,
    scansFolder: join(config.dataFolder, 'consent-scans'),
  };
}
