import { addJob, inTransaction, type JobHandlers, openFieldCipher } from '#kernel';
import { type Channel, openChannel, openPushNetwork, requireTarget } from '#monitoring';
import { endPeriods, followRepairs, loadRepairRules, type RepairContext, sendRepairNotices } from '#rights';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';
import { openRights } from './rights.ts';

/** After a delivery: records that became known in these days are looked at; the night looks at all. */
const LOOK_BACK_MS = 2 * 86_400_000;

/** What repair works with on this node; the package's rules, or the city's. */
export function openRepairs(node: Node): RepairContext {
  const { config, lists } = node;
  return {
    ...openRights(node),
    repairRules: loadRepairRules(modelFolders(config)),
    cipher: openFieldCipher(config.keysFolder, config.suite),
    get catalogue() {
      return lists.catalogue;
    },
  };
}

/** Where the portal wants its notices; undefined: the rules name no address. Throws `push.target_not_allowed`. */
function openRepairChannel({ config }: Node, { repairRules }: RepairContext): Channel | undefined {
  const { noticeUrl } = repairRules.portal;
  if (noticeUrl === null) return undefined;
  const network = openPushNetwork(config.pushNetworks);
  return openChannel(requireTarget(noticeUrl, network), network);
}

/** After deliveries, by the hour, by the night and by the minute; when, the table of `serve` says. */
export function repairJobs(node: Node): JobHandlers {
  return {
    follow_repairs: async () => {
      const context = openRepairs(node);
      await followRepairs(context);
      await endPeriods(context, { since: new Date(node.clock.now().getTime() - LOOK_BACK_MS) });
    },
    end_public_periods: async () => {
      await endPeriods(openRepairs(node));
    },
    send_repair_notices: async () => {
      const context = openRepairs(node);
      const channel = openRepairChannel(node, context);
      if (channel === undefined) return;
      try {
        await sendRepairNotices(context, channel);
      } finally {
        channel.agent.destroy();
      }
    },
  };
}

/** Deliveries come in series: a job of this key waits only once, and looks at whatever was published by then. */
export async function askForRepairs({ database }: Pick<Node, 'database'>): Promise<void> {
  await inTransaction(database, (tx) => addJob(tx, 'follow_repairs', {}, { key: 'follow_repairs' }));
}
