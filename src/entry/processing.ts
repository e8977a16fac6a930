import { inTransaction, type JobHandlers, openFieldCipher } from '#kernel';
import { continueNotices, keepRegister, loadProcessing, type ProcessingContext } from '#rights';
import { loadStatisticsFloors } from '#security';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';
import { openRights } from './rights.ts';

/** What the node's own duties work with on this node. */
export function openProcessing(node: Parameters<typeof openRights>[0]): ProcessingContext {
  const { config, lists } = node;
  return {
    ...openRights(node),
    ...loadProcessing(modelFolders(config)),
    cipher: openFieldCipher(config.keysFolder, config.suite),
    floors: loadStatisticsFloors(modelFolders(config)),
    get catalogue() {
      return lists.catalogue;
    },
  };
}

/** Keeps the register when contracts have changed, and tells whom a crash left untold; when, the table of `serve` says. */
export function processingJobs(node: Node): JobHandlers {
  return {
    follow_processing: async () => {
      const context = openProcessing(node);
      await inTransaction(context.database, (tx) => keepRegister(tx, context));
      await continueNotices(context);
    },
  };
}
