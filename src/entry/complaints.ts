import { type JobHandlers, openFieldCipher } from '#kernel';
import { type ComplaintContext, followComplaints, loadComplaintRules } from '#rights';
import { loadStatisticsFloors } from '#security';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';
import { openRights } from './rights.ts';

/** What complaints work with on this node; the package's rules, or the city's. */
export function openComplaints(node: Parameters<typeof openRights>[0]): ComplaintContext {
  const { config, lists } = node;
  return {
    ...openRights(node),
    complaintRules: loadComplaintRules(modelFolders(config)),
    cipher: openFieldCipher(config.keysFolder, config.suite),
    floors: loadStatisticsFloors(modelFolders(config)),
    get catalogue() {
      return lists.catalogue;
    },
  };
}

/** Every hour; when, the table of `serve` says. */
export function complaintJobs(node: Node): JobHandlers {
  return {
    follow_complaints: async () => {
      await followComplaints(openComplaints(node));
    },
  };
}
