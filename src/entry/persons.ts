import { addJob, type Clock, type Config, inTransaction, type JobHandlers, openFieldCipher } from '#kernel';
import { findOutsideAccount } from '#platform';
import type { PersonGate } from '#information';
import {
  followMentions,
  followPersonRequests,
  loadPersons,
  openPersonDigests,
  openPersonGate,
  type PersonsContext,
} from '#rights';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';
import { openObjections } from './objections.ts';

/** What requests of natural persons work with on this node; the package's definition, or the city's. */
export function openPersons(node: Node): PersonsContext {
  const { config, lists, identity } = node;
  const { outside } = identity;
  return {
    ...openObjections(node),
    get catalogue() {
      return lists.catalogue;
    },
    cipher: openFieldCipher(config.keysFolder, config.suite),
    persons: loadPersons(modelFolders(config)),
    digests: openPersonDigests(config.keysFolder),
    ...(outside !== undefined && {
      findProvedAccount: async (tx, number) =>
        (await findOutsideAccount(tx, outside.subjectHash(number)))?.facts.account_id,
    }),
  };
}

/** The check before anything of a natural person leaves to an institution. */
export function openNodePersonGate({
  config,
  clock,
}: {
  readonly config: Config;
  readonly clock: Clock;
}): PersonGate {
  return openPersonGate({ clock, persons: loadPersons(modelFolders(config)) });
}

/** After deliveries, and every hour; when, the table of `serve` says. */
export function personsJobs(node: Node): JobHandlers {
  return {
    follow_persons: async () => {
      const context = openPersons(node);
      await followMentions(context);
      await followPersonRequests(context);
    },
  };
}

/** Deliveries come in series: a job of this key waits only once, and looks at whatever was published by then. */
export async function askForPersons({ database }: Pick<Node, 'database'>): Promise<void> {
  await inTransaction(database, (tx) => addJob(tx, 'follow_persons', {}, { key: 'follow_persons' }));
}
