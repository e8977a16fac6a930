import { join } from 'node:path';
import {
  bringProfileIntoForce,
  followTerms,
  loadRecallTerms,
  loadTimeLimits,
  recallDelivered,
  type RightsContext,
} from '#rights';
import { inTransaction, type JobHandlers } from '#kernel';
import { loadCalendar } from '#lists';
import { loadHandling } from '#monitoring';
import { systemCaller } from '#platform';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';

/** What the rights of enterprises work with on this node; profiles of the package, and the city's over them. */
export function openRights(node: Pick<Node, 'lists'> & Parts): RightsContext {
  const { lists } = node;
  return {
    ...partsOf(node),
    get catalogue() {
      return lists.catalogue;
    },
  };
}

type Parts = Pick<Node, 'config' | 'database' | 'policies' | 'keys' | 'clock' | 'logger'>;

function partsOf(node: Parts): Omit<RightsContext, 'catalogue'> {
  const { config, database, policies, keys, clock, logger } = node;
  return {
    database,
    policies,
    keys,
    clock,
    logger,
    ...definitionsOf(config),
  };
}

type Definitions = Pick<RightsContext, 'calendar' | 'timeLimits' | 'recall' | 'handling'>;

/** Read once for a node: each of its parts opens the rights for itself. */
const definitions = new WeakMap<Node['config'], Definitions>();

function definitionsOf(config: Node['config']): Definitions {
  const known = definitions.get(config);
  if (known !== undefined) return known;
  const read = {
    calendar: loadCalendar(join(config.packageFolder, 'models', 'calendars')),
    timeLimits: loadTimeLimits(modelFolders(config), config.timeLimitProfile),
    recall: loadRecallTerms(modelFolders(config)),
    handling: loadHandling(modelFolders(config)),
  };
  definitions.set(config, read);
  return read;
}

/** Sees that a time-limit profile is in force from the first start on, and that it is what its file says. */
export async function bringTimeLimitsIntoForce(node: Parts): Promise<void> {
  const caller = systemCaller('bring_time_limits_into_force');
  await inTransaction(node.database, (tx) => bringProfileIntoForce(tx, partsOf(node), { caller }));
}

/** What jobs of rights do; when they run, the table of `serve` says. */
export function rightsJobs(node: Node): JobHandlers {
  return {
    follow_terms: async () => {
      await followTerms(openRights(node));
    },
    recall_delivered: async () => {
      await recallDelivered(openRights(node));
    },
  };
}
