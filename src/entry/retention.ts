import type { JobHandlers } from '#kernel';
import { loadRetentionRules, type RetentionContext, runRetention } from '#rights';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';
import { openRights } from './rights.ts';

/** What retention works with on this node; the package's rules, or the city's. */
export function openRetention(node: Node): RetentionContext {
  const { config, lists } = node;
  return {
    ...openRights(node),
    retention: loadRetentionRules(modelFolders(config)),
    deliveriesFolder: lists.deliveriesFolder,
    get catalogue() {
      return lists.catalogue;
    },
  };
}

/** By the night; when, the table of `serve` says. */
export function retentionJobs(node: Node): JobHandlers {
  return {
    remove_expired: async () => {
      await runRetention(openRetention(node));
    },
  };
}
