import type { QueryFileContext } from '#information';
import { openFieldCipher } from '#kernel';
import type { Node } from './node.ts';

/** What query files are received, run and fetched with on this node. */
export function openQueryFiles(node: Node): QueryFileContext {
  const cipher = openFieldCipher(node.config.keysFolder, node.config.suite);
  return { ...node, cipher, ...(node.askSources && { askSources: node.askSources }) };
}
