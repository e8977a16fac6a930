import { inTransaction, type JobHandlers, addJob, openFieldCipher } from '#kernel';
import { type EvidenceContext, followObjections, loadObjectionRules, type ObjectionContext } from '#rights';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';
import { openRights } from './rights.ts';
import { openVoluntary } from './voluntary.ts';

/** What objections work with on this node; the package's rules, or the city's. */
export function openObjections(node: Parameters<typeof openRights>[0]): ObjectionContext {
  return {
    ...openRights(node),
    objectionRules: loadObjectionRules(modelFolders(node.config)),
    cipher: openFieldCipher(node.config.keysFolder, node.config.suite),
    get catalogue() {
      return node.lists.catalogue;
    },
  };
}

/** What evidence is taken with: it lies where the enterprise's attachments lie, and the same scanner looks at it. */
export function openEvidence(node: Node): EvidenceContext {
  const { attachmentsFolder, scanner } = openVoluntary(node);
  return {
    ...openObjections(node),
    attachmentsFolder,
    scanner,
    get catalogue() {
      return node.lists.catalogue;
    },
  };
}

/** After deliveries, and every hour; when, the table of `serve` says. */
export function objectionJobs(node: Node): JobHandlers {
  return {
    follow_objections: async () => {
      await followObjections(openObjections(node));
    },
  };
}

/** Deliveries come in series: a job of this key waits only once, and looks at whatever was published by then. */
export async function askForObjections({ database }: Pick<Node, 'database'>): Promise<void> {
  await inTransaction(database, (tx) => addJob(tx, 'follow_objections', {}, { key: 'follow_objections' }));
}
