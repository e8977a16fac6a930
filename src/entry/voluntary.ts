import { join } from 'node:path';
import { openFieldCipher } from '#kernel';
import {
  followItems,
  loadVoluntary,
  openScanner,
  recoverFilings,
  sweepAttachments,
  type VoluntaryContext,
} from '#rights';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';
import { openRights } from './rights.ts';

/** What the voluntary list works with on this node. */
export function openVoluntary(node: Node): VoluntaryContext {
  const { config, lists } = node;
  return {
    ...openRights(node),
    get catalogue() {
      return lists.catalogue;
    },
    lists,
    cipher: openFieldCipher(config.keysFolder, config.suite),
    voluntary: loadVoluntary(modelFolders(config)),
    attachmentsFolder: join(config.dataFolder, 'attachments'),
    ...(node.askSources && { askSources: node.askSources }),
    scanner: config.attachmentScanner === undefined ? undefined : openScanner(config.attachmentScanner),
  };
}

/** Finishes filings that a crash left, reminds of items that run out and ends those that have, removes orphaned files. */
export async function followVoluntary(node: Node): Promise<void> {
  const context = openVoluntary(node);
  await recoverFilings(context);
  await followItems(context);
  await sweepAttachments(context);
}
